"""What a colleague wants to be reminded of and when, out of his words. Pure, but for the reader.

A moment that is said loosely is decided, and said back in full: a day without an hour is nine in
the morning, 下午 is two; a bare hour is the next one within the day's waking hours.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.calendar import ONE_DAY, WorkingCalendar
from crm_store.errors import CrmError
from handlers.promises.moments import Span, find_span
from handlers.promises.repeats import Repeat, find_repeat, number_of
from handlers.reading import Reader

MOST_WORDS = 150
_VERB = re.compile(
    r"(?:请|麻烦|帮我|给我|记得|到时候?|准时|再|也|都|就)*(?:提醒|叫|喊)(?:一下|下)?我"
    r"(?:一下|一声)?(?:记得|去|要|该|得)?"
)
_LEADS = re.compile(r"^[\s,，。:：、]*(?:在|到|等|于)?\s*")
_TAIL = re.compile(r"[\s,，。:：、!！~]+$")
_LEFT_OVER = re.compile(r"^(?:的?时候|时|之前|以前|前|要|去|记得|，|,|的)+")
_BARE_HOUR = re.compile(
    r"(?:[0-9]{1,2}|[一二三四五六七八九十两]{1,3})点(?:钟|整)?"
    r"(?:半|一刻|三刻|[0-9一二三四五六七八九十]{1,3}分?)?"
)
_PARTS = (
    ("早", time(8, 30)),
    ("上午", time(9, 0)),
    ("中午", time(12, 0)),
    ("下午", time(14, 0)),
    ("傍晚", time(18, 0)),
    ("晚", time(19, 0)),
)
_MORNING = time(9, 0)
_WAKING = (8, 20)
_HALF_AN_HOUR = timedelta(minutes=30)
_BEFORE_IT = ("前", "之前", "以前")
_FARTHEST = timedelta(days=3 * 366)
_AMOUNT = r"(半|一刻|[0-9]{1,3}|[一二两三四五六七八九十]{1,3})个?(?:(半)个?)?(小时|钟头|分钟|钟|天)"
_AHEAD = re.compile(rf"提前(?:{_AMOUNT}|(?=\s|$))(?:左右)?")
"""提前半小时, 提前一个半小时, 提前一刻钟, 提前一天; 提前 alone is half an hour."""
_UNITS = {
    "小时": timedelta(hours=1),
    "钟头": timedelta(hours=1),
    "分钟": timedelta(minutes=1),
    "钟": timedelta(minutes=1),
    "天": ONE_DAY,
}
_HALVES = {"天": timedelta(hours=12), "小时": _HALF_AN_HOUR, "钟头": _HALF_AN_HOUR}
_QUARTER = timedelta(minutes=15)
_END_OF = re.compile(r"(?:月|年|季度?)[底末]$")
_CHOSEN_DAY = re.compile(r"^的?(?:(第一|首)|最后一?)个?(?:工作日|上班日)")
_OTHER_DAY = re.compile(r"(?:第.{1,3}|倒数.{1,3}|下一?|最后一?|上一?)个?(?:工作日|上班日)")
_CUT_OFF = re.compile(
    r"(?:[0-9零〇一二三四五六七八九十]{1,4}[年月号日]|每个?[年月周季]度?)[的\s]*$"
)
"""Before the time that was read: a part of the same date that was not."""
_NO_SUCH_DAY = "没看懂是哪一天，请说一个具体的日子，比如：3月20日上午10点提醒我对账"
_WHEN = "什么时候提醒？可以这样说：明早10点提醒我给王主任发报价"


@dataclass(frozen=True)
class Wish:
    due: datetime
    about: str
    again: Repeat | None = None
    is_guessed: bool = False
    """Whether the hour could have been meant otherwise."""


def about_me(words: str) -> str | None:
    """What is left of the words without 提醒我, a blank in its place; None without it."""
    found = _VERB.search(words)
    if found is None:
        return None
    return f"{words[: found.start()]} {words[found.end() :]}".strip()


def read_wish(
    words: str, reader: Reader, now: datetime, calendar: WorkingCalendar, zone: ZoneInfo
) -> Wish:
    """`words` are what is wished, without who is to be reminded. Refuses what has no time, or one
    that is past."""
    words, ahead = _without_ahead(words.strip())
    repeat = find_repeat(words)
    if repeat is not None:
        rest = words[: repeat.start] + words[repeat.end :]
        hour, rest = _hour_of(repeat.hint, rest, reader, now, zone, words[repeat.end :])
        again = repeat.at(_earlier(hour, ahead))
        return Wish(again.next_after(now, calendar, zone), _tidy(rest), again)
    span = find_span(words, reader, now)
    if span is None:
        raise CrmError(_NO_SUCH_DAY if _OTHER_DAY.search(words) else _WHEN)
    at = words.find(span.words)
    before, after = words[:at], words[at + len(span.words) :]
    chosen = _CHOSEN_DAY.match(after)
    after = after[chosen.end() :] if chosen else after
    if _CUT_OFF.search(before) or _OTHER_DAY.match(after.lstrip("的 ")):
        raise CrmError(_NO_SUCH_DAY)
    about = _tidy(before + " " + _LEFT_OVER.sub("", after))
    is_before = after.startswith(_BEFORE_IT)
    is_last = bool(_END_OF.search(span.words)) if chosen is None else not chosen[1]
    due, guessed = moment_of(span, now, calendar, zone, is_before=is_before, is_last=is_last)
    if ahead:
        if not span.is_exact and ahead < ONE_DAY:
            raise CrmError(f"“{span.words}”是几点？说了几点，才知道提前到什么时候")
        due -= ahead
        if due <= now:
            raise CrmError("提前到那时已经过了，请说一个以后的时间")
    return Wish(due, about, is_guessed=guessed)


def _without_ahead(words: str) -> tuple[str, timedelta]:
    """提前半小时 is taken out of the words: (what is left, how long before)."""
    found = _AHEAD.search(words)
    if found is None:
        return words, timedelta()
    left = f"{words[: found.start()].rstrip(' ，,')} {words[found.end() :]}".strip()
    amount, half, unit = found.groups()
    if unit is None:
        return left, _HALF_AN_HOUR
    if amount == "一刻":
        return left, _QUARTER
    one = _UNITS[unit]
    if amount == "半":
        return left, _HALVES.get(unit, timedelta(seconds=30))
    return left, one * number_of(amount) + (_HALVES.get(unit, timedelta()) if half else timedelta())


def _earlier(hour: time, ahead: timedelta) -> time:
    """Of what repeats, the hour before; not the day before."""
    minutes = hour.hour * 60 + hour.minute - int(ahead.total_seconds() // 60)
    if minutes < 0:
        raise CrmError("重复的提醒不能提前到前一天，请直接说提醒的时间")
    return time(minutes // 60, minutes % 60)


def moment_of(
    span: Span,
    now: datetime,
    calendar: WorkingCalendar,
    zone: ZoneInfo,
    *,
    is_before: bool = False,
    is_last: bool = False,
) -> tuple[datetime, bool]:
    """The moment to speak at, and whether it was guessed. `is_last`: of several days the last one
    on which people work (月底). Refuses one that is past."""
    if span.is_exact and _BARE_HOUR.fullmatch(span.words):
        return _waking(span.start.astimezone(zone), now, zone), True
    if span.is_exact:
        due = span.start - _HALF_AN_HOUR if is_before else span.start
        if due <= now < span.start:
            due = now + (span.start - now) / 2
    else:
        due = _within(span, now, calendar, zone, is_last=is_last)
    if due <= now:
        raise CrmError(f"“{span.words}”已经过了，请说一个以后的时间")
    if due > now + _FARTHEST:
        raise CrmError("提醒最远可以定到三年以内")
    return due, span.is_unsure


def _waking(said: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """Of what a bare hour may mean from now on, the first by day; else the very first."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    half = said.hour % 12
    hours = (half, half + 12) if said.hour not in (0, 12) else (0, 12)
    ahead = sorted(
        at
        for days in (0, 1)
        for hour in hours
        if (at := today + ONE_DAY * days + timedelta(hours=hour, minutes=said.minute)) > now
    )
    by_day = [at for at in ahead if _WAKING[0] <= at.hour <= _WAKING[1]]
    return (by_day or ahead)[0]


