"""Which moment a loosely said time means, where somebody is to be spoken to. Pure.

It is decided, and said back in full: a day without an hour is nine in the morning, 下午 is two; a
bare hour is the next one within the day's waking hours.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.calendar import ONE_DAY, WorkingCalendar
from crm_store.errors import CrmError
from handlers.promises.moments import Span, refuse_past
from nlp.time.words import number

_BARE_HOUR = re.compile(
    r"([0-9]{1,2}|[一二三四五六七八九十两]{1,3})点(?:钟|整)?"
    r"(?:半|一刻|三刻|[0-9一二三四五六七八九十]{1,3}分?)?"
)
_NOON = 12
_PARTS = (
    ("早", time(8, 30)),
    ("上午", time(9, 0)),
    ("中午", time(12, 0)),
    ("下午", time(14, 0)),
    ("傍晚", time(18, 0)),
    ("晚", time(19, 0)),
)
_MORNING, _DAY_ENDS = time(9, 0), time(17, 30)
_WAKING = (8, 20)
_HALF_AN_HOUR = timedelta(minutes=30)
_BEFORE_IT = ("前", "之前", "以前")
_FARTHEST = timedelta(days=3 * 366)
_END_OF = re.compile(r"(?:月|年|季度?)[底末]$")
_BEGINNING_OF = re.compile(r"(?:月|年|季度?)初$")


@dataclass(frozen=True)
class Loose:
    """What was said beside the time."""

    is_before: bool = False
    """…之前"""
    is_last: bool = False
    """Of several days the last one."""
    on_any_day: bool = False
    """Of several days also one on which nobody works."""


def decided(
    span: Span, now: datetime, calendar: WorkingCalendar, zone: ZoneInfo, loose: Loose
) -> tuple[datetime, bool]:
    """The moment to speak at, and whether its hour was guessed. Refuses one that is past."""
    if span.is_exact and _may_be_either(span.words):
        return _waking(span.start.astimezone(zone), now, zone), True
    if span.is_exact:
        due = span.start - _HALF_AN_HOUR if loose.is_before else span.start
        if due <= now < span.start:
            due = now + (span.start - now) / 2
    else:
        due = _within(span, now, calendar, zone, loose)
    refuse_past(due, now, span.words)
    if due > now + _FARTHEST:
        raise CrmError("提醒最远可以定到三年以内")
    return due, span.is_unsure and span.is_exact


def hour_of_part(words: str) -> time:
    """下午 is two o'clock; what names no part of the day, nine."""
    return next((at for sign, at in _PARTS if sign in words), _MORNING)


def _may_be_either(words: str) -> bool:
    """Whether it is an hour of the clock's face, without 上午 or 下午."""
    found = _BARE_HOUR.fullmatch(words)
    return found is not None and (number(found[1]) or 0) in range(1, _NOON + 1)


def _waking(said: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """Of what a bare hour may mean from now on, the first by day; else the very first."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    half = said.hour % _NOON
    ahead = sorted(
        at
        for days in (0, 1)
        for hour in (half, half + _NOON)
        if (at := today + ONE_DAY * days + timedelta(hours=hour, minutes=said.minute)) > now
    )
    by_day = [at for at in ahead if _WAKING[0] <= at.hour <= _WAKING[1]]
    return (by_day or ahead)[0]


def _within(
    span: Span, now: datetime, calendar: WorkingCalendar, zone: ZoneInfo, loose: Loose
) -> datetime:
    """A moment of a day, of a part of one, or of a week."""
    start, end = span.start.astimezone(zone), span.end.astimezone(zone)
    if end <= now:
        return end
    if start <= now and span.words.endswith(_BEFORE_IT):
        return _ahead_of(end, now, calendar, zone)
    if start <= now and _BEGINNING_OF.search(span.words):
        raise CrmError(f"“{span.words}”已经开始了，请说一个具体的日子，比如：下个月1号")
    if end - start > ONE_DAY:
        due = datetime.combine(_day_of(span, start, calendar, loose), _MORNING, zone)
    else:
        due = datetime.combine(start.date(), hour_of_part(span.words), zone)
    if due <= now:
        # 「下午」 said at three: still in it.
        due = max(now + _HALF_AN_HOUR, start)
    return min(due, end)


def _day_of(span: Span, start: datetime, calendar: WorkingCalendar, loose: Loose) -> date:
    """Of several days the first on which people work, or the last (月底)."""
    days = [start.date() + ONE_DAY * count for count in range((span.end - span.start).days)]
    if loose.is_last or _END_OF.search(span.words):
        days.reverse()
    if loose.on_any_day:
        return days[0]
    return next(filter(calendar.is_working_day, days), days[0])


def _ahead_of(end: datetime, now: datetime, calendar: WorkingCalendar, zone: ZoneInfo) -> datetime:
    """下班前 is half an hour before; 周五前 the working day before it, in the morning, and where
    that has begun, before it is over."""
    if end.time() != time.min:
        return max(end - _HALF_AN_HOUR, now + (end - now) / 2)
    today, day = now.astimezone(zone).date(), end.date() - ONE_DAY
    while day > today and not calendar.is_working_day(day):
        day -= ONE_DAY
    for hour in (_MORNING, _DAY_ENDS):
        due = datetime.combine(day, hour, zone)
        if due > now:
            return due
    return now + min(_HALF_AN_HOUR, (end - now) / 2)
