"""Dates in figures: 2026-3-15, 20260315, 2026.03, 4.15, 4/15."""

import re
from datetime import datetime

from nlp.time import span as spans
from nlp.time.scene import Found, Scene, placed
from nlp.time.span import Span

NUMERIC = re.compile(
    r"(?P<us>(?P<um>1[0-2]|0?[1-9])(?P<us_sep>[/\-])(?P<ud>3[01]|[12][0-9]|0?[1-9])(?P=us_sep)"
    r"(?P<uy>20[0-9]{2})(?![0-9]|[/\-][0-9]*(?<!-)[0-9]))"
    r"|(?P<iso>(?P<y>(?:19|20)[0-9]{2}|2[4-9]|3[0-5])(?P<sep>[-/.])(?P<m>1[0-2]|0?[1-9])(?:(?P=sep)"
    r"|[-/.])(?P<d>3[01]|[12][0-9]|0?[1-9])(?![0-9]|(?P=sep)[0-9]))"
    r"|(?P<solid>20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?![0-9A-Za-z]))"
    r"|(?P<month>(?P<my>20[0-9]{2})[-/.](?P<mm>0[1-9]|1[0-2]|(?<=[/.])[1-9])(?![0-9]|[-/.][0-9]))"
    r"|(?P<md>(?P<fm>1[0-2]|0?[1-9])(?P<dot>[./·])(?P<fd>3[01]|[12][0-9]|0?[1-9])(?![0-9]"
    r"|[./·:][0-9])(?P<unit>[日号])?)"
    r"|(?P<dash>(?P<dm>0[1-9]|1[0-2])-(?P<dd>0[1-9]|[12][0-9]|3[01])(?![0-9]|[-/.:][0-9]))"
)
HOLDS_NUMBER = re.compile(
    r"(?:[0-9A-Za-z_\-./·#@+$¥￥]|单号|订单|编号|批次|批号|合同|号码|型号|款号|版本|税号"
    r"|账号|卡号)$"
)
PRICED = re.compile(
    r"(?:价|元|块|钱|预算|优惠|打|约|系数|尺寸|规格|版|率|比|重|长|宽|高|厚|净|各|才|只要|卖"
    r"|报)[^,。;!?\n]{0,2}$"
)
ASKED = re.compile(
    r"(?:日期|时间|截止|截至|期限|交期|在|于|到|等|定|从|改|排|约|前|月底|最[迟晚]"
    r"|[::])[^,。;!?\n0-9]{0,2}$"
)
DATE_FOLLOWS = re.compile(
    r" ?(?:前|之前|以前|后|之后|以后|号|日|到(?! ?[0-9])|[(]?(?:周|星期)[一二三四五六日天]"
    r"|上午|下午|中午|早|晚|交|发|开|来|去|出|放|送|截|入|提|付|安|先|要|给|过|签|上|收|验"
    r"|[0-9]{1,2}[:点])"
)
MEASURED = re.compile(
    r" ?(?:[万千百亿wWkK%％元块折寸英尺厘毫公米斤克吨升倍度个台套件箱只支条把盒瓶包米分秒次家"
    r"人名款版代A-Za-z月年小立平一/]|美|欧|港|号?(?:线|楼))"
)


ANOTHER = re.compile(
    r" ?(?:到|至|-|~|—) ?(?:1[0-2]|0?[1-9])[./·](?P<day>3[01]|[12][0-9]|0?[1-9])(?![0-9.])"
)
"""The other end of 4.20-4.25, and of 1.5-2.5万."""
SMALL_WORLD = 8
"""How many characters before it tell what a number is."""


def in_figures(text: str, at: int, scene: Scene) -> Found | None:  # noqa: PLR0911 (one a form)
    """A date without 年, 月 or 日, where nothing makes it another number."""
    found = NUMERIC.match(text, at)
    before = text[max(0, at - SMALL_WORLD) : at]
    if not found or (not scene.left and HOLDS_NUMBER.search(before)):
        return None
    now, end, solid = scene.now, found.end(), found["solid"]
    if found["iso"]:
        return placed(end, spans.date_in(_year(found["y"]), int(found["m"]), int(found["d"]), now))
    if found["us"]:
        return placed(end, _american(found, now))
    if solid:
        return placed(end, spans.date_in(int(solid[:4]), int(solid[4:6]), int(solid[6:]), now))
    if found["month"]:
        return end, spans.month(int(found["my"]), int(found["mm"]), now)
    if not scene.left and not found["unit"] and not _is_date(found, before):
        return None
    month, day = int(found["fm"] or found["dm"]), int(found["fd"] or found["dd"])
    if scene.left:
        year = scene.left.start.year + int(month < scene.left.start.month)
        return placed(end, spans.date_in(year, month, day, now))
    return placed(end, spans.date_near(month, day, now, past=scene.past))


def _american(found: re.Match[str], now: datetime) -> Span | None:
    """3/15/2026; 3/5/2026 is in May to many."""
    month, day = int(found["um"]), int(found["ud"])
    span = spans.date_in(int(found["uy"]), month, day, now)
    return span.doubtful() if span and day <= spans.MONTHS_A_YEAR and day != month else span


def _year(written: str) -> int:
    return int(written) if len(written) > len("26") else 2000 + int(written)


def _is_date(found: re.Match[str], before: str) -> bool:
    """4.15 as a day of April, not as a price or a size."""
    text, end = found.string, found.end()
    another = ANOTHER.match(text, end)
    if another:
        has_two_digits = max(len(found["fd"] or found["dd"]), len(another["day"])) > 1
        return not MEASURED.match(text, another.end()) and (
            (has_two_digits and not PRICED.search(before)) or ASKED.search(before) is not None
        )
    follows = DATE_FOLLOWS.match(text, end)
    if follows or (ASKED.search(before) and not MEASURED.match(text, end)):
        return True
    if MEASURED.match(text, end):
        return False
    if len(found["fd"] or found["dd"]) == 1:
        return False
    is_all = found.start() == 0 and end == len(text)
    return is_all or not (found["dash"] or PRICED.search(before))
