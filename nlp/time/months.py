"""Months, with the days and the parts that follow them: 3月2号, 下个月15号, 8月底, 第一个周二."""

import re

from nlp.time import span as spans
from nlp.time.scene import DATE_UNIT, OF, TO, Found, Scene, placed
from nlp.time.span import ONE_DAY, Grain, Span
from nlp.time.words import AWAY, SMALL, WEEKDAYS, S, number, pair

MONTH_UNIT = r"月(?![龄花租嫂饼薪子票刊卡均亮牌光影球经]|结(?![款清束账])|付(?!款)|供(?![货应])|费)"
MONTH = re.compile(rf"(?:(?P<first>{SMALL}){TO})?(?P<month>{SMALL}|元){S}{MONTH_UNIT}(?:份(?!额))?")
MONTH_AWAY = re.compile(
    r"(?P<which>上{1,3}|下{1,3}|这|本|当)(?:一?个|一)?月(?:份(?!额))?(?![租饼薪供])"
)
MONTH_PART = re.compile(
    rf"{OF}(?:月)?(?P<part>初(?![一二三四五六七八九十])|上中旬|中上旬|中下旬|上旬|中旬|下旬"
    rf"|中(?![国心标间文医午秋型部])|底(?![价盘商线薪层])|末)"
)
NTH = re.compile(
    rf"{OF}(?:第(?P<nth>[一二三四五1-5])|(?P<last>最后一))个?(?:周|星期"
    rf"|礼拜)(?P<day>[一二三四五六日天])?"
)
EDGE = re.compile(rf"{OF}(?:底的?)?(?:(?P<first>第一天)|最后一天)")
DATE = re.compile(rf"{OF}(?P<first>{SMALL}){TO}(?P<date>{SMALL}){S}{DATE_UNIT}")
ONE_DATE = re.compile(
    rf"{OF}(?P<date>{SMALL}){S}{DATE_UNIT}"
    r"|(?P<bare>[0-9]{1,2})(?![0-9.]"
    r"|[万千百kKwW个台套件箱吨元块人名家条只支把盒瓶次米寸折%％倍点]|[月年])"
    r"|(?P<spoken>[一二三四五六七八九](?=之?[前后]|以[前后]|当天|放假)"
    r"|[二三]?十[一二三四五六七八九]?"
    r"|廿[一二三四五六七八九])(?![万千百个多几来台套件箱吨元块人名家条只支把盒瓶次米寸折倍点]"
    r")"
)


def month(text: str, at: int, scene: Scene) -> Found | None:
    return month_in(text, at, None, scene)


def month_in(text: str, at: int, year: int | None, scene: Scene) -> Found | None:
    found = MONTH.match(text, at)
    if not found:
        return None
    now, end = scene.now, found.end()
    both = (1, 1) if found["month"] == "元" else pair(found["month"])
    if both is None or not 1 <= both[0] <= both[1] <= spans.MONTHS_A_YEAR:
        return None
    first, last = both
    if found["first"]:
        first = number(found["first"]) or 0
        if not 1 <= first <= spans.MONTHS_A_YEAR:
            return None
    if scene.left and year is None:
        year = scene.left.start.year + int(last < scene.left.start.month)
    if first != last:
        begin = year or spans.month_near(last, None, now, past=scene.past).start.year
        span = spans.months(begin, first, last + 12 * (last < first), now)
        return end, span if found["first"] else span.doubtful()
    return _in_month(text, end, year, last, scene)


def month_away(text: str, at: int, scene: Scene) -> Found | None:
    found = MONTH_AWAY.match(text, at)
    if not found:
        return None
    which = found["which"]
    whole = spans.month(scene.now.year, scene.now.month + AWAY.get(which, 0), scene.now)
    if which == "当":
        return None
    inside = _in_month(text, found.end(), whole.start.year, whole.start.month, scene)
    return inside or (found.end(), whole)


def _in_month(text: str, end: int, year: int | None, month: int, scene: Scene) -> Found | None:
    """What follows the month: its days, or its beginning, middle or end."""
    now = scene.now
    if dated := DATE.match(text, end) or ONE_DATE.match(text, end):
        return _dated(dated, year, month, scene)
    nth, edge = NTH.match(text, end), EDGE.match(text, end)
    if nth or edge:
        whole = (
            spans.month(year, month, now)
            if year
            else spans.month_near(month, None, now, past=scene.past)
        )
        if edge:
            return edge.end(), _edge(whole, first=bool(edge["first"]))
        return (nth.end(), _nth(nth, whole)) if nth else None
    part = MONTH_PART.match(text, end)
    name = part["part"] if part else None
    stop = part.end() if part else end
    if year:
        whole = spans.month(year, month, now)
        return stop, spans.month_part(whole, name) if name else whole
    return stop, spans.month_near(month, name, now, past=scene.past)


def _dated(found: re.Match[str], year: int | None, month: int, scene: Scene) -> Found | None:
    """12号, 12-15号, 十五六号 of a month."""
    figures = found.groupdict()
    days = pair(found["date"] or figures["bare"] or figures["spoken"])
    if days is None:
        return None
    first, last = days
    if figures.get("first"):
        first = number(found["first"]) or 0
        if not 0 < first < last:
            return None
    begin = _date(year, month, first, scene)
    if begin is None or first == last:
        return placed(found.end(), begin)
    until = spans.date_in(begin.start.year, month, last, scene.now)
    doubt = days[0] != days[1]
    return placed(found.end(), until and Span(begin.start, until.end, ambiguous=doubt))


def _edge(month: Span, *, first: bool) -> Span:
    """第一天, 最后一天."""
    start = month.start if first else month.end - ONE_DAY
    return Span(start, start + ONE_DAY, Grain.DAY)


def _nth(found: re.Match[str], month: Span) -> Span:
    """第一个周二, 第二周; a month's first week is that of its first Monday."""
    last_one, day = bool(found["last"]), WEEKDAYS.get(found["day"] or "")
    first = month.start + ((day or 1) - month.start.isoweekday()) % spans.DAYS_A_WEEK * ONE_DAY
    count = 4 if last_one else (number(found["nth"]) or 1) - 1
    start = first + count * spans.DAYS_A_WEEK * ONE_DAY
    if last_one and start >= month.end:
        start -= spans.DAYS_A_WEEK * ONE_DAY
    if day:
        return Span(start, start + ONE_DAY, Grain.DAY)
    return Span(start, start + spans.DAYS_A_WEEK * ONE_DAY, ambiguous=True)


def _date(year: int | None, month: int, day: int, scene: Scene) -> Span | None:
    if year:
        return spans.date_in(year, month, day, scene.now)
    return spans.date_near(month, day, scene.now, past=scene.past)
