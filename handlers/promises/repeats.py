"""How a reminder repeats, and when it comes next: 每天, 每个工作日, 每周一三, 每月1号. Pure."""

import calendar as months
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from config.calendar import ONE_DAY, WorkingCalendar

LAST = 0
"""In place of a day of the month: its last."""
_LONGEST_MONTH = 31
_FARTHEST = 800
"""Days that are looked through: two years, whatever the calendar says."""
_WEEKDAYS = "一二三四五六日"
_SUNDAY = {"天": "日", "末": "六日"}
_DIGITS = {sign: str(number) for number, sign in enumerate("零一二三四五六七八九")}


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
            return f"每周{'、'.join(_WEEKDAYS[day] for day in self.days)} {at}"
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


_WEEKDAY = r"(?:[一二三四五六日天](?!点|[:：])|[1-6](?![0-9点:：]))"
_DAY_LIST = rf"{_WEEKDAY}(?:[、,，和及]?(?:周|星期|礼拜)?{_WEEKDAY})*"
_MONTH_DAY = r"(?:[0-9]{1,2}|[一二三]?十?[一二三四五六七八九十])"
_WORKDAY = re.compile(r"每个?(?:工作日|上班日)|(?:^|(?<=[\s，,]))工作日(?:的)?(?:每天)?")
_DAILY = re.compile(r"每天|每日|天天|每(早|晚)上?")
_WEEKLY = re.compile(rf"每个?(?:周|星期|礼拜)(末|(?:{_DAY_LIST}))")
_MONTHLY = re.compile(
    rf"每个?月(?:的)?(?:(底|末|最后一天)|({_MONTH_DAY})(?:[号日])(?:[、,，和]({_MONTH_DAY})(?:[号日]))?)"
)


def find_repeat(words: str) -> Said | None:
    """The first repetition that the words name."""
    for read in (_workdays, _weekly, _monthly, _daily):
        found = next(read(words), None)
        if found is not None:
            return found
    return None


def _workdays(words: str) -> Iterator[Said]:
    for found in _WORKDAY.finditer(words):
        yield Said(Every.WORKDAY, (), *found.span())


def _daily(words: str) -> Iterator[Said]:
    for found in _DAILY.finditer(words):
        hint = {"早": "早上", "晚": "晚上"}.get(found[1] or "", "")
        yield Said(Every.DAY, (), *found.span(), hint=hint)


def _weekly(words: str) -> Iterator[Said]:
    for found in _WEEKLY.finditer(words):
        signs = "".join(_SUNDAY.get(sign, sign) for sign in found[1])
        signs = "".join(_WEEKDAYS[int(s) - 1] if s.isdigit() else s for s in signs)
        days = sorted({_WEEKDAYS.index(sign) for sign in signs if sign in _WEEKDAYS})
        yield Said(Every.WEEK, tuple(days), *found.span())


def _monthly(words: str) -> Iterator[Said]:
    for found in _MONTHLY.finditer(words):
        days = [LAST] if found[1] else [number_of(part) for part in (found[2], found[3]) if part]
        if all(day == LAST or 1 <= day <= _LONGEST_MONTH for day in days):
            yield Said(Every.MONTH, tuple(sorted(set(days))), *found.span())


def number_of(written: str) -> int:
    """15 · 十五 · 二十 · 三十一"""
    if written.isdigit():
        return int(written)
    tens, sign, ones = written.rpartition("十")
    if not sign:
        return int(_DIGITS[written])
    return int(_DIGITS.get(tens, "1")) * 10 + int(_DIGITS.get(ones, "0"))
