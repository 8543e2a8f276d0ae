"""Spans of time, and the calendar's arithmetic over them."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum

DAYS_A_WEEK = 7
MONTHS_A_YEAR = 12
MONTHS_A_QUARTER = 3
ONE_DAY = timedelta(days=1)


class Grain(Enum):
    """What kind of stretch a span is: it decides what 前 and 后 mean and what may follow it."""

    MOMENT = "三点"
    PART = "上午"
    DAY = "周三"
    STRETCH = "下周"
    MONTH = "3月"
    YEAR = "明年"
    ENDING = "月底"
    """月底前 lasts until the month's end, where 周三前 stops as 周三 begins."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until just before `end`; a moment has both alike."""

    start: datetime
    end: datetime
    grain: Grain = Grain.STRETCH
    ambiguous: bool = False
    every: int = 0
    """周三 (7), 15号 (-1), 3月2日 (-12): after how many days it comes again, months being negative.
    0: it does not."""

    def as_value(self) -> dict[str, str]:
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}

    def doubtful(self) -> "Span":
        return self if self.ambiguous else replace(self, ambiguous=True)

    def moved(self, days: int) -> "Span":
        by = days * ONE_DAY
        return replace(self, start=self.start + by, end=self.end + by)


def midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)


def days(first: date, count: int, now: datetime, grain: Grain = Grain.STRETCH) -> Span:
    start = midnight(first, now)
    return Span(start, start + count * ONE_DAY, grain)


def one_day(day: date, now: datetime) -> Span:
    return days(day, 1, now, Grain.DAY)


def day_after(now: datetime, count: int) -> Span:
    return one_day(now.date() + count * ONE_DAY, now)


def week(now: datetime, weeks: int) -> Span:
    """This week (0), the next (1), the last (-1). Weeks begin on Monday."""
    return days(monday(now) + weeks * DAYS_A_WEEK * ONE_DAY, DAYS_A_WEEK, now)


def weekday(now: datetime, day: int, weeks: int | None) -> Span:
    """A day (1 Monday, 7 Sunday) of that week; without one the next that has not passed."""
    every = 0
    if weeks is None:
        weeks, every = int(day < now.isoweekday()), DAYS_A_WEEK
    first = midnight(monday(now) + (weeks * DAYS_A_WEEK + day - 1) * ONE_DAY, now)
    return Span(first, first + ONE_DAY, Grain.DAY, every=every)


def weekend(now: datetime, weeks: int) -> Span:
    return days(monday(now) + (weeks * DAYS_A_WEEK + 5) * ONE_DAY, 2, now)


def month(year: int, number: int, now: datetime) -> Span:
    """Months count on over the year's end: 13 is the next January, 0 the last December."""
    year, number = year + (number - 1) // MONTHS_A_YEAR, (number - 1) % MONTHS_A_YEAR + 1
    return days(date(year, number, 1), monthrange(year, number)[1], now, Grain.MONTH)


def months(year: int, first: int, last: int, now: datetime) -> Span:
    return Span(month(year, first, now).start, month(year, last, now).end)


def month_part(whole: Span, part: str) -> Span:
    """初, 上旬: 1–10 · 中, 中旬: 11–20 · 下旬, 底, 末: 21–end."""
    tenth, twentieth = whole.start + 10 * ONE_DAY, whole.start + 20 * ONE_DAY
    if part in ("上中旬", "中上旬"):
        return Span(whole.start, twentieth)
    if part == "中下旬":
        return Span(tenth, whole.end)
    if part in ("初", "上旬"):
        return Span(whole.start, tenth)
    if part in ("中", "中旬"):
        return Span(tenth, twentieth)
    return Span(twentieth, whole.end, Grain.STRETCH if part == "下旬" else Grain.ENDING)


def quarter(year: int, number: int, now: datetime) -> Span:
    last = number * MONTHS_A_QUARTER
    return months(year, last - MONTHS_A_QUARTER + 1, last, now)


def quarter_of(now: datetime, away: int) -> Span:
    """This quarter (0), the next (1)."""
    return quarter(now.year, (now.month - 1) // MONTHS_A_QUARTER + 1 + away, now)


def half_year(year: int, half: int, now: datetime) -> Span:
    return months(year, 6 * half - 5, 6 * half, now)


def whole_year(year: int, now: datetime) -> Span:
    return replace(months(year, 1, MONTHS_A_YEAR, now), grain=Grain.YEAR)


def year_part(year: int, part: str, now: datetime) -> Span:
    """年初, 年中, 年底: the contract leaves open which months these are."""
    number = {"初": 1, "中": 6}.get(part, MONTHS_A_YEAR)
    grain = Grain.ENDING if number == MONTHS_A_YEAR else Grain.STRETCH
    return replace(month(year, number, now), grain=grain, ambiguous=True)


def date_in(year: int, number: int, day: int, now: datetime) -> Span | None:
    """None where there is no such date (2月30日)."""
    try:
        return one_day(date(year, number, day), now)
    except ValueError:
        return None


def date_near(number: int, day: int, now: datetime, *, past: bool) -> Span | None:
    """M月D日 without a year: the next that has not passed, or the last that has begun."""
    years = (now.year, now.year - 1) if past else (now.year, now.year + 1)
    for year in (*years, *range(now.year + 2, now.year + 9)):
        found = date_in(year, number, day, now)
        if found and (found.start <= now if past else found.end > now):
            return replace(found, every=0 if past else -MONTHS_A_YEAR)
        if past and year == now.year - 1:
            return found
    return None


def day_of_month_near(day: int, now: datetime, *, past: bool) -> Span | None:
    """D号: of this month or the next that has it and where it has not passed."""
    for ahead in range(0, -3, -1) if past else range(3):
        first = month(now.year, now.month + ahead, now).start
        found = date_in(first.year, first.month, day, now)
        if found and (found.start <= now if past else found.end > now):
            return replace(found, every=-1)
    return None


def month_near(number: int, part: str | None, now: datetime, *, past: bool) -> Span:
    """3月, 8月底: this year's where it has not passed."""
    for year in (now.year, now.year - 1) if past else (now.year, now.year + 1):
        found = month(year, number, now)
        found = month_part(found, part) if part else found
        if found.start <= now if past else found.end > now:
            break
    return found


def months_on(now: datetime, count: int) -> datetime:
    """The same day and time of another month, or that month's last day."""
    first = month(now.year, now.month + count, now).start
    last = monthrange(first.year, first.month)[1]
    return datetime.combine(first.replace(day=min(now.day, last)), now.timetz())


def monday(now: datetime) -> date:
    return now.date() - (now.isoweekday() - 1) * ONE_DAY
