"""Years, with what belongs to them: 明年Q1, 26年底, 去年双11, 2018-2020年."""

import re
from datetime import datetime

from nlp.time import span as spans
from nlp.time.feasts import holiday_in, lunar_in
from nlp.time.months import month_in
from nlp.time.quarters import HALF, half_number, quarter_in
from nlp.time.scene import OF, TO, Found, Scene, placed
from nlp.time.span import Span
from nlp.time.words import DIGITS, SEASONS, YEARS_AWAY, S, number

YEAR = re.compile(
    rf"(?:(?P<four>(?:19|20)[0-9]{{2}}|二[零〇][一二三四五六七八九零〇]{{2}}"
    rf"|两千(?:[零〇][一二三四五六七八九])?)"
    rf"|(?P<two>[0-9]{{2}}|[零〇][一二三四五六七八九]|二[四五六七八九]|九[零〇五六七八九]))"
    rf"{S}年(?:度(?!假))?(?![款级版份报货]|新款|前|以前|之前)"
    r"|(?P<digits>20[0-9]{2})(?=[Qq][1-4])"
    r"|(?P<near>大前|大后|前|去|今|明|后)年(?:度(?!假))?(?![轻级龄份])"
    r"|(?P<step>上一?|下一|本)年(?:度(?!假))?(?![级龄纪])"
)
YEARS = re.compile(rf"(?P<first>(?:19|20)[0-9]{{2}}){TO}(?P<last>(?:19|20)[0-9]{{2}}){S}年(?!款)")
YEAR_PART = re.compile(
    rf"{OF}(?:年)?(?P<part>初(?![一二三四五六七八九十中])|中(?![国心标间文医午秋型])"
    rf"|底(?![价盘商])|末)"
)
FIGURES = re.compile(
    r" ?(?P<month>1[0-2]|0?[1-9])[./·](?P<date>3[01]|[12][0-9]|0?[1-9])"
    r"(?![0-9.%]|[万千元块])[日号]?"
)
"""2026年4.20"""
FIRST_MONTHS = re.compile(
    rf"{OF}(?:(?P<side>[前后])(?P<count>[一二两三四五六七八九十]{{1,2}}|[0-9]{{1,2}}){S}个?(?P<unit>月|季度)|(?P<one>首月))"
)
SEASON = re.compile(rf"{OF}[开入]?(?P<season>[春夏秋冬])(?:天|季(?!度))?(?!节|[装款])")
TODAY = re.compile(r"今[天日]")
LINK = re.compile(OF)
BEFORE_A_YEAR = re.compile(r"(20[0-9]{2}) ?年(?=之?前|以前)|(?P<near>明|后)年(?=之?前|以前)")
LASTS = re.compile(r"[多来以后前内的]?(?:以上|经验|历史|质保|保修|寿命|时间|老|了|租期|期)")
LASTED = re.compile(
    r"(?:质保|保修|用|干|做|近|合作|超|超过|共|约|满|已|达|开|整整|有|第|租|签|[0-9])$"
)
LAST_CENTURY = 70
"""70年 to 99年 are the last century's."""
NEAR = 3
"""27年 alone is a year only where it is as near as that."""


def year(text: str, at: int, scene: Scene) -> Found | None:
    """A year, with the month, quarter or holiday that belongs to it."""
    found = YEAR.match(text, at)
    if not found:
        return _year_before(text, at, scene)
    now = scene.now
    if found["four"] or found["digits"]:
        year = _year_number(found["four"] or found["digits"])
    elif found["two"]:
        year = _year_of_two(found["two"])
    elif found["near"]:
        year = now.year + YEARS_AWAY[found["near"]]
    else:
        year = now.year + {"上": -1, "下": 1, "本": 0}[found["step"][0]]
    end = found.end()
    within = _within_year(text, end, year, scene)
    if within:
        return within
    is_sure = not found["two"] or text[at] in "零〇"
    if not is_sure and (abs(year - now.year) > NEAR or not _is_year(text, at, end)):
        return None
    return end, spans.whole_year(year, now)


def years(text: str, at: int, scene: Scene) -> Found | None:
    """2018-2020年."""
    found = YEARS.match(text, at)
    if not found or not int(found["first"]) < int(found["last"]):
        return None
    first, last = (spans.whole_year(int(found[one]), scene.now) for one in ("first", "last"))
    return found.end(), Span(first.start, last.end)


def _year_before(text: str, at: int, scene: Scene) -> Found | None:
    """2027年前: 年 belongs to the year and 前 to the deadline."""
    found = BEFORE_A_YEAR.match(text, at)
    if not found:
        return None
    year = int(found[1]) if found[1] else scene.now.year + YEARS_AWAY[found["near"]]
    return found.end(), spans.whole_year(year, scene.now)


def _within_year(text: str, at: int, year: int, scene: Scene) -> Found | None:  # noqa: PLR0911
    now = scene.now
    gap = LINK.match(text, at)
    at = gap.end() if gap else at
    for reader in (lunar_in, month_in, quarter_in, holiday_in):
        found = reader(text, at, year, scene)
        if found:
            return found
    today = TODAY.match(text, at)
    if today:
        return placed(today.end(), spans.date_in(year, now.month, now.day, now))
    figures = FIGURES.match(text, at)
    if figures:
        day = spans.date_in(year, int(figures["month"]), int(figures["date"]), now)
        return placed(figures.end(), day)
    several = FIRST_MONTHS.match(text, at)
    if several:
        return placed(several.end(), _several(several, year, now))
    part = YEAR_PART.match(text, at)
    if part:
        return part.end(), spans.year_part(year, part["part"], now)
    half = HALF.match(text, at)
    if half and half["of"] != "月":
        return half.end(), spans.half_year(year, half_number(half), now)
    season = SEASON.match(text, at)
    if season:
        first, last = SEASONS[season["season"]]
        return season.end(), spans.months(year, first, last, now).doubtful()
    return None


def _several(found: re.Match[str], year: int, now: datetime) -> Span | None:
    """前三季度, 前五个月, 后三个月, 首月 of a year."""
    if found["one"]:
        return spans.months(year, 1, 1, now)
    count = number(found["count"]) or 0
    count *= spans.MONTHS_A_QUARTER if found["unit"] == "季度" else 1
    if not 0 < count <= spans.MONTHS_A_YEAR:
        return None
    if found["side"] == "前":
        return spans.months(year, 1, count, now)
    return spans.months(year, spans.MONTHS_A_YEAR - count + 1, spans.MONTHS_A_YEAR, now)


def _year_number(written: str) -> int:
    if written.isdigit() and written.isascii():
        return int(written)
    if written.startswith("两千"):
        return 2000 + (number(written[2:]) or 0)
    return int("".join(str(DIGITS.find(char)) for char in written.replace("〇", "零")))


def _year_of_two(written: str) -> int:
    """26年 is 2026, 98年 is 1998."""
    if not written.isascii():
        written = "".join(str(DIGITS.find(char)) for char in written.replace("〇", "零"))
    return int(written) + (1900 if int(written) >= LAST_CENTURY else 2000)


def _is_year(text: str, at: int, end: int) -> bool:
    """25年 as a year, not as that many of them."""
    return not LASTS.match(text, end) and not LASTED.search(text, max(0, at - 3), at)
