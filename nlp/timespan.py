"""Days and spans, counted from the moment at which a message was sent."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from config import public_days

DAYS_A_WEEK = 7
MONTHS_A_YEAR = 12
MONTHS_A_QUARTER = 3
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """From `start` until just before `end`; a moment has both alike."""

    start: datetime
    end: datetime
    before_means_end: bool = False
    """月底前 lasts until the month's end, where 周三前 stops as 周三 begins."""
    ambiguous: bool = False

    @property
    def is_day(self) -> bool:
        return self.end - self.start == ONE_DAY

    def as_value(self) -> dict[str, str]:
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}

    def doubtful(self) -> "Span":
        return replace(self, ambiguous=True)


def midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)


def days(first: date, count: int, now: datetime) -> Span:
    return Span(midnight(first, now), midnight(first + count * ONE_DAY, now))


def day_after(now: datetime, count: int) -> Span:
    return days(now.date() + count * ONE_DAY, 1, now)


def week(now: datetime, weeks: int) -> Span:
    """This week (0), the next (1), the last (-1). Weeks begin on Monday."""
    return days(_monday(now) + weeks * DAYS_A_WEEK * ONE_DAY, DAYS_A_WEEK, now)


def weekday(now: datetime, day: int, weeks: int | None) -> Span:
    """A day (1 Monday, 7 Sunday) of that week; without one the next that has not passed."""
    if weeks is None:
        weeks = 0 if day >= now.isoweekday() else 1
    return days(_monday(now) + (weeks * DAYS_A_WEEK + day - 1) * ONE_DAY, 1, now)


def weekend(now: datetime, weeks: int) -> Span:
    return days(_monday(now) + (weeks * DAYS_A_WEEK + 5) * ONE_DAY, 2, now)


def month(year: int, number: int, now: datetime) -> Span:
    year, number = year + (number - 1) // MONTHS_A_YEAR, (number - 1) % MONTHS_A_YEAR + 1
    return days(date(year, number, 1), monthrange(year, number)[1], now)


def month_part(whole: Span, part: str, now: datetime) -> Span:
    """初, 上旬: 1–10 · 中, 中旬: 11–20 · 下旬, 底, 末: 21–end."""
    first = whole.start.date()
    if part in ("初", "上旬"):
        return days(first, 10, now)
    if part in ("中", "中旬"):
        return days(first + 10 * ONE_DAY, 10, now)
    return Span(midnight(first + 20 * ONE_DAY, now), whole.end, part in ("底", "末"))


def months_on(now: datetime, count: int) -> Span:
    return month(now.year, now.month + count, now)


def quarter(year: int, number: int, now: datetime) -> Span:
    first = month(year, (number - 1) * MONTHS_A_QUARTER + 1, now)
    last = month(year, number * MONTHS_A_QUARTER, now)
    return Span(first.start, last.end)


def year_end(year: int, now: datetime) -> Span:
    return Span(midnight(date(year, 12, 1), now), midnight(date(year + 1, 1, 1), now), True, True)


def date_in(year: int, number: int, day: int, now: datetime) -> Span | None:
    """None where there is no such date (2月30日)."""
    try:
        return days(date(year, number, day), 1, now)
    except ValueError:
        return None


def next_date(number: int, day: int, now: datetime, *, is_past: bool) -> Span | None:
    """M月D日 without a year: this year's, or the next one's where it has passed."""
    this = date_in(now.year, number, day, now)
    if is_past or this is None:
        return this
    return this if this.end > now else date_in(now.year + 1, number, day, now)


def next_day_of_month(day: int, now: datetime) -> Span | None:
    """D号: this month's where it has not passed, else that of the next month that has one."""
    for ahead in range(3):
        first = months_on(now, ahead).start
        found = date_in(first.year, first.month, day, now)
        if found and found.end > now:
            return found
    return None


def next_month_named(number: int, now: datetime, part: str | None) -> Span:
    """3月, 8月底: this year's where it has not passed."""
    found = month(now.year, number, now)
    if part:
        found = month_part(found, part, now)
    if found.end > now:
        return found
    found = month(now.year + 1, number, now)
    return month_part(found, part, now) if part else found


def next_holiday(name: str, now: datetime, year: int | None = None) -> Span | None:
    """The holiday's days off: the running or the coming one."""
    for one in (year,) if year else range(now.year, now.year + 3):
        found = public_days.holiday_span(name, one)
        if found:
            first, last = found
            span = Span(midnight(first, now), midnight(last + ONE_DAY, now))
            if not public_days.is_published(first):
                span = span.doubtful()
            if year or span.end > now:
                return span
    return None


def working_days_on(now: datetime, count: int) -> datetime:
    """The same time of day, so many official working days later."""
    day = now.date()
    while count > 0:
        day += ONE_DAY
        is_weekend = day.isoweekday() > DAYS_A_WEEK - 2
        works = public_days.is_make_up_day(day) or not (is_weekend or public_days.holiday_name(day))
        count -= works
    return datetime.combine(day, now.timetz())


def _monday(now: datetime) -> date:
    return now.date() - (now.isoweekday() - 1) * ONE_DAY
