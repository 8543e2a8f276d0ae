"""Other suppliers that no catalogue lists, where a client compares us with them: 顺捷货代报过了."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.lexicon.matcher import Hit, apart
from nlp.organisations.comparing import OFFERING, OFFERS, QUESTION, is_compared
from nlp.segment import segmenter

NEEDS = frozenset(
    "报比价换用便隔给才来答承质账条说找谈送催另免能间和跟从在拿看选试除输倾还友同竞接考对改转别边天三跑贵降包免中打收投"
)

LED_IN = re.compile(r"比(?!亚迪|利时)|换(?!热)")
"""What may stick to a name's head."""
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
_BACK = 10


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
        if offers and not QUESTION.match(text, offers.end()) and not _is_taken(context, start, end):
            yield context.entity("competitor", start, end, word, "compared")


def _is_compared(text: str, start: int, end: int) -> bool:
    return is_compared(text[max(0, start - _BACK) : start], text, start, end)


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
