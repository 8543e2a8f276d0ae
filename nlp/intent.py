"""Whether a client wants something, how much, and by which words one can tell."""

import re
from collections.abc import Iterator

from nlp.context import SEALED, Context
from nlp.facts import Entity, Intent
from nlp.folding import fold

ASKS = re.compile(
    r"报个?价(?!高|了)|询价|问价|核价|开价|价格表|报价单|什么价位?|啥价|多少钱|怎么卖|怎么收费|收费标准|价位|打包价|"
    r"给个?[^,。]{0,4}价|招标(?:文件|公告)?|投标|标书|参数表?|国产替代|替代|平替|(?:寄|要|拿|看)个?样品?(?=[^\u4e00-\u9fff板]|$)|寄样品?|"
    r"样品|样机|试用|演示|签?合同|上门|看房|参观|实地|拜访|面谈|约个?时间|价格"
)
HURRIES = re.compile(r"(?:加急|急需|急用|尽快|很着急|着急|很急|急要|越快越好|马上要|火急)")
NOT_ASKING = re.compile(
    r"价格(?:太|有点|偏|就按|没意见|没问题|可以|合适|贵|高|涨)|对价格|也?报了价|报价太|已经报过|不[太很]?着?急|别着急|不用上门|"
    r"不要上门|别上门|合同已|合同签了|不用报价|不需要"
)
ADVERTISING = re.compile(
    r"退订回?[A-Za-z]|回[A-Za-z]退订|戳链接|点击链接|领券|满减|大促|限时抢|扫码领|加群领|兼职|日结|刷单|贷款额度|免费领取|砍一刀|"
    r"助力一下|群公告|代开.{0,2}发?票|税点优惠|引流推广|高价回收|开业大吉.{0,6}优惠"
)
SMALL_TALK = re.compile(
    r"\[[\u4e00-\u9fffA-Za-z]{1,6}\]|麻烦.{0,6}群(?:名|昵称)[^,。!\s]{0,6}|(?:早上|上午|中午|下午|晚上|大家|老师)?好的?呢?|你好|您好|哈喽|hello|hi|嗨|在吗|在不在?|在么|"
    r"收到|谢谢|多谢|感谢|辛苦|麻烦了?|不客气|客气|拜拜|再见|回见|晚安|早安|早|午安|ok|okay|嗯+|哦+|噢|喔|好滴|好嘞|行|可以|没事|没关系|"
    r"知道了?|明白了?|了解了?|不好意思|抱歉|对不起|哈+|呵+|嘿+|笑死我?了?|(?:圣诞|新年|元旦|春节|中秋|国庆|端午|节日|生日|周末|假期)快乐|"
    r"恭喜发财|红包拿来|阖家幸福|万事如意|身体健康|工作顺利|新年好|过年好|恭喜|祝贺|加油|打开了|看到了|"
    r"请大家修改群昵称.*|管理员|大家|您|你|我|啦|了|的|呀|哈|啊|哟|呢|吧|哦|嘛|亲|老板|各位",
    re.IGNORECASE,
)
SMALL_TYPES = frozenset({"person"})
"""What small talk may mention (张总早)."""


def read_intent(text: str, context: Context, entities: tuple[Entity, ...]) -> Intent:
    """The intent of a client's words; a rep's have none."""
    if context.sender == "rep":
        return Intent()
    if ADVERTISING.search(text):
        return Intent(is_advertising=True)
    ignored = [found.span() for found in NOT_ASKING.finditer(text)]
    spans = set(_asking(text))
    tags: dict[str, None] = {}
    for hit in context.lexicon.keywords(fold(text)):
        if _inside(hit.start, hit.end, ignored):
            continue
        tags[hit.value.tag] = None
        if hit.value.high:
            spans.add((hit.start, hit.end))
    kept = _outermost([span for span in spans if not _inside(*span, ignored)])
    words = tuple(context.message[start:end] for start, end in kept)
    if words:
        return Intent("high", words, tuple(tags))
    if any(entity.type not in SMALL_TYPES for entity in entities) or not _only_small_talk(text):
        return Intent("normal", (), tuple(tags))
    return Intent()


def _asking(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (ASKS, HURRIES):
        for found in pattern.finditer(text):
            yield found.span()


def _inside(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in spans)


def _outermost(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order, without those that an earlier or longer one overlaps."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _only_small_talk(text: str) -> bool:
    rest = SMALL_TALK.sub("", text.replace(SEALED, "x"))
    return not re.search(r"[\u4e00-\u9fffA-Za-z0-9]", rest)
