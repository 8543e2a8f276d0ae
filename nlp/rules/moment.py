"""Moments, days and spans: 下周三下午三点, 月底前, 三天之内, 国庆后, Q2, 半小时后."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from nlp import timespan
from nlp.context import Context
from nlp.facts import Entity
from nlp.numerals import parse
from nlp.timespan import ONE_DAY, Span
from nlp.timewords import (
    AFTER,
    ALONE,
    BEFORE,
    DAY,
    DAYS_AWAY,
    DURING,
    HOLIDAYS,
    INSIDE,
    LASTING,
    OCLOCK,
    PAST,
    PERIOD,
    PERIODS,
    TO,
    WEEKS_AWAY,
    WITHIN,
    YEARS_AWAY,
)

NOON = 12
LAST_HOUR = 24


def extract(text: str, context: Context) -> Iterator[Entity]:
    at = 0
    reader = Reader(text, context.sent_at)
    while at < len(text):
        found = reader.next_from(at)
        if found is None:
            return
        start, end, span, by = found
        if not any(context.claimed(kind, start, end) for kind in ("product", "company", "person")):
            yield context.entity("time", start, end, span.as_value(), by, ambiguous=span.ambiguous)
        at = max(end, at + 1)


Found = tuple[int, int, Span, str]
Read = Callable[[re.Match[str]], Found | None]


class Reader:
    """Reads times out of one text, left to right."""

    def __init__(self, text: str, now: datetime) -> None:
        self._text = text
        self._now = now
        self._starts: dict[re.Pattern[str], re.Match[str] | None] = {}

    def next_from(self, at: int) -> Found | None:
        """The first time at or after `at`."""
        while True:
            tried: list[tuple[re.Match[str], Read]] = []
            readers: tuple[tuple[re.Pattern[str], Read], ...] = (
                (DAY, self._dated),
                (LASTING, self._lasting),
                (ALONE, self._alone),
            )
            for pattern, read in readers:
                match = self._first(pattern, at)
                if match:
                    tried.append((match, read))
            if not tried:
                return None
            # 三天之内 goes before any day that starts at the same place.
            tried.sort(key=lambda one: (one[0].start(), one[1] != self._lasting))
            first = tried[0][0].start()
            for match, read in tried:
                if match.start() != first:
                    break
                try:
                    found = read(match)
                except (OverflowError, ValueError):
                    found = None
                if found:
                    return found
            at = first + 1

    def _first(self, pattern: re.Pattern[str], at: int) -> re.Match[str] | None:
        """The next match, looked for only once: the whole reading stays linear."""
        if pattern in self._starts:
            known = self._starts[pattern]
            if known is None or known.start() >= at:
                return known
        self._starts[pattern] = pattern.search(self._text, at)
        return self._starts[pattern]

    def _lasting(self, match: re.Match[str]) -> Found | None:
        count = (
            0.5 if match["half"] else _number(match["count"]) + (0.5 if match["and_half"] else 0)
        )
        if not count:
            return None
        unit, within = match["unit"], match["end"] in WITHIN
        now, ambiguous = self._now, False
        if unit == "工作日":
            until, ambiguous = timespan.working_days_on(now, int(count)), True
        elif unit == "月":
            ahead = timespan.months_on(now, int(count)).start
            until = ahead.replace(hour=now.hour, minute=now.minute) + (now.day - 1) * ONE_DAY
        else:
            until = now + count * _LENGTHS[unit]
        if within:
            span = Span(now, until)
        elif unit in ("小时", "钟头", "分钟"):
            span = Span(until, until)
        else:
            span = timespan.days(until.date(), 1, now)
        return match.start(), match.end(), replace(span, ambiguous=ambiguous), "lasting"

    def _alone(self, match: re.Match[str]) -> Found | None:
        """An hour without a day: today's, or tomorrow's where it has passed."""
        clock = OCLOCK.match(self._text, match.start())
        moment = clock and self._oclock(clock, timespan.day_after(self._now, 0))
        if not clock or not moment:
            return None
        if moment.start <= self._now:
            moment = Span(moment.start + ONE_DAY, moment.end + ONE_DAY, ambiguous=True)
        return self._finished(match.start(), clock.end(), moment, "oclock")

    def _dated(self, match: re.Match[str]) -> Found | None:
        if match["holiday"]:
            return self._holiday(match)
        span = self._day(match)
        if span is None:
            return None
        end = match.end()
        if span.is_day:
            end, span = self._with_time_of_day(end, span)
        return self._finished(match.start(), end, span, "date")

    def _with_time_of_day(self, end: int, day: Span) -> tuple[int, Span]:
        clock = OCLOCK.match(self._text, end)
        moment = self._oclock(clock, day) if clock else None
        if clock and moment:
            return clock.end(), moment
        period = PERIOD.match(self._text, end)
        if period:
            first, last = PERIODS[period["period"]]
            start = day.start + timedelta(hours=first)
            return period.end(), Span(start, day.start + timedelta(hours=last))
        return end, day

    def _finished(self, start: int, end: int, span: Span, by: str) -> Found:
        """With what follows it: X到Y, 前, 内."""
        to = TO.match(self._text, end)
        if to:
            until = self._until(to.end(), span)
            if until:
                end, span = until
        before, inside = BEFORE.match(self._text, end), INSIDE.match(self._text, end)
        if before:
            limit = span.end if span.before_means_end else span.start
            if limit > self._now:
                return start, before.end(), Span(self._now, limit, ambiguous=_is_vague(span)), by
        elif inside and span.end > self._now >= span.start:
            return start, inside.end(), Span(self._now, span.end), by
        elif inside:
            return start, inside.end(), span.doubtful(), by
        elif AFTER.match(self._text, end):
            return start, end, span.doubtful(), by
        return start, end, replace(span, ambiguous=span.ambiguous and not span.before_means_end), by

    def _until(self, at: int, first: Span) -> tuple[int, Span] | None:
        """The end of a range, which may leave out what its start has said."""
        clock = OCLOCK.match(self._text, at)
        if clock and first.start == first.end:
            day = timespan.days(first.start.date(), 1, self._now)
            moment = self._oclock(clock, day, after=first.start)
            return (clock.end(), Span(first.start, moment.end)) if moment else None
        match = DAY.match(self._text, at)
        if not match or match["holiday"] or first.start == first.end:
            return None
        if match["day"]:
            last = timespan.date_in(
                first.start.year, first.start.month, int(_number(match["day"])), self._now
            )
        elif match["weekday"] and not match["which"] and first.is_day:
            last = Reader(self._text, first.start)._weekday(match["weekday"], "这")
        else:
            last = self._day(match)
        if last and last.start > first.start:
            return match.end(), Span(first.start, last.end)
        return None

    def _oclock(
        self, clock: re.Match[str], day: Span, after: datetime | None = None
    ) -> Span | None:
        if clock["clock"]:
            hour, minute = map(int, clock["clock"].split(":"))
        else:
            hour = int(_number(clock["hour"]))
            minute = 30 if clock["half"] else int(_number(clock["quarter"] or "0")) * 15
            minute = int(_number(clock["minute"])) if clock["minute"] else minute
        if hour > LAST_HOUR or minute > 59:  # noqa: PLR2004 (minutes of an hour)
            return None
        ambiguous = False
        period = clock["period"]
        if period:
            first, _ = PERIODS[period]
            if hour < NOON and (first >= NOON or (first == 11 and hour < 3)):  # noqa: PLR2004
                hour += NOON
            elif hour == NOON and first in (0, 18):
                hour = 0 if first == 0 else LAST_HOUR
        elif after is not None:
            while hour < NOON and day.start + timedelta(hours=hour, minutes=minute) <= after:
                hour += NOON
        elif not clock["clock"] and 1 <= hour < 7:  # noqa: PLR2004 (nobody visits at three at night)
            hour, ambiguous = hour + NOON, True
        elif not clock["clock"] and hour < NOON:
            ambiguous = True
        moment = day.start + timedelta(hours=hour, minutes=minute)
        return Span(moment, moment, ambiguous=ambiguous)

    def _holiday(self, match: re.Match[str]) -> Found | None:
        word = match["holiday"]
        end = match.end()
        span = timespan.next_holiday(HOLIDAYS[word], self._now)
        if span is None:
            return None
        before, after = BEFORE.match(self._text, end), AFTER.match(self._text, end)
        if after:
            span = Span(span.end, span.end + 7 * ONE_DAY, ambiguous=span.ambiguous)
            return match.start(), after.end(), span, "holiday"
        if before and span.start > self._now:
            span = Span(self._now, span.start, ambiguous=span.ambiguous)
            return match.start(), before.end(), span, "holiday"
        during = DURING.match(self._text, end)
        if word in ("十一", "五一", "过年") and not during:
            return None
        return match.start(), during.end() if during else end, span, "holiday"

    def _day(self, match: re.Match[str]) -> Span | None:  # noqa: PLR0911 (one return a kind of day)
        now = self._now
        if match["relative"]:
            return timespan.day_after(now, DAYS_AWAY[match["away"] or match["short"]])
        if match["weekday"]:
            return self._weekday(match["weekday"], match["which"])
        if match["whole"]:
            weeks = WEEKS_AWAY[match["whole"].removesuffix("个")]
            return replace(timespan.week(now, weeks), before_means_end=False)
        if match["month"] or match["away_month"]:
            return self._month(match)
        if match["iso"]:
            year, number, day = map(int, re.split(r"[-/.]", match["iso"]))
            return timespan.date_in(year, number, day, now)
        if match["day"]:
            return timespan.next_day_of_month(int(_number(match["day"])), now)
        part = match["bare_part"] or match["inner_part"]
        if part:
            return self._part_of_this_month(part[1:])
        if match["year_end"]:
            return timespan.year_end(self._year(match["year_end"].rstrip("底末")) or now.year, now)
        if match["year_alone"]:
            year = self._year(match["year_alone"]) or now.year
            return Span(timespan.month(year, 1, now).start, timespan.month(year + 1, 1, now).start)
        return self._quarter(match)

    def _weekday(self, day: str, which: str | None) -> Span:
        weeks = WEEKS_AWAY[which.removesuffix("个")] if which else None
        if day == "末":
            return timespan.weekend(self._now, weeks or 0)
        number = int(day) if day.isdigit() else "一二三四五六日".find(day.replace("天", "日")) + 1
        return timespan.weekday(self._now, number, weeks)

    def _month(self, match: re.Match[str]) -> Span | None:
        now, part = self._now, match["part"]
        if match["away_month"]:
            away = WEEKS_AWAY[match["away_month"].removesuffix("月").removesuffix("个")]
            whole = timespan.months_on(now, away)
            year, number = whole.start.year, whole.start.month
        else:
            year, number = self._year(match["year"]) or 0, int(_number(match["month"]))
            if not 1 <= number <= timespan.MONTHS_A_YEAR:
                return None
        if match["date"]:
            day = int(_number(match["date"]))
            if year:
                return timespan.date_in(year, number, day, now)
            return timespan.next_date(number, day, now, is_past=self._is_past(match))
        if not year:
            # 3个月 never comes here; 3月 alone is the coming one.
            return timespan.next_month_named(number, now, part)
        whole = timespan.month(year, number, now)
        return timespan.month_part(whole, part, now) if part else whole

    def _part_of_this_month(self, part: str) -> Span:
        span = timespan.month_part(timespan.months_on(self._now, 0), part, self._now)
        if span.end > self._now:
            return span
        return timespan.month_part(timespan.months_on(self._now, 1), part, self._now)

    def _quarter(self, match: re.Match[str]) -> Span | None:
        written = match["quarter"] or match["quarter_word"]
        number = int(_number(written))
        year = self._year(match["quarter_year"])
        span = timespan.quarter(year or self._now.year, number, self._now)
        if not year and span.end <= self._now:
            span = timespan.quarter(self._now.year + 1, number, self._now)
        return span

    def _year(self, said: str | None) -> int | None:
        if not said:
            return None
        said = said.removesuffix("年")
        if said.isdigit():
            return int(said)
        return self._now.year + YEARS_AWAY[said] if said in YEARS_AWAY else None

    def _is_past(self, match: re.Match[str]) -> bool:
        around = self._text[max(0, match.start() - 12) : match.end() + 8]
        return bool(PAST.search(around))


_LENGTHS = {
    "小时": timedelta(hours=1),
    "钟头": timedelta(hours=1),
    "分钟": timedelta(minutes=1),
    "天": ONE_DAY,
    "日": ONE_DAY,
    "周": 7 * ONE_DAY,
    "星期": 7 * ONE_DAY,
    "礼拜": 7 * ONE_DAY,
}


def _number(text: str) -> float:
    if text in ("零", "0"):
        return 0
    amount = parse(text)
    return amount.low if amount else 0


def _is_vague(span: Span) -> bool:
    """中旬前, 下周前: some mean its beginning, some its end."""
    return not span.before_means_end and span.end - span.start > ONE_DAY
