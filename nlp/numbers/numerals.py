"""Numbers as people write them: 3.5万, 42,000, 两千五, 三万五, 2万8, 五六十, 十几万, 百来万.

`NUMBER` finds them, `parse` reads them, `span_of` reads the two ends of a range.
"""

import re
from typing import NamedTuple

_PLAIN = "零一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
DIGIT = {char: value for value, char in enumerate(_PLAIN)} | {
    char: value for value, char in enumerate(_FORMAL)
}
DIGIT |= {"〇": 0, "两": 2, "俩": 2, "兩": 2, "貳": 2, "仨": 3, "參": 3, "陸": 6}
SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
BIG = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
LETTERS = {"k": 1000, "K": 1000, "w": 10_000, "W": 10_000}
SCALE = SMALL | BIG | LETTERS

TEN_THOUSAND = 10_000
FEW = (2, 9)
"""What 几 may stand for."""

_DIGITS = "".join(DIGIT)
_NONZERO = "".join(char for char, value in DIGIT.items() if value)
ARABIC = (
    r"[0-9]{1,3}(?: [0-9]{3})? 000(?![0-9])"
    r"|[0-9]{1,3}(?:,[0-9]{3}){1,4}(?![0-9])(?:\.[0-9]{1,4})?|[0-9]{1,12}(?:\.[0-9]{1,4})?"
)
UNIT = r"[十百千]?[万萬][亿億]?|[十百千]?[亿億]|[百佰仟]|千(?![克米瓦卡伏])|[kKwW](?![A-Za-z])"
_TAIL = (
    r"[0-9]{1,4}[千百]?[万萬]|[0-9]千(?:[0-9]百?)?(?![0-9])|[0-9]百|[0-9]{4}(?![0-9])"
    r"|[0-9](?![0-9%:]|[.,][0-9])"
)
"""After 2万: 2万8, 2万8千, 5万4千6百, 1万2000."""
_MIXED = rf"(?:{ARABIC})(?:\s?[多余来几]?(?:{UNIT})(?:{_TAIL})?)?"
_HAN = rf"[{_DIGITS}十拾百佰千仟万萬亿億]"
_POINT = rf"(?:点[{_DIGITS}]{{1,2}}(?=[万萬亿億吨米斤升]|公斤|美[元金]))?"
_HAN_MIXED = rf"[{_DIGITS}]{{1,3}}[十百千]?[万萬](?:{_TAIL})"
_UP_TO = r"[二三四五六七八]?十几[二三四五六七八九]十[百千万萬]?"
_CHINESE = rf"{_HAN_MIXED}|{_UP_TO}|{_HAN}{{1,16}}{_POINT}(?:[几多余来]?[十百千万萬亿億]{{1,2}})?"
_VAGUE = (
    r"(?:[小好大]?几|数)[十百千万萬亿億]{1,3}|上[十百千]?[百千万萬亿億]|(?:百八十|千八百)[万萬]?"
    r"|[百千万](?:十来|来|把)[万萬]?"
)
NUMBER = rf"(?:{_MIXED}|{_VAGUE}|{_CHINESE})"
"""A number with its own 万; no group is captured."""
STARTS = frozenset(f"0123456789{_DIGITS}十拾百佰千仟万萬几数上")
"""Every number has one of these in it."""

_SIMPLE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([百千kKwW万])?")
"""Most numbers; the others take longer to read."""
_ARABIC = re.compile(
    rf"(?P<digits>{ARABIC})\s?(?P<rough>[多余来几])?(?P<unit>{UNIT})?(?P<tail>{_TAIL})?"
)
_PAIR = re.compile(rf"(?<![{_NONZERO}])([{_NONZERO}])([{_NONZERO}])(?![{_NONZERO}])")
_TENS = re.compile(r"([一二三四五六七八]?十[一二三四五六七八九]?)([二三四五六七八九]十)([万萬]?)")
"""十五二十万: 15 to 20."""
_FEW_TENS = re.compile(
    r"(?P<low>[二三四五六七八]?十)几(?P<high>[二三四五六七八九]十)(?P<unit>[百千万萬]?)"
)
"""十几二十万: 10 to 20."""
_ROUGH = re.compile(r"[几数多余来把]")
_FEW_WORD = re.compile(r"[小好大]?[几数]")
_HUNDRED_OR_SO = re.compile(r"[百千万](?:十?来|把)[万萬]?")
_TAILED = re.compile(rf"(?P<head>[^0-9]+)(?P<tail>{_TAIL})")
_ASCII = re.compile(r"[0-9]")
_TAIL_PART = re.compile(r"([0-9]+)([千百]?[万萬]?)")


