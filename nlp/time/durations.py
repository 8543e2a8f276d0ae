"""Lengths of time that end or begin now: 三天之内, 48小时内, 半小时后, 过两天, 未来一周, 三天前."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from config import public_days
from nlp.time.span import (
    DAYS_A_WEEK,
    MONTHS_A_YEAR,
    ONE_DAY,
    Grain,
    Span,
    midnight,
    month,
    months_on,
    one_day,
    whole_year,
)
from nlp.time.words import NUM, S, number, pair

UNIT = (
    r"(?P<unit>个?(?:工作|交易)日|个?(?:小时|钟头|钟(?!情|点))|[hH](?![A-Za-z0-9])|分钟"
    r"|min(?![a-z])|刻钟"
    r"|天|日(?![报本历记常用化立均产语系])|个?(?:星期|礼拜)(?![一二三四五六日天1-7])"
    r"|周(?=一[直共定起])|周(?![一二三四五六日天年岁边围]|[1-7](?![0-9天]))"
    r"|个月|(?<=半)月|年)"
)
COUNT = (
    rf"(?:(?P<half>半)|(?P<low>{NUM}){S}(?:-|~|到|至|—|、){S}(?P<high>{NUM})"
    rf"|(?P<count>[0-9]{{1,3}}\.5|{NUM}))"
)
LENGTH = (
    rf"{COUNT}{S}(?P<more>个?多|个?半(?=个?月|个?小时|个?钟|个?星期|个?礼拜|天"
    rf"|年))?{S}{UNIT}(?P<and_half>半)?(?:(?P<minutes>{NUM}){S}分钟?)?"
)
AFTER = r"(?:之后|以后|过后|后)(?![台续面天年勤期悔备方])"
LASTING = re.compile(
    rf"{LENGTH}(?:的?时间)?{S}(?:(?P<within>之内|以内|内(?![容部存训外科饰衬置蒙网勤]))"
    rf"|(?P<after>{AFTER})|(?P<ago>之前|以前|前(?![台面期提往沿线景后来去]))(?!通知|告知|预约"
    rf"|申请|预订|联系))"
)
PASSING = re.compile(rf"(?:再过|过|再等){S}{LENGTH}(?:{S}(?P<after>{AFTER}))?(?!期)")
COMING = re.compile(
    rf"(?P<which>未来|接下来|今后|往后|过去|近|最近|前"
    rf"|这(?:一(?=两))?)的?{S}{LENGTH}(?P<within>之?内|以内)?"
)
COUNTS_FROM_ELSEWHERE = re.compile(
    r"(?:(?:下单|付款|到款|收款|收货|收到|到货|签收|验收|签合同|签约|签订|确认|审批|生产|出货"
    r"|发货|交货|安装|开票|生效|合同|货到|款到|定金|预付)[^,。，;!?\n]{0,6}"
    r"(?:后|起|之日起)|[之以]?后|之日起|提前|质保|保修|包换|包退|退换|退货|账期|工期|货期"
    r"|有效期|保质期|试用期?|免费|每|至少|寿命)"
    r"[的要需约大概在::]{0,3} ?$"
)
OF_AN_EVENT = re.compile(
    r"(?:发货|交货|到货|到期|开课|开业|上线|签约|安装|活动|会议|出发|入住|开班|投标|开标|截止)$"
)
"""发货10天前: before that, not before now."""
STANDS_ALONE = re.compile(r"^$|[\s,。;!?:、我你您他们是在]$")
"""前两周 is counted from now; 发货前两周 is not."""
POLICY = re.compile(
    r"(?:可以?|都能|均可|包|免费|支持)?(?:无理由|包退|包换|退换|退货|可退|可换|有效|免费换新|响应)"
)

LENGTHS = {
    "小时": timedelta(hours=1),
    "钟头": timedelta(hours=1),
    "钟": timedelta(hours=1),
    "h": timedelta(hours=1),
    "分钟": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "刻钟": timedelta(minutes=15),
    "天": ONE_DAY,
    "日": ONE_DAY,
    "周": DAYS_A_WEEK * ONE_DAY,
    "星期": DAYS_A_WEEK * ONE_DAY,
    "礼拜": DAYS_A_WEEK * ONE_DAY,
}
SHORT_UNITS = frozenset({"小时", "钟头", "钟", "h", "分钟", "min", "刻钟"})
HALF_A_MONTH = 15
MAX_COUNT = 2000

Found = tuple[int, Span]


def read(text: str, at: int, now: datetime) -> Found | None:
    """The length that is written at `at`, counted from `now`."""
    reader = READERS.get(text[at])
    return reader(text, at, now) if reader else None


def _lasting(text: str, at: int, now: datetime) -> Found | None:
    found = LASTING.match(text, at)
    if not found:
        return None
    counts = _counts(found)
    if counts is None or COUNTS_FROM_ELSEWHERE.search(text, max(0, at - 14), at):
        return None
    unit = found["unit"].removeprefix("个").lower()
    low, high, minutes = counts
    doubt = low != high or (found["more"] or "").endswith("多")
    if found["within"]:
        if POLICY.match(text, found.end()):
            return None
        span = Span(now, _on(now, high, unit) + minutes)
    elif found["after"]:
        span = _at(now, low, high, unit, minutes)
    elif unit == "日" or OF_AN_EVENT.search(text, max(0, at - 2), at):
        return None
    else:
        span = _at(now, -high, -low, unit, -minutes)
    return found.end(), replace(span, ambiguous=doubt or span.ambiguous)


def limit(now: datetime, count: float, unit: str) -> datetime:
    """So many hours, days, months from now."""
    return _on(now, count, unit)


def after(now: datetime, count: float, unit: str) -> Span:
    """三天后, 半小时后."""
    return _at(now, count, count, unit, timedelta())


def _passing(text: str, at: int, now: datetime) -> Found | None:
    """过两天: the day after that; nobody means exactly two."""
    found = PASSING.match(text, at)
    counts = _counts(found) if found else None
    if not found or counts is None:
        return None
    low, high, minutes = counts
    span = _at(now, low, high, found["unit"].removeprefix("个").lower(), minutes)
    idiom = found["count"] in ("两", "2") and found["unit"] == "天"
    return found.end(), span.doubtful() if idiom or low != high else span


def _coming(text: str, at: int, now: datetime) -> Found | None:
    found = COMING.match(text, at)
    counts = _counts(found) if found else None
    if not found or counts is None:
        return None
    unit = found["unit"].removeprefix("个").lower()
    past = found["which"] in ("过去", "近", "最近", "前")
    if found["which"] == "前" and (
        unit == "日" or not STANDS_ALONE.search(text, max(0, at - 1), at)
    ):
        return None
    if found["which"][0] == "这":
        if unit != "天" or found["half"] or counts[0] <= 1:
            return None
        today = midnight(now.date(), now)
        return found.end(), Span(today, today + counts[1] * ONE_DAY, ambiguous=True)
    other = _on(now, -counts[1] if past else counts[1], unit)
    return found.end(), Span(min(now, other), max(now, other), ambiguous=True)


def _counts(found: re.Match[str]) -> tuple[float, float, timedelta] | None:
    """How many at least and at most, and the minutes beside the hours."""
    if found["half"]:
        low = high = 0.5
    elif found["low"]:
        first, last = number(found["low"]), number(found["high"])
        if first is None or last is None or not first < last:
            return None
        low, high = first, last
    elif "." in found["count"]:
        low = high = float(found["count"])
    else:
        both = pair(found["count"])
        if both is None:
            return None
        low, high = both
    if found["and_half"] or (found["more"] or "").endswith("半"):
        low, high = low + 0.5, high + 0.5
    minutes = number(found["minutes"]) or 0
    if not 0 < high <= MAX_COUNT:
        return None
    return low, high, timedelta(minutes=minutes)


def _at(now: datetime, low: float, high: float, unit: str, minutes: timedelta) -> Span:
    """半小时后 is a moment, 三天后 a day, 三年前 a year."""
    first, last = _on(now, low, unit) + minutes, _on(now, high, unit) + minutes
    if unit in SHORT_UNITS:
        return Span(first, last, Grain.MOMENT if first == last else Grain.PART)
    if unit == "年" and -1 < low < 0:
        return month(first.year, first.month, now).doubtful()
    if unit == "年" and low < 0:
        return whole_year(first.year, now).doubtful()
    if unit == "月" and low <= -1:
        return month(first.year, first.month, now).doubtful()
    if first.date() == last.date():
        return replace(one_day(first.date(), now), ambiguous=unit.endswith("作日"))
    return Span(midnight(first.date(), now), midnight(last.date() + ONE_DAY, now))


def _on(now: datetime, count: float, unit: str) -> datetime:
    if unit.endswith("日") and len(unit) > 1:
        return datetime.combine(_working_day(now.date(), int(count)), now.timetz())
    if unit in ("年", "月"):
        months = MONTHS_A_YEAR if unit == "年" else 1
        whole = int(count * months)
        rest = round((count * months - whole) * 2) * HALF_A_MONTH
        return months_on(now, whole) + rest * ONE_DAY
    return now + count * LENGTHS[unit]


@lru_cache(maxsize=1024)
def _working_day(day: date, count: int) -> date:
    """So many official working days later, or earlier."""
    step = ONE_DAY if count > 0 else -ONE_DAY
    left = min(abs(count), MAX_COUNT)
    while left > 0:
        day += step
        is_weekend = day.isoweekday() > DAYS_A_WEEK - 2
        works = public_days.is_make_up_day(day) or not (is_weekend or public_days.holiday_name(day))
        left -= works
    return day


READERS: dict[str, Callable[[str, int, datetime], Found | None]] = {
    **dict.fromkeys("0123456789零一二两俩三四五六七八九十百半", _lasting),
    **dict.fromkeys("再", _passing),
    "过": lambda text, at, now: _passing(text, at, now) or _coming(text, at, now),
    **dict.fromkeys("未接今往近最这前", _coming),
}
