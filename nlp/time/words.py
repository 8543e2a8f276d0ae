"""The words that times are made of, and what they stand for."""

S = " ?"
"""People leave a blank between a number and its unit."""

DIGITS = "零一二三四五六七八九"
NUM = r"(?:[0-9]{1,4}|[零〇一二两俩三四五六七八九十廿卅百]{1,5})"
SMALL = r"(?:[0-9]{1,2}|[零〇一二两三四五六七八九十廿卅]{1,4})"


SHORT_TENS = {2: "廿", 3: "卅"}


def _spoken() -> dict[str, int]:
    said = {"两": 2, "俩": 2, "卅": 30, "廿": 20, "〇": 0, "零": 0, "百": 100}
    for tens in range(10):
        for ones in range(10):
            value = 10 * tens + ones
            head = "" if not tens else "十" if tens == 1 else f"{DIGITS[tens]}十"
            said[head + (DIGITS[ones] if ones or not tens else "")] = value
            if tens == 1:
                said[f"一十{DIGITS[ones] if ones else ''}"] = value
            if ones and tens in SHORT_TENS:
                said[f"{SHORT_TENS[tens]}{DIGITS[ones]}"] = value
            if not tens:
                said[f"零{DIGITS[ones]}"] = said[f"〇{DIGITS[ones]}"] = value
    for hundreds, digit in ((1, "一"), (2, "二"), (2, "两"), (3, "三"), (5, "五")):
        said[f"{digit}百"] = 100 * hundreds
        said |= {f"{digit}百{DIGITS[tens]}": 100 * hundreds + 10 * tens for tens in range(1, 10)}
        said |= {f"{digit}百{DIGITS[tens]}十": 100 * hundreds + 10 * tens for tens in range(1, 10)}
    return said


def _pairs() -> dict[str, tuple[int, int]]:
    pairs = {"两三": (2, 3), "一两": (1, 2), "三两": (2, 3), "三五": (3, 5), "十来": (10, 15)}
    for low in range(1, 9):
        both = DIGITS[low] + DIGITS[low + 1]
        pairs[both] = (low, low + 1)
        for tens, head in ((10, "十"), (20, "二十"), (30, "三十"), (20, "廿")):
            pairs[head + both] = (tens + low, tens + low + 1)
    return pairs


SPOKEN = _spoken()
PAIRS = _pairs()
"""两三, 三五, 十五六: between the two."""


def number(text: str | None) -> int | None:
    """15, 十五, 廿五, 一百二; None for what is no number of this size."""
    if not text:
        return None
    return int(text) if text.isdigit() and text.isascii() else SPOKEN.get(text)


def pair(text: str) -> tuple[int, int] | None:
    """The two that a spoken number lies between, or the number twice."""
    both = PAIRS.get(text)
    if both is None and (one := number(text)) is not None:
        return one, one
    return both


def hours(text: str) -> tuple[int, int] | None:
    """三四点 lies between the two, 九十点 too."""
    return (9, 10) if text == "九十" else pair(text)


DAYS_AWAY = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}
AWAY = {"上上上": -3, "上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2, "下下下": 3}
YEARS_AWAY = {"大前": -3, "前": -2, "去": -1, "今": 0, "明": 1, "后": 2, "大后": 3}
WEEKDAYS = (
    {char: place % 7 + 1 for place, char in enumerate("一二三四五六日")}
    | {"天": 7}
    | {str(day): day for day in range(1, 8)}
)
LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12}

PARTS = {
    "凌晨": (0, 6),
    "清晨": (5, 8),
    "清早": (6, 9),
    "一清早": (6, 9),
    "一大早": (6, 9),
    "大清早": (6, 9),
    "一早": (6, 9),
    "早上": (6, 12),
    "早晨": (6, 12),
    "早": (6, 12),
    "晨": (6, 12),
    "上午": (6, 12),
    "中午": (11, 13),
    "晌午": (11, 13),
    "正午": (11, 13),
    "午后": (12, 18),
    "下午": (12, 18),
    "白天": (6, 18),
    "傍晚": (17, 19),
    "晚上": (18, 24),
    "晚间": (18, 24),
    "夜里": (18, 24),
    "夜间": (18, 24),
    "深夜": (18, 24),
    "半夜": (18, 24),
    "午夜": (18, 24),
    "夜": (18, 24),
    "晚": (18, 24),
}
"""The hours of a part of the day, as the contract has them where it says."""

CERTAIN_PARTS = frozenset(
    {"凌晨", "早上", "早晨", "早", "上午", "中午", "下午", "晚上", "晚", "夜里"}
)
LONG_PARTS = "|".join(sorted((part for part in PARTS if len(part) > 1), key=len, reverse=True))

SEASONS = {"春": (3, 5), "夏": (6, 8), "秋": (9, 11), "冬": (12, 14)}
