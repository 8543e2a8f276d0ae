"""Mainland China's public holidays and make-up working days.

Up to `LAST_PUBLISHED_YEAR` as the State Council's office published them (chinesecalendar); after
it only the days that the law itself fixes (holidays), without weekends moved to bridge them.
"""

import datetime as dt
from datetime import date, timedelta
from functools import lru_cache

import holidays
from chinese_calendar import constants

NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}

_STATUTORY_WORDS = {
    "New Year's Day": "元旦",
    "Chinese New Year": "春节",
    "Tomb-Sweeping": "清明节",
    "Labor Day": "劳动节",
    "Dragon Boat": "端午节",
    "National Day": "国庆节",
    "Mid-Autumn": "中秋节",
}

_USUAL_LENGTH = {"春节": 8, "劳动节": 5, "国庆节": 7}
"""How many days the long holidays have had of late, for years not yet published."""

_PUBLISHED: dict[date, str] = {day: NAMES[name] for day, name in constants.holidays.items()}
_MAKE_UP: frozenset[date] = frozenset(constants.workdays)

FIRST_PUBLISHED_YEAR = min(_PUBLISHED).year
LAST_PUBLISHED_YEAR = max(_PUBLISHED).year


def is_published(day: date) -> bool:
    """Whether the official arrangement of that day's year is known here."""
    return FIRST_PUBLISHED_YEAR <= day.year <= LAST_PUBLISHED_YEAR


def holiday_name(day: date) -> str | None:
    """The public holiday that this day is off for, or None."""
    if is_published(day):
        return _PUBLISHED.get(day)
    return _statutory(day.year).get(day)


def is_make_up_day(day: date) -> bool:
    """A weekend day on which one works because a holiday was made longer (调休)."""
    return day in _MAKE_UP


def holiday_span(name: str, year: int) -> tuple[date, date] | None:
    """The first and the last day off of a holiday (国庆节, 春节 …) in that year.

    Holidays that touch are one: in 2025 国庆节 and 中秋节 end together. Beyond the published
    years the long holidays are taken to be as long as of late.
    """
    named = [day for day in _days_of(year) if _days_of(year)[day] == name]
    if not named:
        return None
    first, last = min(named), max(named)
    if not is_published(first):
        return first, max(last, first + timedelta(days=_USUAL_LENGTH.get(name, 1) - 1))
    while holiday_name(first - timedelta(days=1)):
        first -= timedelta(days=1)
    while holiday_name(last + timedelta(days=1)):
        last += timedelta(days=1)
    return first, last


@lru_cache(maxsize=64)
def _days_of(year: int) -> dict[date, str]:
    if FIRST_PUBLISHED_YEAR <= year <= LAST_PUBLISHED_YEAR:
        return {day: name for day, name in _PUBLISHED.items() if day.year == year}
    return _statutory(year)


@lru_cache(maxsize=64)
def _statutory(year: int) -> dict[date, str]:
    if not dt.MINYEAR < year < dt.MAXYEAR:
        return {}
    found = {}
    for day, said in holidays.country_holidays(
        "CN", years=year, observed=False, language="en_US"
    ).items():
        for word, name in _STATUTORY_WORDS.items():
            if word in said:
                found[day] = name
                break
    return found
