"""What comes again and again: 每天, 每个工作日, 每周一三, 每周一到周五, 每月1号; and when next."""

import calendar as months
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from config.calendar import ONE_DAY, WorkingCalendar
from nlp.time.words import WEEKDAYS, number

LAST = 0
"""In place of a day of the month: its last."""
_LONGEST_MONTH = 31
_FARTHEST = 800
"""Days that are looked through: two years, whatever the calendar says."""
_NAMES = "一二三四五六日"
_WEEKEND = (5, 6)


class Every(StrEnum):
    DAY = "day"
    WORKDAY = "workday"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Repeat:
    every: Every
    at: time
    days: tuple[int, ...] = ()
    """Weekdays from Monday = 0, or days of the month; one that a month lacks is its last."""

    def next_after(self, moment: datetime, calendar: WorkingCalendar, zone: ZoneInfo) -> datetime:
        """The first time after `moment`, never the moment itself."""
        day = moment.astimezone(zone).date()
        for _ in range(_FARTHEST):
            at = datetime.combine(day, self.at, zone)
            if at > moment and self._is_on(day, calendar):
                return at
            day += ONE_DAY
        raise ValueError("it never comes again")

    def _is_on(self, day: date, calendar: WorkingCalendar) -> bool:
        if self.every is Every.WORKDAY:
            return calendar.is_working_day(day)
        if self.every is Every.WEEK:
            return day.weekday() in self.days
        if self.every is Every.MONTH:
            last = months.monthrange(day.year, day.month)[1]
            return day.day in {min(wanted or last, last) for wanted in self.days}
        return True

    @property
    def words(self) -> str:
        """每周一 10:00"""
        at = f"{self.at:%H:%M}"
        if self.every is Every.WORKDAY:
            return f"每个工作日 {at}"
        if self.every is Every.WEEK:
            return f"每周{'、'.join(_NAMES[day] for day in self.days)} {at}"
        if self.every is Every.MONTH:
            return f"每月{'、'.join(f'{day}号' if day else '最后一天' for day in self.days)} {at}"
        return f"每天 {at}"

    def as_json(self) -> dict[str, Any]:
        return {"every": self.every.value, "at": f"{self.at:%H:%M}", "days": list(self.days)}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Repeat":
        at = time.fromisoformat(written["at"])
        return cls(Every(written["every"]), at, tuple(written["days"]))


@dataclass(frozen=True)
class Said:
    """A repetition in somebody's words, its time of day still to be read."""

    every: Every
    days: tuple[int, ...]
    start: int
    end: int
    hint: str = ""
    """What the word says of the time of day: 每晚 → 晚上."""

    def at(self, moment: time) -> Repeat:
        return Repeat(self.every, moment, self.days)


_WEEKDAY = r"(?:[一二三四五六日天](?!点|[:：])|[1-7](?![0-9点:：]))"
_WEEK = r"(?:周|星期|礼拜)"
_DAY_LIST = rf"{_WEEKDAY}(?:[、,，和及到至~—\-]?{_WEEK}?{_WEEKDAY})*"
_RANGE = re.compile(rf"({_WEEKDAY})[到至~—\-]{_WEEK}?({_WEEKDAY})")
_MONTH_DAY = r"(?:[0-9]{1,2}|[一二三]?十?[一二三四五六七八九十])"
_WORKDAY = re.compile(r"每个?(?:工作日|上班日)|(?:^|(?<=[\s，,]))工作日(?:的)?(?:每天)?")
_DAILY = re.compile(r"每天|每日|天天|每(早|晚)上?")
_WEEKLY = re.compile(rf"(?:每逢?个?|逢){_WEEK}(末|(?:{_DAY_LIST}))")
_MONTHLY = re.compile(
    rf"(?:每逢?个?|逢)月(?:的)?(?:(?:月?底|末|最后一天)"
    rf"|((?:{_MONTH_DAY}[号日]?[、,，和及])*{_MONTH_DAY}[号日]))"
)
_AGAIN = re.compile(
    r"每[隔逢]?(?:[半一两二三四五六七八九十0-9]{0,3}个?)"
    r"(?:年|季度?|月|周|星期|礼拜|工作日|天|日|早|晚|小时|钟头|分钟|刻钟)"
    r"|逢(?:年|月|周|星期|礼拜|[0-9]+[号日])|隔(?:[一两三]?(?:天|日|周|个?月|年))|天天"
)


def find_repeat(words: str) -> Said | None:
    """The first repetition that the words name, of those that can be kept."""
    for read in (_workdays, _weekly, _monthly, _daily):
        found = next(read(words), None)
        if found is not None:
            return found
    return None


def says_again(words: str) -> re.Match[str] | None:
    """Where the words speak of something that repeats, whether that can be kept or not."""
    return _AGAIN.search(words)


def _workdays(words: str) -> Iterator[Said]:
    for found in _WORKDAY.finditer(words):
        yield Said(Every.WORKDAY, (), *found.span())


def _daily(words: str) -> Iterator[Said]:
    for found in _DAILY.finditer(words):
        hint = {"早": "早上", "晚": "晚上"}.get(found[1] or "", "")
        yield Said(Every.DAY, (), *found.span(), hint=hint)


def _weekly(words: str) -> Iterator[Said]:
    for found in _WEEKLY.finditer(words):
        days = _WEEKEND if found[1] == "末" else _weekdays_in(found[1])
        yield Said(Every.WEEK, days, *found.span())


def _weekdays_in(written: str) -> tuple[int, ...]:
    """一三五 · 一到五 · 二和周四, from Monday = 0."""
    days = {WEEKDAYS[sign] - 1 for sign in written if sign in WEEKDAYS}
    for ends in _RANGE.finditer(written):
        first, last = (WEEKDAYS[end] - 1 for end in ends.groups())
        days |= {day % 7 for day in range(first, last + (7 if last < first else 0) + 1)}
    return tuple(sorted(days))


def _monthly(words: str) -> Iterator[Said]:
    for found in _MONTHLY.finditer(words):
        parts = re.findall(_MONTH_DAY, found[1]) if found[1] else []
        days = [number(part) or -1 for part in parts] or [LAST]
        if all(day == LAST or 1 <= day <= _LONGEST_MONTH for day in days):
            yield Said(Every.MONTH, tuple(sorted(set(days))), *found.span())
