"""下次联系的日子: which days are offered, and which moment of the chosen one is meant. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.calendar import ONE_DAY, WorkingCalendar
from crm_store.errors import CrmError
from notifiers.cards.wording import weekday

FARTHEST = timedelta(days=366)
_OFFERED = 2
_OPENING, _LAST_MINUTE = time(9, 0), time(23, 59)
_SOON = timedelta(hours=1)
_CALLED = {1: "明天", 2: "后天"}
_ISO_LENGTH = len("2026-03-11")


@dataclass(frozen=True)
class DayChoice:
    day: date
    says: str
    """明天, 后天, 下周一."""

    @property
    def value(self) -> str:
        return self.day.isoformat()

    @property
    def date_in_words(self) -> str:
        return in_words(self.day)


def offered(today: date, calendar: WorkingCalendar) -> list[DayChoice]:
    """The next two working days and the first of next week, each once."""
    days: list[date] = []
    day = today
    while len(days) < _OFFERED:
        day = _working(day + ONE_DAY, calendar)
        days.append(day)
    monday = today + ONE_DAY * (7 - today.weekday())
    days.append(_working(monday, calendar))
    return [DayChoice(day, called(day, today)) for day in sorted(set(days))]


def read_day(written: str, *, today: date) -> date:
    """2026-03-11; raises CrmError for what is no day, or none to talk on."""
    try:
        day = date.fromisoformat(written) if len(written) == _ISO_LENGTH else None
    except ValueError:
        day = None
    if day is None:
        raise CrmError("下次联系的日期看不懂，请重新选一个")
    if day < today:
        raise CrmError(f"下次联系不能早于今天，您选的是 {in_words(day)}")
    if day > today + FARTHEST:
        raise CrmError("下次联系最晚可以定到一年以内")
    return day


def moment_on(day: date, now: datetime, calendar: WorkingCalendar, zone: ZoneInfo) -> datetime:
    """When work begins on that day; on a day off nine o'clock, today an hour from now."""
    local = now.astimezone(zone)
    if day == local.date():
        latest = datetime.combine(day, _LAST_MINUTE, zone)
        return max(now, min(now + _SOON, latest))
    opening = calendar.next_working_moment(datetime.combine(day, time(), zone))
    if calendar.local_date(opening) == day:
        return opening
    return datetime.combine(day, _OPENING, zone)


def in_words(day: date) -> str:
    """3月11日 周三"""
    return f"{day.month}月{day.day}日 {weekday(day)}"


def _working(day: date, calendar: WorkingCalendar) -> date:
    while not calendar.is_working_day(day):
        day += ONE_DAY
    return day


def called(day: date, today: date) -> str:
    """明天, 后天, 周五, 下周一; further on the date."""
    ahead = (day - today).days
    if ahead in _CALLED:
        return _CALLED[ahead]
    weeks = (day - ONE_DAY * day.weekday() - (today - ONE_DAY * today.weekday())).days // 7
    if weeks > 1:
        return f"{day.month}月{day.day}日"
    return f"{'下' if weeks else ''}{weekday(day)}"
