"""Numbers as people write them: 3.5万, 42,000, 两千五百, 三万五, 五六十, 三五百."""

import re
from dataclasses import dataclass

DIGITS = "零一二三四五六七八九"
VALUE = {char: value for value, char in enumerate(DIGITS)} | {"〇": 0, "两": 2, "俩": 2}
SMALL = {"十": 10, "百": 100, "千": 1000}
BIG = {"万": 10_000, "亿": 100_000_000}
SUFFIX = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1000,
    "k": 1000,
    "K": 1000,
    "万": 10_000,
    "w": 10_000,
    "W": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
}

ARABIC = r"[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,4})?|[0-9]{1,12}(?:\.[0-9]{1,4})?"
UNIT = r"十万|百万|千万|[百千万亿kKwW]"
CHINESE = r"[零〇一二两俩三四五六七八九十百千万亿]{1,16}"
NUMBER = rf"(?:(?:{ARABIC})(?:{UNIT})?|{CHINESE})"
"""A number with its own 万; no group is captured."""

_ARABIC = re.compile(rf"({ARABIC})({UNIT})?")
_PAIR = re.compile(r"([一二两三四五六七八九])([一二三四五六七八九])([十百千万]?)(万?)")


@dataclass(frozen=True)
class Amount:
    """A number, or the two that it lies between (五六十: 50 and 60)."""

    low: float
    high: float
    unit: float = 1
    """The 万 that was written after it; it may hold for a number before it (30-50万)."""


def parse(text: str) -> Amount | None:
    """The amount that `text` is, or None where it is none."""
    found = _ARABIC.fullmatch(text)
    if found:
        unit = SUFFIX[found[2] or ""]
        value = float(found[1].replace(",", "")) * unit
        return Amount(value, value, unit)
    pair = _PAIR.fullmatch(text)
    if pair and (pair[1] + pair[2] == "三五" or VALUE[pair[2]] == VALUE[pair[1]] + 1):
        unit = SMALL.get(pair[3], 1) * (BIG["万"] if "万" in (pair[3], pair[4]) else 1)
        return Amount(VALUE[pair[1]] * unit, VALUE[pair[2]] * unit, unit)
    value_ = _chinese(text)
    if value_ is None:
        return None
    return Amount(value_, value_, BIG["万"] if text.endswith("万") else 1)


def _chinese(text: str) -> int | None:
    """两千五百 → 2500, 三万五 → 35000, 十二 → 12. None for what is no number: 万万, 一二三."""
    total = section = 0
    digit: int | None = None
    last_unit = 1
    for char in text:
        if char in VALUE:
            if digit not in (None, 0):
                return None
            digit = VALUE[char]
        elif char in SMALL:
            unit = SMALL[char]
            if digit is None and not (unit == SMALL["十"] and section == 0):
                return None
            section += (1 if digit is None else digit) * unit
            digit, last_unit = None, unit
        elif char in BIG:
            section += digit or 0
            if section == 0:
                return None
            total = (total + section) * BIG[char]
            section, digit, last_unit = 0, None, BIG[char]
        else:
            return None
    if digit is None:
        return total + section if total + section else None
    # 三万五 leaves the last 千 unsaid; 三万零五 does not.
    told_short = last_unit > SMALL["十"] and len(text) > 1 and text[-2] not in "零〇"
    return total + section + digit * (last_unit // 10 if told_short else 1)


def whole(value: float) -> int | float:
    """300000.0 as 300000; what has a fraction keeps it."""
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded
