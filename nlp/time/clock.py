"""The time of day: 下午三点半, 20:00, 差五分八点, 早上, 2-4点."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nlp.time.span import Grain, Span
from nlp.time.words import CERTAIN_PARTS, LONG_PARTS, PARTS, SMALL, S, hours, number

MORNING, NOON, EVENING, MIDNIGHT = 6, 12, 18, 24
MINUTES = 60
FIRST_LIKELY_HOUR = 7
"""Nobody calls on a client between one and six at night: 三点 is 15:00."""
LAST_LIKELY_EVENING = 9
"""九点, said in the afternoon, is tonight; 十点 is tomorrow."""
LATE = 5
"""晚上四点 is the morning after, 晚上五点 is 17:00."""
OFFICE_CLOSES = timedelta(hours=18)

TO = r" ?(?:到|至|--?|~|——?|–) ?"
MINUTE = (
    r"(?:半(?!天|个|小时|年|月)|(?P<quarter>[一1三3])刻钟?"
    rf"|(?P<minute>{SMALL})分(?!之|钟后|钟内|销|公|店|析|期|别|开)(?:(?P<second>{SMALL})秒)?"
    r"|(?P<bare>[0-5][0-9](?![0-9.%万千百kKwW个台套件箱吨元块人])|[零〇][一二三四五六七八九]"
    r"|[一二三四五]?十[一二三四五六七八九]?(?![万千百个台套件箱吨元块人]))"
    rf"|差(?P<short>{SMALL})分|过(?P<past>{SMALL})分)"
)
CLOCK = re.compile(
    rf"(?:差(?P<to>{SMALL}|一刻)分?钟?)?(?:(?P<from>{SMALL})(?P<from_half>半)?{TO})?"
    rf"(?P<hour>{SMALL}){S}"
    r"(?:点(?! ?[0-9一二三四五六七八九] ?[成折倍])"
    r"(?![子击评头心位名赞菜滴论式])|时(?![间候效长代装尚段限常]))"
    rf"(?:{S}{MINUTE}|(?P<broken>[0-9]|[.][0-9]|[一二三四五六七八九]))?"
    r"(?:钟|整|多钟?|来钟|的样子)?"
    r"|(?P<digital>(?P<h>[01]?[0-9]|2[0-4])[:：](?P<m>[0-5][0-9])(?:[:：](?P<s>[0-5][0-9]))?"
    r"(?![0-9:：/]))[时分]?"
)
PART = re.compile(
    rf"(?P<part>{LONG_PARTS}|早(?![上晨点些日餐饭教会班期泄就已晚茶市操早安在先该]|一[点些])"
    r"|晚(?![上间点些会宴饭餐班报期于辈安年婚间了](?![前后])|一[点些])|夜(?![宵班市场景总])"
    r"|晨(?![会练跑检]))"
    r"(?![好餐饭茶班场]|安(?![排装全检静])|快乐|愉快)"
)
OF = re.compile(r"的? ?")
BEGINS = frozenset("0123456789零〇一二两三四五六七八九十廿卅差下") | {part[0] for part in PARTS}
CLOSING = re.compile(r"下班(?=之?前|以前|之?后|以后)")


@dataclass(frozen=True, slots=True)
class Told:
    """A time of day as it was read."""

    end: int
    span: Span
    has_part: bool = False
    has_clock: bool = False
    hour: int = 0
    is_plain: bool = False
    """三点, without minutes: it may as well count something (三点建议)."""
    is_digital: bool = False
    """8:30, which may as well be a ratio."""


def read(text: str, at: int, day: datetime, after: datetime | None = None) -> Told | None:
    """The time of that day which is written at `at`; `after` is where a range began."""
    if text[at : at + 1] not in BEGINS:
        return None
    closing = CLOSING.match(text, at)
    if closing:
        moment = day + OFFICE_CLOSES
        return Told(closing.end(), Span(moment, moment, Grain.MOMENT), has_part=True)
    part = PART.match(text, at)
    gap = OF.match(text, part.end()) if part else None
    start = gap.end() if gap else at
    clock = CLOCK.match(text, start)
    said = part["part"] if part else None
    if clock:
        span = _moment(clock, said, day, after)
        if span:
            return Told(
                clock.end(),
                span,
                has_part=bool(part),
                has_clock=True,
                hour=number(clock["hour"] or clock["h"]) or 0,
                is_plain=clock.end() == clock.end("hour") + 1,
                is_digital=bool(clock["digital"]),
            )
    if not part or not said:
        return None
    first, last = PARTS[said]
    span = Span(day + timedelta(hours=first), day + timedelta(hours=last), Grain.PART)
    return Told(part.end(), span if said in CERTAIN_PARTS else span.doubtful(), has_part=True)


def tonight(told: Told, now: datetime) -> Span | None:
    """八点, said in the afternoon and of today, is 20:00."""
    span = told.span
    if told.has_part or span.grain is not Grain.MOMENT or not span.ambiguous:
        return None
    if not FIRST_LIKELY_HOUR <= span.start.hour <= LAST_LIKELY_EVENING:
        return None
    later = span.start + timedelta(hours=NOON)
    return replace(span, start=later, end=later) if later > now else None


def _moment(
    clock: re.Match[str], part: str | None, day: datetime, after: datetime | None
) -> Span | None:
    if clock["broken"]:
        return None
    between = _between(clock)
    if between:
        begin, half, last, minute = between
        if max(begin, last) > MIDNIGHT or minute >= MINUTES:
            return None
        start, _ = _placed(begin, half, part, day, after, exact=False)
        end, _ = _placed(last, minute, None, day, start, exact=False)
        doubt = not clock["from"] or not part
        return Span(start, end, Grain.PART, doubt) if end > start else None
    hour, minute, second = _hands(clock)
    if hour is None or hour > MIDNIGHT or minute >= MINUTES:
        return None
    exact = bool(clock["digital"]) and (clock["h"][0] == "0" or hour >= FIRST_LIKELY_HOUR)
    moment, doubt = _placed(hour, minute, part, day, after, exact=exact)
    moment += timedelta(seconds=second)
    return Span(moment, moment, Grain.MOMENT, doubt)


def _between(clock: re.Match[str]) -> tuple[int, int, int, int] | None:
    """Hour and minute of both ends of 2-4点, 三四点."""
    if clock["from"]:
        begin, (last, minute, _) = number(clock["from"]), _hands(clock)
        if begin is None or last is None:
            return None
        return begin, MINUTES // 2 if clock["from_half"] else 0, last, minute
    both = hours(clock["hour"]) if clock["hour"] else None
    return (both[0], 0, both[1], 0) if both and both[0] != both[1] else None


def _hands(clock: re.Match[str]) -> tuple[int | None, int, int]:
    if clock["digital"]:
        return int(clock["h"]), int(clock["m"]), int(clock["s"] or 0)
    hour = number(clock["hour"])
    written = clock["minute"] or clock["bare"] or clock["past"]
    minute = number(written) if written else 0
    if clock["quarter"]:
        minute = 15 if clock["quarter"] in "一1" else 45
    elif not written and clock[0].rstrip("钟整").endswith("半"):
        minute = MINUTES // 2
    short = clock["short"] or clock["to"]
    if short and hour is not None:
        less = 15 if short == "一刻" else number(short) or 0
        return (hour - 1) % MIDNIGHT, MINUTES - less, 0
    return hour, MINUTES if minute is None else minute, number(clock["second"]) or 0


def _placed(
    hour: int,
    minute: int,
    part: str | None,
    day: datetime,
    after: datetime | None,
    *,
    exact: bool,
) -> tuple[datetime, bool]:
    """That hour of the day, before noon or after it, and whether that is a guess."""
    doubt = False
    if part:
        hour, doubt = _hour_of_part(hour, part)
    elif after is not None:
        while hour < NOON and day + timedelta(hours=hour, minutes=minute) <= after:
            hour += NOON
    elif not exact and 0 < hour < NOON:
        doubt = True
        if hour < FIRST_LIKELY_HOUR:
            hour += NOON
    return day + timedelta(hours=hour, minutes=minute), doubt


def _hour_of_part(hour: int, part: str) -> tuple[int, bool]:
    first, last = PARTS[part]
    if hour > NOON:
        return hour, False
    if last == MIDNIGHT and (hour < LATE or hour == NOON):
        return (MIDNIGHT, False) if hour in (0, NOON) else (hour + MIDNIGHT, True)
    if first == 0 and hour == NOON:
        return 0, False
    in_the_afternoon = first >= NOON or (first == NOON - 1 and hour < LATE)
    return (hour + NOON if in_the_afternoon and hour < NOON else hour), part == "白天"
