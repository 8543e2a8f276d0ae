"""提前半小时, 提前一天, 国庆前一周: how long before a time something is wished."""

import re
from datetime import timedelta

from nlp.time.words import number

_AMOUNT = (
    r"(半|一刻|[0-9]{1,3}|[一二两三四五六七八九十]{1,3})个?(?:(半)个?)?"
    r"(小时|钟头|分钟|钟|天|周|星期|礼拜)"
)
_AHEAD = re.compile(rf"提前(?:{_AMOUNT}|(?=\s|$))(?:左右)?")
"""提前半小时, 提前一个半小时, 提前一刻钟, 提前一天; 提前 alone is half an hour."""
_BEFORE = re.compile(rf"[之以]?前{_AMOUNT}")
_HALF_AN_HOUR = timedelta(minutes=30)
_QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)
_UNITS = {
    "小时": timedelta(hours=1),
    "钟头": timedelta(hours=1),
    "分钟": timedelta(minutes=1),
    "钟": timedelta(minutes=1),
    "天": _DAY,
    **dict.fromkeys(("周", "星期", "礼拜"), 7 * _DAY),
}
_HALVES = {"天": timedelta(hours=12), "小时": _HALF_AN_HOUR, "钟头": _HALF_AN_HOUR}


def without_ahead(words: str) -> tuple[str, timedelta]:
    """提前半小时 taken out of the words: (what is left, how long before)."""
    found = _AHEAD.search(words)
    if found is None:
        return words, timedelta()
    left = f"{words[: found.start()].rstrip(' ，,')} {words[found.end() :]}".strip()
    return left, _amount(found) if found[3] else _HALF_AN_HOUR


def before(after: str) -> tuple[str, timedelta]:
    """国庆 前一周, of what follows a time: (what is left of it, how long before)."""
    found = _BEFORE.match(after)
    return (after[found.end() :], _amount(found)) if found else (after, timedelta())


def _amount(found: re.Match[str]) -> timedelta:
    amount, half, unit = found.groups()
    if amount == "一刻":
        return _QUARTER
    if amount == "半":
        return _HALVES.get(unit, timedelta(seconds=30))
    return _UNITS[unit] * (number(amount) or 1) + (
        _HALVES.get(unit, timedelta()) if half else timedelta()
    )
