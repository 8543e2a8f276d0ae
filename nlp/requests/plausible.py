"""Whether words that stand where a name is expected can be one."""

import re

from nlp.requests.marks import Marked

_NEVER = re.compile(
    r"[我你您他她它谁哪怎咋吗呢吧啊呀么嘛吃们]|什么|多少|为啥|不|没|别|知道|要|会|能|说|讲|问|让|叫|想|觉得|这|那|是|的|了|过|被|把|给|"
    r"如果|假如|万一|听说|据说|到底|明明|客户|线索|提醒|静音|规则|承诺|转派|帮忙|领导|老板|大家|功能|系统|需要|不用|一下|"
    r"刚|已经|应该|可能|也许|还|就|再|都|也|先|最后|终于|率|该|有|去|来|和|跟"
)
_COMPANY_CHARACTERS = re.compile(r"和|来|有|会|能|要|去|先|都|过|就")
"""They are in firms' names too (和平, 未来, 有限); one is let through in a long name."""
_ENDS = re.compile(r"[\s,，.。!！?？~～、;；:：…\"“”「」]+")
_MANNERS = re.compile(r"(?:谢谢(?:你|您|啦|了)?|多谢|辛苦(?:了|啦)?|麻烦了?|拜托了?|哈|吧|呗|哦)$")
_LONG = 4


def is_name(text: str) -> bool:
    """康源 is one, 客户说 is none."""
    found = _NEVER.findall(text)
    if not found:
        return True
    return len(text) >= _LONG and len(found) == 1 and bool(_COMPANY_CHARACTERS.fullmatch(found[0]))


def is_whole(text: str) -> bool:
    """Whether free words do not begin in the middle of something."""
    return not re.match(r"[的了过着吗呢吧]", text)


def trimmed(marked: Marked, start: int, end: int) -> tuple[str, int, int]:
    """A slot's words without marks and manners around them, and where they stand."""
    said = marked.said
    while start < end and _ENDS.match(said[start]):
        start += 1
    while True:
        text = said[start:end]
        ends = re.search(rf"(?:{_ENDS.pattern})$", text) or (
            _MANNERS.search(text) if len(text) > _LONG else None
        )
        if ends is None or not text:
            return text, start, end
        end = start + ends.start()
