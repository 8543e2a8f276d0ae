"""Spans of days that a figure is about, by the house's own midnight."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """[since, until): moments in UTC. `words` say it in a heading."""

    since: datetime
    until: datetime
    words: str


def last_days(days: int, now: datetime, zone: ZoneInfo) -> Period:
    """So many whole days before today, and today until now."""
    today = now.astimezone(zone).date()
    return Period(midnight(today - days * ONE_DAY, zone), now, f"近 {days} 天")


def this_month(now: datetime, zone: ZoneInfo) -> Period:
    first = now.astimezone(zone).date().replace(day=1)
    return Period(midnight(first, zone), now, f"{first.month} 月至今")


def between(first: date, last: date, now: datetime, zone: ZoneInfo) -> Period:
    """Both days are within it; what is still to come is not."""
    until = min(midnight(last + ONE_DAY, zone), now)
    words = f"{first:%m-%d}" if first == last else f"{first:%m-%d} 至 {last:%m-%d}"
    return Period(midnight(first, zone), max(until, midnight(first, zone)), words)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_of(now: datetime, zone: ZoneInfo) -> Period:
    """Today, to its end."""
    today = now.astimezone(zone).date()
    return Period(midnight(today, zone), midnight(today + ONE_DAY, zone), "今天")
