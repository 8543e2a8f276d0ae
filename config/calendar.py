"""Working time: which days and minutes count, and how to count along them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from config import public_days
from config.schemas.calendar import DAYS_A_WEEK, Calendar
from config.schemas.escalation import Rung, Unit
from config.schemas.hours import Hours

ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Day:
    """What the calendar knows of a day."""

    working: bool
    reason: str
    """国庆节, 调休上班, 周末, or the house's own reason; empty on an ordinary working day."""
    is_estimated: bool = False
    """推算: nothing official is published for that year yet."""


class WorkingCalendar:
    """Counts in working time. Moments come and go as aware datetimes, out in UTC.

    The house's own table goes over the official calendar; where that ends, weekdays without the
    statutory holidays count, and such days are estimated.
    """

    def __init__(self, rules: Calendar, timezone: ZoneInfo | str) -> None:
        self._rules = rules
        self._zone = ZoneInfo(timezone) if isinstance(timezone, str) else timezone
        self._overrides = {override.date: override for override in rules.overrides}
        # A calendar lives as long as the rules it was made from.
        self._spans = lru_cache(maxsize=1024)(self._spans_of)

    def with_hours(self, hours: Hours) -> "WorkingCalendar":
        """The same days with another's working hours."""
        rules = self._rules.model_copy(update={"hours": (hours,)})
        return WorkingCalendar(rules, self._zone)

    def day(self, day: date) -> Day:
        override = self._overrides.get(day)
        if override:
            return Day(override.working, override.reason)
        estimated = not public_days.is_published(day)
        holiday = public_days.holiday_name(day)
        if holiday:
            return Day(False, holiday, estimated)
        if public_days.is_make_up_day(day):
            return Day(True, "调休上班")
        working = day.isoweekday() in self._rules.work_days
        weekend = "周末" if day.isoweekday() >= DAYS_A_WEEK - 1 else "休息日"
        return Day(working, "" if working else weekend, estimated)

    def is_working_day(self, day: date) -> bool:
        return self.day(day).working

    def is_estimated(self, day: date) -> bool:
        return self.day(day).is_estimated

    def is_working_moment(self, moment: datetime) -> bool:
        moment = moment.astimezone(UTC)
        return any(start <= moment < end for start, end in self._spans(self.local_date(moment)))

    def next_working_moment(self, moment: datetime) -> datetime:
        """The moment itself where it is working time, else the next opening."""
        moment = moment.astimezone(UTC)
        day = self.local_date(moment)
        while True:
            for start, end in self._spans(day):
                if moment < end:
                    return max(moment, start)
            day += ONE_DAY

    def add_working_minutes(self, moment: datetime, minutes: int) -> datetime:
        """The moment by which so many working minutes have gone by.

        What fills a day to its last minute is due at closing time, not the next morning.
        """
        if minutes < 0:
            raise ValueError("working time is only counted forward")
        now = self.next_working_moment(moment)
        left = timedelta(minutes=minutes)
        day = self.local_date(now)
        while True:
            for start, end in self._spans(day):
                now = max(now, start)
                if now + left <= end:
                    return now + left
                left -= max(end - now, timedelta())
            day += ONE_DAY

    def working_minutes_before(self, moment: datetime, minutes: int) -> datetime:
        """The latest moment from which so many working minutes lead up to `moment`."""
        if minutes < 0:
            raise ValueError("counted back from the moment")
        moment = moment.astimezone(UTC)
        left = timedelta(minutes=minutes)
        day = self.local_date(moment)
        while True:
            for start, end in reversed(self._spans(day)):
                last = min(end, moment)
                if last - left >= start:
                    return last - left
                left -= max(last - start, timedelta())
            day -= ONE_DAY

    def add_working_days(self, moment: datetime, days: int) -> datetime:
        """The same time of day, so many working days on.

        Outside working time the count begins with the next opening.
        """
        if days < 0:
            raise ValueError("working time is only counted forward")
        local = self.next_working_moment(moment).astimezone(self._zone)
        day = local.date()
        for _ in range(days):
            day += ONE_DAY
            while not self.is_working_day(day):
                day += ONE_DAY
        return datetime.combine(day, local.time(), self._zone).astimezone(UTC)

    def working_minutes_between(self, earlier: datetime, later: datetime) -> int:
        """Whole working minutes from one moment to the other; 0 where `later` is not later."""
        earlier, later = earlier.astimezone(UTC), later.astimezone(UTC)
        passed = timedelta()
        day, last = self.local_date(earlier), self.local_date(later)
        while day <= last:
            for start, end in self._spans(day):
                passed += max(min(end, later) - max(start, earlier), timedelta())
            day += ONE_DAY
        return passed // ONE_MINUTE

    def due(self, moment: datetime, rung: Rung) -> datetime:
        """When a rung that counts from `moment` acts.

        Wall hours that end outside working time wait for the next working minute.
        """
        if rung.unit is Unit.WORKING_MINUTES:
            return self.add_working_minutes(moment, rung.after)
        if rung.unit is Unit.WORKING_DAYS:
            return self.add_working_days(moment, rung.after)
        return self.next_working_moment(moment + timedelta(hours=rung.after))

    def local(self, moment: datetime) -> datetime:
        """The moment as the clock on the wall shows it here."""
        return moment.astimezone(self._zone)

    def local_date(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _spans_of(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The day's working time in UTC, in order; empty on a day off."""
        if not self.is_working_day(day):
            return ()
        return tuple(
            (self._moment(day, span.start_minute), self._moment(day, span.end_minute))
            for span in self._rules.hours
        )

    def _moment(self, day: date, minute: int) -> datetime:
        days, minute = divmod(minute, 24 * 60)
        wall = time(minute // 60, minute % 60)
        return datetime.combine(day + days * ONE_DAY, wall, self._zone).astimezone(UTC)
