"""Holidays, and days of the Chinese calendar: 国庆期间, 双11, 正月初八, 农历八月十五."""

import re
from dataclasses import replace
from datetime import datetime

from nlp.time import holidays, lunar
from nlp.time import span as spans
from nlp.time.scene import Found, Scene, placed
from nlp.time.span import ONE_DAY, Grain, Span
from nlp.time.words import LUNAR_MONTHS, number

LUNAR = re.compile(
    r"(?:农历|阴历|旧历)?(?P<twice>二月二(?:龙抬头)?|三月三|龙抬头)(?![十0-9号日点台个])"
    r"|(?P<old>农历|阴历|旧历)?(?:(?P<year>20[0-9]{2})年"
    r"|的)?(?P<leap>闰)?(?P<month>[正一二三四五六七八九十冬腊][一二]?"
    r"|[0-9]{1,2})月(?:份(?!额))?"
    r"(?P<day>初[一二三四五六七八九十]|初?[0-9]{1,2}(?![0-9月])"
    r"|[一二]?十[一二三四五六七八九]?|二十[一二三四五六七八九]?|三十"
    r"|廿[一二三四五六七八九]?)?(?:[日号])?"
    r"|(?:大?年|正月)(?P<new>初[一二三四五六七八九十])"
    r"|(?P<first>初[一二三四五六七八九十])(?![中级])"
)
HOLIDAY = re.compile(
    rf"(?P<name>{'|'.join(sorted(holidays.NAMES, key=len, reverse=True))})"
    r"(?P<feast>节(?![气目省约日奏能]))?(?:小长假|长假|假期|黄金周|放假|大促|活动|当天|那天|期间)?"
)
NO_HOLIDAY = re.compile(
    r"[^,。;!?！？\n]{0,6}(?:快乐|安康|愉快|吉祥|大吉)|路|广场|大街|大道|礼[盒品包]?|月饼"
    r"|粽子?|档|狂欢|[月号日点个年级届十百千万一二三四五六七八九0-9]|团购|轻|伙|班|幼|新村|村"
    r"|小学|中学|公园"
)
SIDE_OF_HOLIDAY = re.compile(
    r"(?P<span>小长假|长假|假期|黄金周|期间|放假期间|假期期间)(?!快乐|愉快)"
    r"|(?P<day>当天|那天|当日|正日)|(?P<off>小?长?假期?|放假|大促|活动|节|促销)?(?=之?前|以前"
    r"|之?后|以后|过后)|(?=放假|回来)"
)
DAY_FOLLOWS = re.compile(r"(?:就|也|我们|咱们?)?(?:要|想|得|能|会|备货|开始|用|必须|来不|来得|赶)")
DAY_LEADS = re.compile(r"(?:赶|赶在|等|等到|到|为了)$")
FEAST_DAYS = {"国庆": (10, 1), "十一": (10, 1), "五一": (5, 1), "劳动节": (5, 1), "元旦": (1, 1)}
TWICE = {"二月二": (2, 2), "龙抬头": (2, 2), "三月三": (3, 3)}
FAR = 60
"""初八, said more days before, is no day of the first lunar month."""
FEAST_LUNAR = {"春节": (1, 1), "过年": (1, 1), "端午": (5, 5), "中秋": (8, 15)}


def lunar_date(text: str, at: int, scene: Scene) -> Found | None:
    return lunar_in(text, at, None, scene)


def lunar_in(text: str, at: int, year: int | None, scene: Scene) -> Found | None:
    found = LUNAR.match(text, at)
    if not found:
        return None
    now = scene.now
    if found["year"]:
        year = int(found["year"])
    said = _lunar_day(found)
    if said is None:
        return None
    month, on = said
    leap = bool(found["leap"])
    if year is not None:
        span = _lunar_span(year, month, on, leap, now)
        return placed(found.end(), span)
    this = lunar.year_of(now.date())
    for one in (this, this - 1) if scene.past else (this, this + 1):
        span = _lunar_span(one, month, on, leap, now)
        if span and (span.start <= now if scene.past else span.end > now):
            # 初八 alone is said around the Spring Festival.
            if found["first"] and (span.start - now).days > FAR:
                return None
            return found.end(), span
    return None


def _lunar_day(found: re.Match[str]) -> tuple[int, int | None] | None:
    """Month and day; no day where the whole month is meant."""
    twice = TWICE.get((found["twice"] or "")[:3])
    if twice:
        return twice
    new = found["new"] or found["first"]
    if new:
        return 1, number(new.removeprefix("初"))
    day, name = found["day"], found["month"]
    month = LUNAR_MONTHS.get(name) or number(name) or 0
    says_so = found["old"] or found["leap"] or name in LUNAR_MONTHS
    if not says_so and not (day and day[0] in "初廿" and len(day) > 1):
        return None
    on = number(day.removeprefix("初")) if day else None
    if not 1 <= month <= spans.MONTHS_A_YEAR or (day and on is None):
        return None
    return month, on


def _lunar_span(year: int, month: int, on: int | None, leap: bool, now: datetime) -> Span | None:
    if on is None:
        whole = lunar.months_of(year).get((month, leap))
        return spans.days(*whole, now) if whole else None
    day = lunar.day(year, month, on, leap=leap)
    return spans.one_day(day, now) if day else None


def holiday(text: str, at: int, scene: Scene) -> Found | None:
    return holiday_in(text, at, None, scene)


def holiday_in(text: str, at: int, year: int | None, scene: Scene) -> Found | None:
    found = HOLIDAY.match(text, at)
    if not found:
        return None
    name, end = found["name"], found.end("feast") if found["feast"] else found.end("name")
    beside_word = SIDE_OF_HOLIDAY.match(text, end)
    if not beside_word:
        bare = year is None and name in holidays.ONLY_BESIDE and not found["feast"]
        if (bare and not _is_meant(text, at, end, name)) or NO_HOLIDAY.match(text, end):
            return None
    elif beside_word["span"]:
        end = beside_word.end("span")
    elif beside_word["day"] and name in holidays.PUBLIC:
        span = _holiday_span(name, year, scene)
        day = span and replace(_first_day(name, span), grain=Grain.DAY)
        return placed(beside_word.end("day"), day)
    elif beside_word["day"]:
        end = beside_word.end("day")
    elif beside_word["off"]:
        end = beside_word.end("off")
    span = _holiday_span(name, year, scene)
    return placed(end, span)


def _is_meant(text: str, at: int, end: int, name: str) -> bool:
    """双11要备货, 赶在618上线: the day, not the sale."""
    if name not in holidays.SHOPPING:
        return False
    return bool(DAY_FOLLOWS.match(text, end) or DAY_LEADS.search(text, max(0, at - 2), at))


def _holiday_span(name: str, year: int | None, scene: Scene) -> Span | None:
    return holidays.named(name, scene.now, year=year, past=scene.past)


def _first_day(name: str, off: Span) -> Span:
    """国庆当天 is 1 October, whichever days are off."""
    year = (off.end - ONE_DAY).year
    if name in FEAST_LUNAR:
        day = lunar.day(year, *FEAST_LUNAR[name])
        return spans.one_day(day, off.start) if day else off
    if name in FEAST_DAYS:
        return spans.date_in(year, *FEAST_DAYS[name], off.start) or off
    return Span(off.start, off.start + ONE_DAY, ambiguous=True)
