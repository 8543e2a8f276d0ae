"""Numbers of goods: 3台, 两千件, 五六十套, 10-20台, 100多套, 50台以上."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.numbers.figures import Figure, figures
from nlp.numbers.numerals import STARTS, span_of, whole
from nlp.numbers.units import (
    AFTER_WANTED,
    COUNTED_ALONE,
    DIVISIBLE,
    FIRST,
    HALF,
    IN_PACK,
    NEVER_ONE,
    NOT_LISTED,
    PACK_AFTER,
    PACK_BEFORE,
    PATTERN,
    PRICED_AFTER,
    PRICED_BEFORE,
    SLAB,
    SLABS_BEFORE,
    WANTED,
)

NEEDS = STARTS

MEASURED = re.compile(rf"\s?(?P<plus>\+)?(?:个(?=平|立方))?{PATTERN}")
TO = re.compile(rf"\s?(?:{PATTERN})?\s?(?:[-~—–―〜]{{1,2}}|到|至)\s?")
WIDEST = 14
"""Characters between the two numbers of a range."""
ABOVE = re.compile(r"(?:或|及)?(?:以|之)上")
BELOW = re.compile(r"(?:以|之)[内下]")
AT_LEAST = re.compile(r"(?:至少|最少|起码|不少于|不低于)(?:要|得|需要?)?\s?$")
AT_MOST = re.compile(r"(?:不超过|不多于|最多|顶多|至多|别超过)(?:要|只要)?\s?$")
NOT_COUNTED = re.compile(r"(?:[第每几哪$¥€£]|/)\s?$")
THESE = re.compile(r"[这那][\s]?$")
NAMED = re.compile(r"(?<![0-9A-Za-z\-])(?:[A-Za-z]{2,4}|[xX*])$")
"""CT3台, 苏打水x60箱: letters that a count may hang on."""
BARE_LETTERS = 2
SLICES = frozenset({16, 32, 40, 64, 80, 128, 160, 256, 320, 512, 640})
"""64排: which CT it is, and not how many."""
IN_ROWS = re.compile(r"的?[^,，。的]{0,4}(?:椅|座|桌|架|柜|奶|蛋|灯|管)")


def extract(text: str, context: Context) -> Iterator[Entity]:
    numbers = figures(text)
    at = 0
    while at < len(numbers):
        first = numbers[at]
        at += 1
        is_near = at < len(numbers) and numbers[at].start - first.end <= WIDEST
        to = TO.match(text, first.end) if is_near else None
        if to and numbers[at].start == to.end():
            measured = MEASURED.match(text, numbers[at].end)
            if measured:
                entity = _counted(text, context, first, measured, numbers[at])
                if entity and (to["unit"] in (None, measured["unit"])):
                    yield entity
                    at += 1
                    continue
        measured = _measure(text, first)
        if measured:
            entity = _counted(text, context, first, measured)
            if entity:
                yield entity


def _measure(text: str, first: Figure) -> re.Match[str] | None:
    """The unit after a number."""
    if text[first.end : first.end + 1] not in FIRST:
        return None
    # 电瓶两块: slabs, told so by what stands before.
    slab = SLAB.match(text, first.end)
    if slab and SLABS_BEFORE.search(text, max(0, first.start - 4), first.start):
        return slab
    return MEASURED.match(text, first.end)


def _counted(
    text: str,
    context: Context,
    first: Figure,
    measured: re.Match[str],
    last: Figure | None = None,
) -> Entity | None:
    start, end = first.start, measured.end()
    amount = span_of(first.amount, last.amount if last else None)
    if amount is None or not _counts(text, context, first, measured):
        return None
    half = 0.0
    if measured["unit"] in DIVISIBLE and HALF.match(text, end):
        half, end = 0.5, end + 1
    least: float | None = amount.low + half
    most = None if amount.high is None else amount.high + half
    if last is None:
        before = text[max(0, start - 8) : start]
        above, below = ABOVE.match(text, end), BELOW.match(text, end)
        floor, ceiling = AT_LEAST.search(before), AT_MOST.search(before)
        if above or floor or measured["plus"]:
            most = None
        elif below or ceiling:
            least = None
        limit, side = floor or ceiling, above or below
        start, end = start - len(limit[0] if limit else ""), side.end() if side else end
    value = {
        "min": whole(least),
        "max": whole(most),
        "unit": measured["unit"],
    }
    return context.entity("quantity", start, end, value, "count", ambiguous=amount.vague)


def _counts(text: str, context: Context, first: Figure, measured: re.Match[str]) -> bool:
    """Whether it is goods that are counted, and not days, people or part of a name."""
    start, end, unit = first.start, measured.end(), measured["unit"]
    before = text[max(0, start - 6) : start]
    if first.glued and not _hangs_on_a_name(text, first):
        return False
    if PACK_BEFORE.search(before) or PACK_AFTER.match(text, end):
        return False
    if unit == "排" and first.amount.low in SLICES and not IN_ROWS.match(text, end):
        return False
    if NOT_COUNTED.search(before) or (THESE.search(before) and unit in "个件套份种条把"):
        return False
    # 三只松鼠 is a brand, the 500 of XG-500 a model's.
    if any(context.claimed(kind, start, end) for kind in ("product", "competitor", "time")):
        return False
    one = text[start : measured.start()] in ("一", "1")
    return not one or _is_one(text, context, measured, before)


def _is_one(text: str, context: Context, measured: re.Match[str], before: str) -> bool:
    """一台 is goods; 一个 only where a product follows it."""
    unit, end = measured["unit"], measured.end()
    if THESE.search(before) or before[-1:] == "一" or unit in NEVER_ONE:
        return False
    wanted = bool(WANTED.search(before))
    if (
        PRICED_BEFORE.search(before)
        or IN_PACK.search(before)
        or (not wanted and PRICED_AFTER.match(text, end))
    ):
        return False
    if unit in COUNTED_ALONE or context.claimed("product", end, end + 1):
        return True
    listed = "\u4e00" <= before[-1:] <= "\u9fff" and not NOT_LISTED.search(before)
    return unit != "个" and bool((wanted or listed) and AFTER_WANTED.match(text, end))


def _hangs_on_a_name(text: str, first: Figure) -> bool:
    written = text[first.start : first.end]
    return len(written) <= BARE_LETTERS + 1 and bool(
        NAMED.search(text, max(0, first.start - 5), first.start)
    )
