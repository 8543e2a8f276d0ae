"""The Chinese calendar from 1900 to 2100: 正月初八, 腊月二十三, 中秋."""

from datetime import date, timedelta
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 1900, 2100

_FIRST_DAY = date(1900, 1, 31)
"""正月初一 of the first year."""

_YEARS = (  # noqa: SIM905 (a table, not a list of words)
    "04bd8 04ae0 0a570 054d5 0d260 0d950 16554 056a0 09ad0 055d2 "
    "04ae0 0a5b6 0a4d0 0d250 1d255 0b540 0d6a0 0ada2 095b0 14977 "
    "04970 0a4b0 0b4b5 06a50 06d40 1ab54 02b60 09570 052f2 04970 "
    "06566 0d4a0 0ea50 06e95 05ad0 02b60 186e3 092e0 1c8d7 0c950 "
    "0d4a0 1d8a6 0b550 056a0 1a5b4 025d0 092d0 0d2b2 0a950 0b557 "
    "06ca0 0b550 15355 04da0 0a5b0 14573 052b0 0a9a8 0e950 06aa0 "
    "0aea6 0ab50 04b60 0aae4 0a570 05260 0f263 0d950 05b57 056a0 "
    "096d0 04dd5 04ad0 0a4d0 0d4d4 0d250 0d558 0b540 0b6a0 195a6 "
    "095b0 049b0 0a974 0a4b0 0b27a 06a50 06d40 0af46 0ab60 09570 "
    "04af5 04970 064b0 074a3 0ea50 06b58 05ac0 0ab60 096d5 092e0 "
    "0c960 0d954 0d4a0 0da50 07552 056a0 0abb7 025d0 092d0 0cab5 "
    "0a950 0b4a0 0baa4 0ad50 055d9 04ba0 0a5b0 15176 052b0 0a930 "
    "07954 06aa0 0ad50 05b52 04b60 0a6e6 0a4e0 0d260 0ea65 0d530 "
    "05aa0 076a3 096d0 04afb 04ad0 0a4d0 1d0b6 0d250 0d520 0dd45 "
    "0b5a0 056d0 055b2 049b0 0a577 0a4b0 0aa50 1b255 06d20 0ada0 "
    "14b63 09370 049f8 04970 064b0 168a6 0ea50 06b20 1a6c4 0aae0 "
    "092e0 0d2e3 0c960 0d557 0d4a0 0da50 05d55 056a0 0a6d0 055d4 "
    "052d0 0a9b8 0a950 0b4a0 0b6a6 0ad50 055a0 0aba4 0a5b0 052b0 "
    "0b273 06930 07337 06aa0 0ad50 14b55 04b60 0a570 054e4 0d160 "
    "0e968 0d520 0daa0 16aa6 056d0 04ae0 0a9d4 0a2d0 0d150 0f252 0d520"
).split()
"""A year in hexadecimal: whether its leap month is long, which of the twelve months have 30 days,
and which month a leap month follows (0: none)."""

LONG, SHORT = 30, 29


@lru_cache(maxsize=256)
def months_of(year: int) -> dict[tuple[int, bool], tuple[date, int]]:
    """By number and whether it is a leap month: its first day, and how many it has."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return {}
    first = new_year(year)
    bits = int(_YEARS[year - FIRST_YEAR], 16)
    found = {}
    for number in range(1, 13):
        days = LONG if bits & (0x10000 >> number) else SHORT
        found[number, False] = (first, days)
        first += timedelta(days)
        if number == bits & 0xF:
            days = LONG if bits & 0x10000 else SHORT
            found[number, True] = (first, days)
            first += timedelta(days)
    return found


@lru_cache(maxsize=256)
def new_year(year: int) -> date:
    """正月初一."""
    if year == FIRST_YEAR:
        return _FIRST_DAY
    return new_year(year - 1) + timedelta(_length_of(year - 1))


def day(year: int, number: int, day_of_month: int, *, leap: bool = False) -> date | None:
    """That day of the lunar year which begins in `year`; None where it has no such day."""
    found = months_of(year).get((number, leap))
    if found is None or not 1 <= day_of_month <= found[1]:
        return None
    return found[0] + timedelta(day_of_month - 1)


def last_day(year: int) -> date | None:
    """除夕: the eve of the next lunar year."""
    return new_year(year + 1) - timedelta(1) if FIRST_YEAR <= year <= LAST_YEAR else None


def year_of(when: date) -> int:
    """The lunar year that a day belongs to; the calendar year outside of the table."""
    if not FIRST_YEAR < when.year <= LAST_YEAR:
        return when.year
    return when.year if when >= new_year(when.year) else when.year - 1


def _length_of(year: int) -> int:
    bits = int(_YEARS[year - FIRST_YEAR], 16)
    long_ones = (bits >> 4 & 0xFFF).bit_count()
    leap = 0 if not bits & 0xF else LONG if bits & 0x10000 else SHORT
    return 12 * SHORT + long_ones + leap
