"""One message's times, left to right: a day with its hour, ranges, deadlines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from nlp.time import clock, dates, days, durations, holidays, hours
from nlp.time import span as spans
from nlp.time.glued import is_glued
from nlp.time.heads import HEAD, NUMERALS
from nlp.time.scene import Scene
from nlp.time.span import DAYS_A_WEEK, MONTHS_A_YEAR, ONE_DAY, Grain, Span
from nlp.time.tense import is_past_today, is_to_come
from nlp.time.words import SMALL

RANGE = re.compile(r" ?(?:起|开始)?(?:一直)?(?:到|至|--?|~|——?|–) ?")
GAP = re.compile(r"(?:T|的| ?)(?=\S)")
ABOUT = re.compile(r" ?(?:左右|前后(?![脚任端台])|上下(?![班文级车]))")
BEFORE = re.compile(
    r" ?(?:之前|以前|前)(?![半台面期提往沿线景后来去端列锋途任所辈者言]"
    r"|[一两二三四五几0-9]+[天日周个次年月])"
)
AFTER = re.compile(r" ?(?:之后|以后|过后|后)(?![半台续面天年勤期悔备方者缀端果])")
INSIDE = re.compile(r" ?(?:之内|以内|内)(?![容部存训外科饰衬置蒙网勤购销贸])")
OVERNIGHT = re.compile(r"(?:次日|第二天|隔天)(?:的| ?)")
LISTED = re.compile(r" ?(?:、|,|和|或者?|跟|与|及|以及|还是|/) ?")
OVER = re.compile(r"过完(?=春节|五一|端午|中秋|国庆|十一|元旦|清明)")
FROM_TODAY = re.compile(r"即日起? ?[到至] ?")
FULL_DATE = re.compile(
    rf"(?:(?:20)?[0-9]{{2}}年|[去今明后]年)?{SMALL} ?月 ?{SMALL} ?[日号](?![内天以]|之内)"
)
BEGINS_SIDE = frozenset(" 之以前后过内左上")
BEGINS_RANGE = frozenset(" 起开一到至-~—–")
NEAR = re.compile(
    r"(?P<feast>双?节|放假|小?长?假期|长假)(?P<feast_side>之?前|以前|之?后|以后)(?![台面期来往])"
    r"|(?P<spring>年|过年|过完年)(?P<spring_side>之?前|以前|之?后|以后"
    r"|(?<=过完年))(?![台面期往勤龄])"
    r"|(?P<inside>周|月|年|季度)(?:之内|内)(?![容部存训外科])"
)
BEGINS_NEAR = frozenset("双节放小长假年过周月季")
NO_NEAR = frozenset(
    "仨俩一二两三四五六七八九十百千万几多半数今明去前当每早往成近0123456789季环细情章调音物枝礼店"
    "购艺料美个"
)
RECURRING = re.compile(
    r"(?:[周期拜][一二三四五六日天][到至\-~—](?:周|星期|礼拜)?[一二三四五六日天]|每个?"
    r"|每个?[年月周]|每个?(?:星期|礼拜|季度)|每逢|逢|隔|天天|每天|每日|每晚|工作日"
    r"|平时|平日|(?:营业|上班|工作|办公|开放|服务)时间[是为:：]?)的? ?$"
)
COUNTED_WEEKS = re.compile(rf"(?<![周期拜])[{NUMERALS}0-9][周星礼]$")
ENDS_RECURRING = frozenset("一二三四五六每个逢隔年月日周期拜季度天晚间是为:：的 ")
LONELY = re.compile(r"[一整每半几各]$")
IN_A_WORD = re.compile(r"[A-Za-z0-9_/#@]$")


@dataclass(frozen=True, slots=True)
class Time:
    """A time where it stands in the text."""

    start: int
    end: int
    span: Span
    by: str


class Reader:
    """Reads times out of one text."""

    def __init__(self, text: str, now: datetime) -> None:
        self._text = text
        self._now = now
        self._last: Time | None = None

    def times(self) -> Iterator[Time]:
        at, text = 0, self._text
        while head := HEAD.search(text, at):
            start = head.start()
            try:
                found = self._at(start)
            except (OverflowError, ValueError):
                found = None
            if found is None or text[found.end - 1] == "年":
                no_date = FULL_DATE.match(text, start)
                if no_date:
                    # 2027年2月29日 is not 2027年, nor another year's 2月29日.
                    at = no_date.end()
                    continue
            if found is None:
                at = self._past_number(start)
                continue
            if text[start - 1 : start] not in ENDS_RECURRING or not RECURRING.search(
                text, max(0, start - 8), start
            ):
                yield found
            at, self._last = found.end, found

    def _listed_after(self, at: int) -> Span | None:
        """下周一 for 周二 in 下周一、周二: it is of the same week."""
        last = self._last
        if last is None or last.span.grain is not Grain.DAY:
            return None
        if last.span.every not in (0, -MONTHS_A_YEAR):
            return None
        between = self._text[last.end : at]
        return last.span if LISTED.fullmatch(between) else None

    def _past_number(self, at: int) -> int:
        """The digits of a number that is no time are not looked at one by one."""
        text, end = self._text, at + 1
        if text[at].isdigit():
            while end < len(text) and text[end].isdigit():
                end += 1
        return end

    def _at(self, at: int) -> Time | None:  # noqa: PLR0911 (one a kind)
        text, now = self._text, self._now
        if is_glued(text, at):
            return None
        lasting = durations.read(text, at, now)
        if lasting:
            end, span = self._with_hour(*lasting)
            return self.finished(at, end, span, "lasting")
        from_today = FROM_TODAY.match(text, at)
        if from_today:
            today = spans.day_after(now, 0)
            ranged = self._until(at, from_today.end(), today)
            return Time(at, *ranged, "date") if ranged else None
        over = OVER.match(text, at)
        if over:
            past = dates.read(text, over.end(), Scene(now, text, over.end()))
            return Time(at, past[0], holidays.days_after(past[1]), "near") if past else None
        near = self._near(at)
        if near:
            return near
        if text[at].isdigit() and at and IN_A_WORD.search(text, at - 1, at):
            return None
        phrase = self._phrase(at, Scene(now, text, at, self._listed_after(at)))
        if phrase is None:
            return self._alone(at)
        return self.finished(at, *self._ranged(*phrase), "date")

    def _phrase(self, at: int, scene: Scene) -> tuple[int, Span] | None:
        """A day, with its hour, or a longer stretch."""
        text = self._text
        is_week = text[at] in "周星礼" and not scene.left
        if is_week and COUNTED_WEEKS.search(text, max(0, at - 2), at + 1):
            return None
        found = dates.read(text, at, scene)
        if found is None or found[1].grain is not Grain.DAY:
            return found
        end, day = self._with_hour(*days.beside(text, *found))
        if day.every == DAYS_A_WEEK and day.end <= self._now and not scene.left and not scene.past:
            # 周二10点, said on a Tuesday afternoon.
            return end, day.moved(DAYS_A_WEEK).doubtful()
        return end, day

    def _with_hour(self, end: int, day: Span) -> tuple[int, Span]:
        """A day, and the hour or the part of it that follows."""
        text = self._text
        if day.grain is not Grain.DAY:
            return end, day
        gap = GAP.match(text, end)
        told = clock.read(text, gap.end(), day.start) if gap else None
        if not told or (hours.counts(text, told) and not told.has_part):
            return end, day
        doubt = told.span.ambiguous or day.ambiguous
        span = replace(told.span, ambiguous=doubt, every=max(day.every, 0))
        if span.end <= self._now < day.end and not span.every:
            span = clock.tonight(told, self._now) or span
        return told.end, span

    def _alone(self, at: int) -> Time | None:
        """An hour without a day: today's, or tomorrow's where it has passed."""
        text, now = self._text, self._now
        today = spans.midnight(now.date(), now)
        told = clock.read(text, at, today)
        if told is None or LONELY.search(text, max(0, at - 1), at):
            return None
        if told.has_clock and not told.has_part and not hours.is_hour(text, at, told):
            return None
        if not told.has_clock and told.end == at + 1:
            return None
        if (
            told.has_part
            and not told.has_clock
            and at == 0
            and text[told.end : told.end + 1] in (",", "!", "，")
        ):
            return None
        end, span = self._ranged(told.end, told.span)
        if span.end <= now and not is_past_today(text, end):
            tonight = clock.tonight(told, now) if end == told.end else None
            is_over = told.has_part and not is_to_come(text, end) and now.hour < clock.EVENING
            span = tonight or span.moved(int(not is_over)).doubtful()
        return self.finished(at, end, span, "oclock")

    def _near(self, at: int) -> Time | None:
        """节前, 年后, 月内: the coming holiday, the Spring Festival, this month."""
        if self._text[at] not in BEGINS_NEAR:
            return None
        found = NEAR.match(self._text, at)
        if not found or (at and self._text[at - 1] in NO_NEAR):
            return None
        now = self._now
        if found["inside"]:
            whole = {
                "周": lambda: spans.week(now, 0),
                "月": lambda: spans.month(now.year, now.month, now),
                "年": lambda: spans.whole_year(now.year, now),
                "季度": lambda: spans.quarter_of(now, 0),
            }[found["inside"]]()
            return Time(at, found.end(), Span(now, whole.end), "near")
        if found["feast"]:
            holiday, side = holidays.coming_public(now), found["feast_side"]
        else:
            holiday, side = holidays.named("春节", now), found["spring_side"]
        if holiday is None:
            return None
        if "前" in side:
            span = self._before(holiday)
            return Time(at, found.end(), span, "near") if span else None
        return Time(at, found.end(), holidays.days_after(holiday), "near")

    def finished(self, start: int, end: int, span: Span, by: str) -> Time:
        """With what follows it: 前, 后, 内."""
        text = self._text
        if text[end : end + 1] not in BEGINS_SIDE:
            return Time(start, end, span, by)
        about = ABOUT.match(text, end)
        if about:
            return Time(start, about.end(), span, by)
        before = BEFORE.match(text, end)
        if before:
            limited = self._before(span)
            return Time(start, before.end(), limited, by) if limited else Time(start, end, span, by)
        after = AFTER.match(text, end)
        if after:
            return Time(start, after.end(), self._after(span), by)
        inside = INSIDE.match(text, end)
        if inside and span.grain is not Grain.MOMENT:
            running = span.start <= self._now < span.end
            return Time(start, inside.end(), Span(self._now, span.end) if running else span, by)
        return Time(start, end, span, by)

    def _ranged(self, end: int, span: Span) -> tuple[int, Span]:
        """X到Y, where a Y follows."""
        if self._text[end : end + 1] not in BEGINS_RANGE:
            return end, span
        to = RANGE.match(self._text, end)
        return (to and self._until(end, to.end(), span)) or (end, span)

    def _until(self, end: int, at: int, left: Span) -> tuple[int, Span] | None:
        """The end of a range, which may leave out what its start has said."""
        text = self._text
        if at >= len(text):
            return None
        scene = Scene(self._now, text, at, left)
        if left.grain is Grain.DAY and days.is_weekday(text, end):
            # 周一至周五9:00 names no moment.
            right = days.week(text, at, scene) or days.short_weekday(text, at, left)
        else:
            right = self._phrase(at, scene)
        if right:
            end, last = right
        elif left.grain in (Grain.MOMENT, Grain.PART):
            day = spans.midnight(left.start.date(), self._now)
            over = OVERNIGHT.match(text, at)
            if over:
                at, day = over.end(), day + ONE_DAY
            told = clock.read(text, at, day, after=left.start)
            if not told or (hours.counts(text, told)):
                return None
            end, last = told.end, told.span
            if last.end <= left.start:
                last = last.moved(1)
        else:
            return None
        if last.end <= left.start or (last.end == left.end and last.start <= left.start):
            return None
        grain = Grain.PART if last.grain is Grain.MOMENT else Grain.STRETCH
        whole = Span(left.start, last.end, grain, left.ambiguous or last.ambiguous)
        return end, self._running(whole, left.every)

    def _running(self, span: Span, every: int) -> Span:
        """5号到20号, said on the 10th, has begun: it is not the next month's."""
        if every >= 0 or span.start <= self._now:
            return span
        start, end = (spans.months_on(one, every) for one in (span.start, span.end))
        return replace(span, start=start, end=end) if start <= self._now < end else span

    def _before(self, span: Span) -> Span | None:
        """周三前 stops where it begins, 月底前 where it ends."""
        now = self._now
        limit = span.end if span.grain is Grain.ENDING else span.start
        doubt = span.grain is Grain.PART or (span.ambiguous and span.grain is not Grain.ENDING)
        if span.grain is Grain.PART and span.start.hour == clock.MORNING:
            # 上午前: nobody wants it by six.
            limit = span.end
        if limit <= now and span.every in (DAYS_A_WEEK, -1):
            # 周三前, said on a Wednesday: the next one.
            again = (
                span.moved(span.every).start
                if span.every > 0
                else spans.months_on(span.start, -span.every)
            )
            return Span(now, again, ambiguous=True)
        if limit <= now < span.end:
            return Span(now, span.end, ambiguous=True)
        if limit <= now:
            return None
        return Span(now, limit, ambiguous=doubt)

    def _after(self, span: Span) -> Span:
        if span.grain in (Grain.MOMENT, Grain.PART):
            day = spans.midnight(span.start.date(), self._now)
            return Span(span.end, max(day + ONE_DAY, span.end), Grain.PART, ambiguous=True)
        return Span(span.end, span.end + DAYS_A_WEEK * ONE_DAY, ambiguous=span.ambiguous)
