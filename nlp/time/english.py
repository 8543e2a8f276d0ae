"""Times as people in foreign trade write them: by Friday, Mar 5, next week, within 3 days, 3pm."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from nlp.time import clock, durations, holidays
from nlp.time import span as spans
from nlp.time.span import DAYS_A_WEEK, ONE_DAY, Grain, Span
from nlp.time.words import AWAY

_MONTHS = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![A-Za-z])"
)
_DAYS = (
    "(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?)(?![A-Za-z])"
)
_WEEKEND = "(?:saturday|sunday)(?![A-Za-z])"
_SHORT_WEEKEND = "sat|sun"
_NEAR = {"next": 1, "this": 0, "last": -1, "coming": None}
_WHICH = "(?P<which>next|this|last|coming)"
_ORDINAL = "(?:st|nd|rd|th)?"

FEASTS = {
    "black friday": "黑五",
    "cyber monday": "网一",
    "thanksgiving": "感恩节",
    "christmas": "圣诞",
    "halloween": "万圣",
    "chinese new year": "春节",
    "spring festival": "春节",
    "national day": "国庆",
}
HINT = re.compile(r"[A-Za-z]{3}|[0-9] ?[AaPp]\.?[Mm]")
"""What a text without is not searched for English."""
TIME = re.compile(
    r"(?<![A-Za-z0-9_@/#.])(?:(?P<side>by|before|after)(?: the)? )?(?:"
    r"(?P<relative>day after tomorrow|today|tomorrow|tmrw?|tonight|yesterday)"
    rf"|(?:{_WHICH} |(?P<weeks>[上下这本]) ?(?:个?星期|周|礼拜) ?)?"
    rf"(?P<day>{_DAYS}|{_WEEKEND})(?: (?P<of_week>next|this|last) week)?"
    rf"|{_WHICH.replace('which', 'short_which')} (?P<short_day>{_SHORT_WEEKEND})"
    rf"|{_WHICH.replace('which', 'week_which')} week"
    rf"(?:,? (?:on )?(?P<week_day>{_DAYS}|{_WEEKEND}))?"
    rf"|{_WHICH.replace('which', 'long_which')} (?P<long>month|quarter|year|weekend)"
    rf"|(?:the )?(?P<part>end of|beginning of|early|mid|late)[ \-](?:(?P<part_which>next|this) )?"
    rf"(?P<part_of>week|month|year|{_MONTHS})"
    r"|(?P<ending>EOM|EOW)"
    rf"|(?P<feast>{'|'.join(FEASTS)})(?: holidays?)?"
    rf"|(?P<month>{_MONTHS})\.? ?(?P<date>[0-9]{{1,2}}){_ORDINAL}"
    rf"(?:[\-~](?P<until>[0-9]{{1,2}}){_ORDINAL})?(?:,? ?(?P<year>20[0-9]{{2}}))?(?![0-9:])"
    rf"|(?P<date2>[0-9]{{1,2}}){_ORDINAL}[ \-]?(?:of )?(?P<month2>{_MONTHS})\.?"
    r"(?:,? ?(?P<year2>20[0-9]{2})(?![0-9]))?"
    rf"|(?P<month3>{_MONTHS})\.?,? ?(?P<year3>20[0-9]{{2}})(?![0-9])"
    r"|(?P<length>within|in|next|past|last) (?P<count>[0-9]{1,3}|one|two|three|four|five|six|seven)"
    r"(?:-(?P<most>[0-9]{1,3}))? (?P<unit>(?:working |business )?days?|weeks?|months?|h(?:ou)?rs?"
    r"|min(?:ute)?s?)"
    r"|(?=[0-9]{1,2}(?::[0-9]{2})? ?[ap]\.?m(?![A-Za-z]))"
    r")",
    re.IGNORECASE,
)
TO = re.compile(r" ?(?:to|till|until|-|~|–|到|至) ?")
HOUR = re.compile(
    r",? ?(?:at )?(?P<hour>1[0-2]|0?[1-9])(?::(?P<minute>[0-5][0-9]))? ?"
    r"(?P<half>[ap])\.?m(?![A-Za-z0-9])\.?",
    re.IGNORECASE,
)
PART_OF_DAY = re.compile(
    r" (?P<part>morning|noon|afternoon|evening|night)(?![A-Za-z])", re.IGNORECASE
)
PARTS = {
    "morning": (6, 12),
    "noon": (11, 13),
    "afternoon": (12, 18),
    "evening": (18, 24),
    "night": (18, 24),
}
NOT_TIME = re.compile(rf"[A-Za-z0-9_@]|'[A-Za-z]|-(?!(?i:{_DAYS}|{_MONTHS}|{_WEEKEND}))[A-Za-z]")
"""After a word: it is part of another."""
COUNTED = re.compile(
    r" ?(?:sets?|pcs|units?|pieces?|boxes|cartons?|more|k|kgs?|tons?|%|USD|per)(?![A-Za-z])", re.I
)
"""may 5 sets"""
GREETING = re.compile(r"(?:happy|merry|have a (?:nice|good|great)|enjoy your) $", re.I)
A_WORD = re.compile(
    r" (?!(?:at|or|and|to|am|pm|pls|please|morning|noon|afternoon|evening|night|is|works|ok)"
    r"(?![A-Za-z]))[A-Za-z]{2}"
)
"""After Mon or may: they are no day and no month."""
HANGS = re.compile(r"(?<=[A-Za-z_])-$")
COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
RELATIVE = {"day after tomorrow": 2, "today": 0, "tonight": 0, "yesterday": -1}
FIRST_LETTERS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
WEEKDAYS = "mon tue wed thu fri sat sun".split()  # noqa: SIM905
NOON = 12

Found = tuple[int, Span]


def times(text: str, now: datetime) -> Iterator[tuple[int, int, Span]]:
    """Where they begin and end, and what they mean."""
    if not HINT.search(text):
        return
    held: tuple[int, int, Span] | None = None
    for start, end, told in _single(text, now):
        span = told
        joins = held and TO.fullmatch(text, held[1], start)
        if held and joins and text[start].isdigit() and span.grain is Grain.MOMENT:
            # Friday 3pm-5pm
            span = span.moved((held[2].start.date() - span.start.date()).days)
        if held and joins and span.every == DAYS_A_WEEK and span.end <= held[2].start:
            span = span.moved(DAYS_A_WEEK)
        if held and joins and span.end > held[2].start:
            first = held[2]
            doubt = first.ambiguous or span.ambiguous
            held = held[0], end, Span(first.start, span.end, ambiguous=doubt)
            continue
        if held:
            yield held
        held = start, end, span
    if held:
        yield held


def _single(text: str, now: datetime) -> Iterator[tuple[int, int, Span]]:
    at, before = 0, -1
    while found := TIME.search(text, at):
        at = max(found.end(), found.start() + 1)
        hangs = found.start() > before + 1 and HANGS.search(
            text, max(0, found.start() - 2), found.start()
        )
        if hangs or (NOT_TIME.match(text, found.end()) and found.end() > found.start()):
            continue
        try:
            told = _read(found, text, now)
        except (OverflowError, ValueError):
            told = None
        if told and not GREETING.search(text, max(0, found.start() - 8), found.start()):
            at, span = told
            before = at
            yield found.start(), at, span


def _read(found: re.Match[str], text: str, now: datetime) -> Found | None:
    span = _day(found, now)
    end = found.end()
    if span is None:
        if end != found.end("side") + (1 if found["side"] else 0) and end != found.start():
            return None
        span, end = spans.day_after(now, 0), found.end()
        hour = HOUR.match(text, end)
        if not hour:
            return None
        end, span = hour.end(), _at(hour, span)
        if span.end <= now:
            span = span.moved(1).doubtful()
    elif span.grain is Grain.DAY:
        end, span = _with_hour(text, end, span)
        if (found["relative"] or "").lower() == "tonight" and span.grain is Grain.DAY:
            span = Span(span.start + timedelta(hours=18), span.end, Grain.PART)
    return end, _sided((found["side"] or "").lower(), span, now)


def _with_hour(text: str, end: int, day: Span) -> Found:
    hour = HOUR.match(text, end)
    if hour:
        return hour.end(), _at(hour, day)
    part = PART_OF_DAY.match(text, end)
    if part:
        first, last = PARTS[part["part"].lower()]
        span = replace(
            day,
            start=day.start + timedelta(hours=first),
            end=day.start + timedelta(hours=last),
            grain=Grain.PART,
        )
        return part.end(), span
    told = clock.read(text, end + (text[end : end + 1] == " "), day.start)
    if told and (told.has_part or told.is_digital):
        return told.end, replace(told.span, ambiguous=told.span.ambiguous or day.ambiguous)
    return end, day


def _at(hour: re.Match[str], day: Span) -> Span:
    hours = int(hour["hour"]) % NOON + (NOON if hour["half"].lower() == "p" else 0)
    moment = day.start + timedelta(hours=hours, minutes=int(hour["minute"] or 0))
    return replace(day, start=moment, end=moment, grain=Grain.MOMENT)


def _sided(side: str, span: Span, now: datetime) -> Span:
    """by Friday lasts until its end, before Friday until its beginning."""
    if side == "after":
        return Span(span.end, span.end + DAYS_A_WEEK * ONE_DAY, ambiguous=span.ambiguous)
    if side:
        limit = span.start if side == "before" else span.end
        return Span(now, limit, ambiguous=span.ambiguous) if limit > now else span.doubtful()
    return span


def _day(found: re.Match[str], now: datetime) -> Span | None:
    for name, read in _KINDS:
        if found[name]:
            return read(found, now)
    return None


def _relative(found: re.Match[str], now: datetime) -> Span:
    return spans.day_after(now, RELATIVE.get(found["relative"].lower(), 1))


def _weekday(found: re.Match[str], now: datetime) -> Span | None:
    day = found["day"] or found["short_day"]
    told = found["side"] or found["which"] or found["weeks"] or found["of_week"]
    if len(day) < len("tuesd") and not told and A_WORD.match(found.string, found.end()):
        return None
    if found["weeks"]:
        return spans.weekday(now, WEEKDAYS.index(day[:3].lower()) + 1, AWAY[found["weeks"]])
    which = (found["which"] or found["short_which"] or found["of_week"] or "coming").lower()
    number = WEEKDAYS.index(day[:3].lower()) + 1
    span = spans.weekday(now, number, _NEAR[which])
    # next Friday, said on a Wednesday, is this one to some and the one after to others.
    in_doubt = which == "next" and not found["of_week"] and number >= now.isoweekday()
    return span.doubtful() if in_doubt else span


def _week(found: re.Match[str], now: datetime) -> Span:
    weeks = _NEAR[found["week_which"].lower()]
    if found["week_day"]:
        number = WEEKDAYS.index(found["week_day"][:3].lower()) + 1
        return spans.weekday(now, number, weeks)
    return spans.week(now, weeks or 0)


def _long(found: re.Match[str], now: datetime) -> Span:
    away = _NEAR[found["long_which"].lower()] or 0
    kind = found["long"].lower()
    if kind == "weekend":
        return spans.weekend(now, away)
    if kind == "month":
        return spans.month(now.year, now.month + away, now)
    if kind == "quarter":
        return spans.quarter_of(now, away)
    return spans.whole_year(now.year + away, now)


def _part(found: re.Match[str], now: datetime) -> Span:
    of, away = found["part_of"].lower(), int((found["part_which"] or "").lower() == "next")
    part = {"e": "底", "b": "初", "m": "中", "l": "底"}[found["part"][0].lower()]
    if found["part"].lower() == "early":
        part = "初"
    if of == "week":
        week = spans.week(now, away)
        return Span(week.end - 3 * ONE_DAY, week.end, ambiguous=True) if part == "底" else week
    if of == "month":
        return spans.month_part(spans.month(now.year, now.month + away, now), part)
    if of == "year":
        return spans.year_part(now.year + away, part, now)
    return spans.month_near(_month_number(of), part, now, past=False)


def _ending(found: re.Match[str], now: datetime) -> Span:
    if found["ending"].upper() == "EOM":
        return spans.month_part(spans.month(now.year, now.month, now), "底")
    week = spans.week(now, 0)
    return Span(week.end - 3 * ONE_DAY, week.end, ambiguous=True)


def _date(found: re.Match[str], now: datetime) -> Span | None:
    month = _month_number(found["month"] or found["month2"])
    day = int(found["date"] or found["date2"])
    year = found["year"] or found["year2"]
    if year:
        first = spans.date_in(int(year), month, day, now)
    else:
        first = spans.date_near(month, day, now, past=False)
    verb = found["month"] in ("may", "march") and A_WORD.match(found.string, found.end())
    if not year and (verb or COUNTED.match(found.string, found.end())):
        return None
    if first is None or not found["until"]:
        return first
    last = spans.date_in(first.start.year, month, int(found["until"]), now)
    return Span(first.start, last.end) if last and last.start > first.start else None


def _month(found: re.Match[str], now: datetime) -> Span:
    return spans.month(int(found["year3"]), _month_number(found["month3"]), now)


def _feast(found: re.Match[str], now: datetime) -> Span | None:
    return holidays.named(FEASTS[found["feast"].lower()], now)


_UNITS = {"d": "天", "w": "周", "h": "小时"}


def _length(found: re.Match[str], now: datetime) -> Span | None:
    written, unit = found["unit"].lower(), found["count"].lower()
    count = int(found["most"] or COUNTS.get(unit) or unit)
    if written.startswith(("working", "business")):
        name = "工作日"
    elif written.startswith("mi"):
        name = "分钟"
    else:
        name = "月" if written.startswith("mo") else _UNITS[written[0]]
    how = found["length"].lower()
    if how == "in":
        return durations.after(now, count, name)
    other = durations.limit(now, -count if how in ("past", "last") else count, name)
    return Span(min(now, other), max(now, other), ambiguous=how != "within")


def _month_number(name: str) -> int:
    return FIRST_LETTERS.index(name[:3].lower()) + 1


_KINDS: tuple[tuple[str, Callable[[re.Match[str], datetime], Span | None]], ...] = (
    ("relative", _relative),
    ("day", _weekday),
    ("short_day", _weekday),
    ("week_which", _week),
    ("long", _long),
    ("part", _part),
    ("ending", _ending),
    ("date", _date),
    ("date2", _date),
    ("month3", _month),
    ("length", _length),
    ("feast", _feast),
)