class Amount(NamedTuple):
    """A number, or the two that it lies between (五六十: 50 and 60)."""

    low: float
    high: float | None
    """None where it only says "more than" (三十多)."""
    unit: float = 1
    """The 万 that was written last; it may hold for a number before it (30-50万)."""
    vague: bool = False
    """Whether readers would differ: 十几, 几百, 三十多."""


def parse(text: str) -> Amount | None:
    """The amount that `text` is, or None where it is none."""
    if len(text) <= 1:
        return _single(text)
    if text[-1] in "多余":
        told = parse(text[:-1])
        return told and Amount(told.low, None, told.unit, vague=True)
    if text[0].isascii():
        return _arabic(text) if text[0].isdigit() else None
    return _rough(text) if _ROUGH.search(text) or text[0] == "上" else _written_out(text)


def span_of(low: Amount, high: Amount | None) -> Amount | None:
    """The range from the one to the other, or None where they make none.

    What the second says of its scale holds for the first: 30-50万, 三到五千.
    """
    if high is None:
        return low
    if high.high is None or low.high is None:
        return None
    mantissa = high.high / high.unit
    shares = low.low < mantissa and (
        (high.unit >= TEN_THOUSAND and low.low < TEN_THOUSAND and low.unit < TEN_THOUSAND)
        or (high.unit > SMALL["十"] and low.unit == 1)
    )
    least = low.low * (high.unit if shares else 1)
    return Amount(least, high.high, high.unit, high.vague) if least <= high.high else None


def whole(value: float | None) -> float | int | None:
    """300000.0 as 300000; what has a fraction keeps it."""
    if value is None:
        return None
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded


def _single(text: str) -> Amount | None:
    value = SMALL["十"] if text in ("十", "拾") else DIGIT.get(text, 0)
    value = value or (int(text) if text.isascii() and text.isdigit() else 0)
    return Amount(value, value) if value else None


def _written_out(text: str) -> Amount | None:
    """What is told in full: 两千五, 三万5, 五六十, 百八十."""
    if text[:3] in ("百八十", "千八百"):
        size = SCALE[text[0]] * (TEN_THOUSAND if text[-1] in "万萬" else 1)
        return Amount(0.8 * size, size, _last_unit(text), vague=True)
    tens = _TENS.fullmatch(text)
    if tens:
        low, high = _chinese(tens[1] + tens[3]), _chinese(tens[2] + tens[3])
        return Amount(low, high, _last_unit(text)) if low and high and low < high else None
    tailed = _TAILED.fullmatch(text) if _ASCII.search(text) else None
    if tailed:
        head = parse(tailed["head"])
        rest = _tail(tailed["tail"], head.unit) if head else None
        return Amount(head.low + rest, head.low + rest, head.unit) if head and rest else None
    pair = _PAIR.search(text)
    if pair:
        return _between(text, pair)
    value = _chinese(text)
    return None if value is None else Amount(value, value, _last_unit(text))


def _arabic(text: str) -> Amount | None:
    simple = _SIMPLE.fullmatch(text)
    if simple:
        size = SCALE[simple[2]] if simple[2] else 1
        told = float(simple[1]) * size
        return Amount(told, told, size)
    found = _ARABIC.fullmatch(text)
    if not found:
        return None
    unit = _product(found["unit"] or "")
    value = float(found["digits"].replace(",", "").replace(" ", "")) * unit
    rest = _tail(found["tail"], unit) if found["tail"] else 0
    if rest is None:
        return None
    rough = found["rough"]
    if rough == "几":
        few = value / unit % SMALL["十"] == 0
        return Amount(value + unit, value + 9 * unit, unit, vague=True) if few else None
    if rough in ("多", "余"):
        return Amount(value, None, unit, vague=True)
    return Amount(value + rest, value + rest, unit, vague=bool(rough))


