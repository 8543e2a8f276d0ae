"""Names, times, products and numbers as single characters of their kind, so that a phrasing need
not know them. As long as the utterance: offsets hold."""

import re
from dataclasses import dataclass
from datetime import datetime

from nlp.folding import fold
from nlp.lexicon.spelling import simplify
from nlp.pipeline import extract
from nlp.requests.known import Known
from nlp.requests.verbs import VERBS

CLIENT, COLLEAGUE, NAME, TIME, PRODUCT, NUMBER = map(chr, range(0xE000, 0xE006))
"""Where one begins; the same sixteen further on goes on with it."""
ON = 0x10
ANY = "\ue000-\ue01f"

_REF = re.compile(r"(?<![a-z0-9])#?[lc][0-9]{1,15}(?![a-z0-9])")
_HOUR = (
    r"(?:早上|上午|中午|下午|傍晚|晚上|早|晚)?"
    r"(?:[0-9]{1,2}|[一二两三四五六七八九十]{1,3})点(?:半|[0-9]{1,2}分?|[一二三四五]?十[一-九]?分?)?"
)
_RECURRING = re.compile(
    r"(?:每个?(?:天|日|周|星期|礼拜|月|季度|年|工作日|早上|晚上)|天天)"
    r"(?:(?<=[周期拜])[一二三四五六日天末](?:[、和到至](?:周|星期|礼拜)?[一二三四五六日天])*)?"
    r"(?:(?<=月)(?:[0-9]{1,2}|[一二三]?十?[一二三四五六七八九]?)[日号])?(?:的)?"
    rf"(?:{_HOUR}|早上|上午|中午|下午|傍晚|晚上)?"
)
_NUMBERED = re.compile(r"[0-9]{1,3}号")
_COUNTS = re.compile(r"的?(?:规则|承诺|提醒|问题|提问|线索|闹钟|的答复)")
_MORE_TIME = re.compile("再等|再给|多等|多给|宽限")
_COUNTED = ("第", "规则", "承诺", "提醒", "取消", "问题", "编号")
"""After and before which 3号 is no day of the month."""
_NAMES = {"person": NAME, "company": NAME, "product": PRODUCT, "time": TIME, "phone": CLIENT}
_FIRST = {"product": 0, "time": 1}
_PAIR = re.compile(r"(?<![a-z0-9])r[0-9]{1,12}(?![a-z0-9])")
_COMMANDS = re.compile("|".join((*VERBS, "看[看下]", "一下", "今日", "晚点", "名单", "新?客户")))
"""Words of wishes, of which a model that knows only names may make a name."""
LONGEST = 200
"""Characters of an utterance that is still read as a wish; more are somebody's words."""


@dataclass(frozen=True)
class Marked:
    """An utterance, folded, with its marks in place of what they stand for."""

    said: str
    folded: str
    text: str

    def words(self, start: int, end: int) -> str:
        return self.said[start:end]


def mark(said: str, known: Known, now: datetime) -> Marked:
    folded = simplify(fold(said))
    marks = list(folded)
    kept: set[int] = set()

    def put(kind: str, start: int, end: int) -> None:
        if kept.isdisjoint(range(start, end)) and _TAKEN.isdisjoint(marks[start:end]):
            marks[start:end] = kind + chr(ord(kind) + ON) * (end - start - 1)

    for ref in _REF.finditer(folded):
        put(CLIENT, *ref.span())
    for client in known.clients.find(said):
        put(CLIENT, client.start, client.end)
    for colleague in known.colleagues.find(said):
        put(COLLEAGUE, colleague.start, colleague.end)
    for pair in _PAIR.finditer(folded):
        kept.update(range(*pair.span()))
    for often in _RECURRING.finditer(folded):
        put(TIME, *often.span())
    entities = extract(said, sent_at=now, sender="client", lexicon=known.lexicon).entities
    for entity in sorted(entities, key=lambda one: _FIRST.get(one.type, 2)):
        kind = _NAMES.get(entity.type)
        if kind is None or (kind == TIME and _is_no_time(folded, entity.start, entity.end)):
            continue
        start, end = entity.start, entity.end
        if kind == NAME:
            start, end = _trimmed(folded, start, end)
        if start < end and not (kind == NAME and _COMMANDS.search(folded, start, end)):
            put(kind, start, end)
    return Marked(said, folded, "".join(marks))


_LEAST = 2
"""Characters of a name."""
_TAKEN = frozenset(map(chr, range(0xE000, 0xE020)))
_NO_NAME = re.compile(
    r"(?:的|了|吧|来|去|跟|转|给|把|别|再|请|那边|这边|我|他|单|先|让|也|就|还|都|是|在|和|说|要|归|怎|咋)$"
)
_LEADS = re.compile(
    r"^(?:把|给|和|跟|与|让|叫|由|问|找|查|请|帮|将|像|同|对|向|静音|恢复|转派|跟进)(?=..)"
)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A name without what was drawn into it: 王磊来, 跟康源."""
    while end - start > _LEAST and _NO_NAME.search(text[start:end]):
        end -= 1
    lead = _LEADS.match(text[start:end])
    if lead and end - start - lead.end() >= _LEAST:
        start += lead.end()
    return start, end


def _is_no_time(text: str, start: int, end: int) -> bool:
    """承诺3号, 7号问题 are no day; 再等一天 is what is asked for."""
    if _MORE_TIME.match(text, start):
        return True
    if not _NUMBERED.fullmatch(text, start, end):
        return False
    return bool(_COUNTS.match(text, end)) or text[:start].endswith(_COUNTED)