def _within(
    span: Span, now: datetime, calendar: WorkingCalendar, zone: ZoneInfo, *, is_last: bool
) -> datetime:
    """A moment of a day, of a part of one, or of a week."""
    start = span.start.astimezone(zone)
    if span.end <= now:
        return span.end
    if span.start <= now and span.words.endswith(_BEFORE_IT):
        return max(span.end - _HALF_AN_HOUR, now + (span.end - now) / 2)
    if span.end - span.start > ONE_DAY:
        days = [start.date() + ONE_DAY * n for n in range((span.end - span.start).days)]
        days = days[::-1] if is_last else days
        day = next(filter(calendar.is_working_day, days), days[0])
        due = datetime.combine(day, _MORNING, zone)
    else:
        part = next((at for sign, at in _PARTS if sign in span.words), _MORNING)
        due = datetime.combine(start.date(), part, zone)
    if due <= now:
        # 「下午」 said at three: still in it.
        due = max(now + _HALF_AN_HOUR, start)
    return due if due < span.end else span.end


def _hour_of(
    hint: str, rest: str, reader: Reader, now: datetime, zone: ZoneInfo, after: str
) -> tuple[time, str]:
    """The time of day beside a repetition, read as tomorrow's, and what is left of the words."""
    span = find_span(f"明天{hint}{after.lstrip()}", reader, now) if after.strip() else None
    begins = f"明天{hint}"
    if span is None or not span.words.startswith(begins) or span.words == begins:
        part = next((at for sign, at in _PARTS if hint and sign in hint), _MORNING)
        return part, rest
    said = span.words.removeprefix(begins)
    if span.is_exact:
        hour = span.start.astimezone(zone).time()
    else:
        hour = next((at for sign, at in _PARTS if sign in span.words), _MORNING)
    return hour, rest.replace(said, " ", 1)


def _tidy(words: str) -> str:
    words = _TAIL.sub("", _LEADS.sub("", " ".join(words.split())))
    return _LEFT_OVER.sub("", words).strip(" ,，。")[:MOST_WORDS]