def _tail(text: str, below: float) -> float | None:
    """What is written after a 万: the 8 of 2万8, the 4千6百 of 5万4千6百."""
    rest = 0.0
    for number, scale in _TAIL_PART.findall(text):
        size = _product(scale) if scale else (below / 10 if len(number) == 1 else 1)
        if size >= below:
            return None
        rest += int(number) * size
        below = size
    return rest


def _rough(text: str) -> Amount | None:
    """十几万, 几百, 三十来万, 百来万, 上百."""
    unit = _last_unit(text)
    if text[0] == "上":
        return Amount(_product(text[1:]), None, unit, vague=True)
    if _HUNDRED_OR_SO.fullmatch(text):
        value = SCALE[text[0]] * (TEN_THOUSAND if text[-1] in "万萬" else 1)
        return Amount(value, value, unit, vague=True)
    few_tens = _FEW_TENS.fullmatch(text)
    if few_tens:
        low, high = (_chinese(few_tens[one] + few_tens["unit"]) for one in ("low", "high"))
        return Amount(low, high, unit, vague=True) if low and high and low < high else None
    sign = _ROUGH.search(text)
    if sign is None:
        return None
    if sign[0] in "多余来把":
        told = parse(text.replace(sign[0], "", 1))
        high = told.high if told and sign[0] in "来把" else None
        return told and Amount(told.low, high, told.unit, vague=True)
    return _few(text, sign.start())


def _few(text: str, at: int) -> Amount | None:
    """几十: 20 to 90; 十几: 11 to 19."""
    first = "一" if at and text[at - 1] in "十拾" else _PLAIN[FEW[0]]
    low = _chinese(_FEW_WORD.sub(first, text, count=1))
    high = _chinese(_FEW_WORD.sub(_PLAIN[FEW[1]], text, count=1))
    if low is None or high is None:
        return None
    return Amount(low, high, _last_unit(text), vague=True)


def _between(text: str, pair: re.Match[str]) -> Amount | None:
    """五六十万: 50万 and 60万; 三五十: 30 and 50."""
    first, second = DIGIT[pair[1]], DIGIT[pair[2]]
    if second != first + 1 and (first, second) != (3, 5):
        return None
    before, after = text[: pair.start()], text[pair.end() :]
    low, high = _chinese(before + pair[1] + after), _chinese(before + pair[2] + after)
    if low is None or high is None:
        return None
    return Amount(low, high, _last_unit(text))


def _chinese(text: str) -> float | None:
    """两千五百 → 2500, 三万五 → 35000, 一点五万 → 15000. None for what is no number: 万万."""
    if "点" in text:
        return _decimal(text)
    total = section = 0
    digit: int | None = None
    last_unit = 1
    for char in text:
        if char in DIGIT:
            bad = digit not in (None, 0)
            digit = DIGIT[char]
        elif char in SMALL:
            unit = SMALL[char]
            bad = digit is None and not (unit == SMALL["十"] and section % 100 == 0)
            section += (1 if digit is None else digit) * unit
            digit, last_unit = None, unit
        elif char in BIG:
            section += digit or 0
            bad = not section and not total
            # 四亿五千万 adds, 万亿 multiplies.
            adds = total >= BIG[char]
            total = total + section * BIG[char] if adds else (total + section) * BIG[char]
            section, digit, last_unit = 0, None, BIG[char]
        else:
            bad = True
        if bad:
            return None
    # 三万五 leaves the last 千 unsaid; 三万零五 does not.
    told_short = last_unit > SMALL["十"] and len(text) > 1 and text[-2] not in "零〇"
    return (total + section + (digit or 0) * (last_unit // 10 if told_short else 1)) or None


def _decimal(text: str) -> float | None:
    whole_part, _, rest = text.partition("点")
    fraction = "".join(str(DIGIT[char]) for char in rest if char in DIGIT)
    units = rest.lstrip(_DIGITS)
    value = _chinese(whole_part) if whole_part not in ("零", "〇") else 0
    if value is None or not fraction or any(char in DIGIT for char in units):
        return None
    return round((value + float(f"0.{fraction}")) * _product(units), 6)


def _product(units: str) -> float:
    value = 1
    for char in units:
        value *= SCALE[char]
    return value


def _last_unit(text: str) -> float:
    """The scale that a text ends with: 万 of 五六十万, 百 of 三百."""
    last = SCALE.get(text[-1], 1)
    return last if last != SMALL["十"] else 1
