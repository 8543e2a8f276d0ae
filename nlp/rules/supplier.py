"""Other suppliers that no catalogue lists, where a client compares us with them: 顺捷货代报过了."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.lexicon.matcher import Hit, apart
from nlp.segment import segmenter

NEEDS = frozenset("报比价换用便隔给才来")

THEN = r"(?:也|都|已经?|刚刚?|早就|前几天|上周|昨天|前天|今天|上午|下午|之前|上个月|才|只|就|那天)"
OFFERS = re.compile(
    rf"\s?(?:他们家?|他家|那边|那家|那儿|家|的人|的业务员?|的销售)?{THEN}{{0,3}}"
    r"(?:报(?:了|过)(?!名|到|警|销|废|案|喜|仇)|报的?价[^单表,。]{0,3}(?:比|才|便宜|更|低|了)|报[价]?到|报\d|"
    r"给(?:了|过|到)?(?:我们?|咱们?)?的?(?:报了?价|价|便宜|\d|[一二三四五六七八九十百千万]+[块折个])|"
    r"的?价格?(?:比你|比您|比贵|更|才|便宜|低)|的?(?:更|要)?便宜|(?:的[\u4e00-\u9fff]{1,6})?比(?:你|您|贵)[们家司]|来(?:过|报价|讲|演示|推|谈过)|能做到\d|"
    r"才(?:卖|要|报)?\d|卖(?:才|得?比|\d))"
)
"""After a supplier's name: he offers as well."""
OFFERING = re.compile(
    r"报(?:[了过到0-9]|的价|价[^,。!]{0,3}[比才更低了])|给(?:[了过到我咱价0-9一二三四五六七八九十百千万]|的?[价便])|"
    r"价格?[比更才便低]|便宜|比[你您贵]|来[过报讲演推谈]|才[卖要报0-9]|卖[才得比0-9]|做到[0-9]"
)
"""What stands in every one of these."""
ASKED = re.compile(r"[^,。!;]{0,8}(?:吗|没有?|么|不)[?。,!]?$|[^,。!;]{0,6}[吗么?]")
AGAINST = re.compile(
    r"(?:比|换成?|换到|换回|改用|改找|转用|在用|正用|用的是|用着|之前用|以前用|原来用|一直用|都用|目前用|现在用|"
    r"隔壁|对手|竞品是?|同行|除了|对比了?|比较了|不如|还是)的?\s?$"
)
WITH = re.compile(r"(?:跟|和|与|同|拿)\s?$")
COMPARED = re.compile(
    r"(?:家?的?[^,。!]{0,6})?(?:比(?:一?比|有|的?优势|怎么样|起来|较|着|的话|呢|,|。|$)|对比|差多少|差远|没法比|哪个)"
)
LED_IN = re.compile(r"比(?!亚迪|利时)|换(?!热)")
"""What may stick to a name's head."""
OWN = re.compile(
    r"(?:我们?是|这里是|这边是|我们|我|咱们?|公司|单位|抬头|名称|户名|甲方|客户|给)[:的]?\s?$"
)
NO_SUPPLIER = re.compile(
    r".*(?:医院|卫生院|诊所|学校|大学|学院|中学|小学|幼儿园|中心|局|委员会|银行)$"
)
"""Who buys such things and does not sell them."""
NAME_ENDS = re.compile(r"(?<![\u4e00-\u9fffA-Za-z])(?:隔壁|对手|同行|另一家|别家)?(?:的)?$")
MARKETS = frozenset({"淘宝", "天猫", "京东", "拼多多", "抖音", "阿里", "闲鱼", "网上"})
"""Where goods are sold by anybody."""
BRAND_TAGS = frozenset({"nz", "nt"})
BRAND = (2, 4)
"""Characters of a brand."""
_BEFORE_BRAND = frozenset(" ,。;!?、:\n壁手行家的")
_BACK = 8


LATIN = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Za-z]{2,14}(?![A-Za-z0-9])")
"""A brand in Latin letters."""
LATIN_WORDS = frozenset(
    (
        "PPT",
        "PDF",
        "APP",
        "FOB",
        "CIF",
        "EXW",
        "DDP",
        "ERP",
        "CRM",
        "OEM",
        "ODM",
        "SKU",
        "USB",
        "VIP",
    )
)


def extract(text: str, context: Context) -> Iterator[Entity]:
    if context.sender == "rep":
        # 康源医疗已经报过了 tells of our own quotation.
        return
    for entity in tuple(context.found):
        if (
            entity.type == "company"
            and not NO_SUPPLIER.match(entity.text)
            and not context.claimed("competitor", entity.start, entity.end)
            and (LED_IN.match(entity.text) or _is_compared(text, entity.start, entity.end))
        ):
            context.withdraw(entity)
            start = entity.start + bool(LED_IN.match(entity.text))
            value = context.folded[start : entity.end].replace(" ", "")
            yield context.entity("competitor", start, entity.end, value, "compared")
    compared = 0
    for hit in apart([Hit(*spot) for spot in context.spots.get("brand", ())]):
        listed = compared and text[compared : hit.start] in ("和", "、", "跟", "与", "/", "及")
        if (listed or _is_compared(text, hit.start, hit.end)) and not _is_taken(
            context, hit.start, hit.end
        ):
            compared = hit.end
            yield context.entity("competitor", hit.start, hit.end, hit.value, "compared")
    for found in LATIN.finditer(text):
        start, end = found.span()
        if (
            found[0] not in LATIN_WORDS
            and _is_compared(text, start, end)
            and not _is_taken(context, start, end)
        ):
            yield context.entity("competitor", start, end, found[0], "compared")
    if not OFFERING.search(text):
        return
    for word, start, end in context.words:
        offers = OFFERS.match(text, end) if _may_be_brand(word, text, start) else None
        if offers and not ASKED.match(text, offers.end()) and not _is_taken(context, start, end):
            yield context.entity("competitor", start, end, word, "compared")


def _is_compared(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _BACK) : start]
    if OWN.search(before):
        return False
    offers = OFFERS.match(text, end)
    if offers and not ASKED.match(text, offers.end()):
        return True
    return bool(AGAINST.search(before) or (WITH.search(before) and COMPARED.match(text, end)))


def _may_be_brand(word: str, text: str, start: int) -> bool:
    """Whether a word of the message could be a firm's short name."""
    least, most = BRAND
    if not least <= len(word) <= most or not "\u4e00" <= word[0] <= "\u9fff":
        return False
    if start and text[start - 1] not in _BEFORE_BRAND:
        return False
    if not NAME_ENDS.search(text[max(0, start - _BACK) : start]):
        return False
    segments = segmenter()
    return word not in MARKETS and (not segments.has(word) or segments.tag(word) in BRAND_TAGS)


def _is_taken(context: Context, start: int, end: int) -> bool:
    return any(
        context.claimed(kind, start, end)
        for kind in ("person", "company", "competitor", "product", "time", "region", "quantity")
    )
