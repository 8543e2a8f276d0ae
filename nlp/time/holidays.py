"""The days that have a name: public holidays with their days off, festivals, shopping days."""

from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from functools import lru_cache

from config import public_days
from nlp.time import lunar
from nlp.time.span import DAYS_A_WEEK, MONTHS_A_YEAR, ONE_DAY, Grain, Span, midnight

PUBLIC = {
    "元旦": "元旦",
    "春节": "春节",
    "过年": "春节",
    "清明": "清明节",
    "五一": "劳动节",
    "五一劳动节": "劳动节",
    "劳动节": "劳动节",
    "端午": "端午节",
    "中秋": "中秋节",
    "国庆": "国庆节",
    "十一": "国庆节",
    "十一国庆": "国庆节",
    "国庆中秋": "国庆节",
    "中秋国庆": "国庆节",
}
"""Their span is that of the days off."""

FIXED = {
    "情人节": (2, 14),
    "妇女节": (3, 8),
    "三八": (3, 8),
    "女神节": (3, 8),
    "女生节": (3, 7),
    "植树节": (3, 12),
    "愚人节": (4, 1),
    "青年节": (5, 4),
    "儿童节": (6, 1),
    "六一": (6, 1),
    "六一儿童节": (6, 1),
    "三八妇女节": (3, 8),
    "五四青年节": (5, 4),
    "618": (6, 18),
    "六一八": (6, 18),
    "建党节": (7, 1),
    "建军节": (8, 1),
    "教师节": (9, 10),
    "万圣": (10, 31),
    "双十一": (11, 11),
    "双11": (11, 11),
    "光棍节": (11, 11),
    "双十二": (12, 12),
    "双12": (12, 12),
    "平安夜": (12, 24),
    "圣诞": (12, 25),
}
"""Month and day of the calendar."""

LUNAR = {
    "元宵": (1, 15),
    "七夕": (7, 7),
    "中元节": (7, 15),
    "重阳": (9, 9),
    "腊八": (12, 8),
    "小年": (12, 23),
}
"""Month and day of the Chinese calendar."""

SUNDAYS = {"母亲节": (5, 7, 2), "父亲节": (6, 7, 3), "感恩节": (11, 4, 4)}
"""Month, weekday, and the how many-th of that month."""

SALES = {"黑五": 1, "黑色星期五": 1, "网一": 4, "网络星期一": 4}
"""So many days after Thanksgiving."""

EVES = ("除夕", "大年三十", "年三十", "年夜")
BREAKS = {"暑假": (7, 1, 9, 1)}
"""School holidays, roughly: from month and day until month and day."""

NAMES = (*PUBLIC, *FIXED, *LUNAR, *SUNDAYS, *SALES, *EVES, *BREAKS, "寒假")
SHOPPING = frozenset({"618", "六一八", "双十一", "双11", "双十二", "双12"})
ONLY_BESIDE = SHOPPING | {"十一", "过年", "三八"}
"""十一 is a number and 双11 an advertisement, unless 前, 后 or 期间 follows."""


@lru_cache(maxsize=512)
def days_of(name: str, year: int) -> tuple[date, date, bool] | None:
    """First and last day of it in that year, and whether they are certain."""
    if not MINYEAR < year < MAXYEAR:
        return None
    if name in PUBLIC:
        found = public_days.holiday_span(PUBLIC[name], year)
        return (*found, public_days.is_published(found[0])) if found else None
    day: date | None
    if name in FIXED:
        day = date(year, *FIXED[name])
    elif name in LUNAR:
        number, on = LUNAR[name]
        # The last month of a lunar year falls into the next year's January or February.
        day = lunar.day(year - (number == MONTHS_A_YEAR), number, on)
    elif name in SUNDAYS:
        day = _nth_weekday(year, *SUNDAYS[name])
    elif name in SALES:
        day = _nth_weekday(year, *SUNDAYS["感恩节"]) + timedelta(SALES[name])
    elif name in EVES:
        day = lunar.last_day(year - 1)
    else:
        return _school_break(name, year)
    return (day, day, name != "小年") if day else None


@lru_cache(maxsize=512)
def _next_public(day: date) -> tuple[str, int]:
    """The public holiday that runs on this day or comes next, and its year."""
    coming = []
    for name in ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆"):
        for year in (day.year, day.year + 1):
            found = days_of(name, year)
            if found and found[1] >= day:
                coming.append((found[0], name, year))
    _, name, year = min(coming)
    return name, year


def named(name: str, now: datetime, *, year: int | None = None, past: bool = False) -> Span | None:
    """The one that runs or comes next, that of a year, or the last one."""
    if year is not None:
        return _span(name, year, now)
    years = range(now.year, now.year - 3, -1) if past else range(now.year, now.year + 3)
    for one in years:
        span = _span(name, one, now)
        if span and (span.start <= now if past else span.end > now):
            return span
    return None


def coming_public(now: datetime) -> Span | None:
    """节: the holiday that runs or comes next; doubtful where it is far away."""
    name, year = _next_public(now.date())
    span = _span(name, year, now)
    return span.doubtful() if span and span.start - now > timedelta(30) else span


def days_after(span: Span) -> Span:
    """国庆后: seven days from the first day after it."""
    return replace(span, start=span.end, end=span.end + DAYS_A_WEEK * ONE_DAY)


def _span(name: str, year: int, now: datetime) -> Span | None:
    found = days_of(name, year)
    if found is None:
        return None
    first, last, certain = found
    grain = Grain.DAY if first == last else Grain.STRETCH
    start, end = midnight(first, now), midnight(last + ONE_DAY, now)
    return Span(start, end, grain, ambiguous=not certain)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((weekday - first.isoweekday()) % DAYS_A_WEEK + 7 * (nth - 1))


def _school_break(name: str, year: int) -> tuple[date, date, bool] | None:
    if name in BREAKS:
        from_month, from_day, month, day = BREAKS[name]
        return date(year, from_month, from_day), date(year, month, day) - ONE_DAY, False
    spring = lunar.day(year, 1, 1)
    return (spring - timedelta(20), spring + timedelta(14), False) if spring else None
