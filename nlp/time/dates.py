"""Days, weeks, months and years: 下周三, 3月2号, 明年Q1, 月底, 国庆, 正月初八."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from nlp.time import holidays, lunar, span as spans
from nlp.time.span import ONE_DAY, Grain, Span
from nlp.time.tense import is_past
from nlp.time.words import (
    AWAY,
    DAYS_AWAY,
    DIGITS,
    LUNAR_MONTHS,
    SEASONS,
    SMALL,
    WEEKDAYS,
    YEARS_AWAY,
    S,
    number,
    pair,
)

OF = rf"(?:{S}的)?{S}"
TO = r" ?(?:到|至|--?|~|——?|–|、) ?"
NOT_HOUSE = r"(?![楼线店仓院机门库路厂馆桌柜铺室内电座车码文地井炉井泵标商文字馆栋房单元员技])"
DATE_UNIT = rf"(?:日(?![报本历记常用化立均元币产企语系程志])|号{NOT_HOUSE})"
MONTH_UNIT = r"月(?![花租嫂饼薪子票刊卡均亮牌光影球经]|结(?![款清束账])|付(?!款)|供(?![货应])|费)"
WEEKDAY = r"[一二三四五六日天1-7]"
NOT_WEEKDAY = r"(?!(?<=[1-7])[0-9]|围|大福|六福|年庆|总|福|鸣|[工董]|次|岁|边|转|期|报|鹅|[一二三四五六日]?(?:仙|黑鸭))"

RELATIVE = re.compile(
    r"(?P<away>大前|大后|前|昨|今|明|后)(?:天(?!线(?![上下])|免疫|努力|系(?![统列])|因素|形成|培养|性)|日(?![报历本志立]|头条|资本|之星|说法|香|方舟|科技)|儿(?![童子女科媳])个?)"
    r"|(?P<both>明后|今明|昨今|前后)(?:两|2|二)?天"
    r"|(?P<short>昨|今|明|后|前)(?=[早晚晨夜](?![点些会班辈于期报]|饭|餐)|(?:上午|下午|中午|晚上|早上|凌晨)(?<=[昨今明].))"
)
WEEK = re.compile(
    rf"(?P<which>上{{1,3}}|下{{1,3}}|这|本)?(?:一?个|一)?{S}(?:周|星期|礼拜)"
    rf"(?:{OF}(?:周|星期|礼拜)?(?:(?P<end>末(?!端))|(?P<sixth>六[、]?日(?!报))|(?P<day>{WEEKDAY}){NOT_WEEKDAY}"
    rf"(?P<next>[一二三四五六日](?![月号日点时十个周天小分年百千万]))?))?"
)
YEAR = re.compile(
    rf"(?:(?P<four>(?:19|20)[0-9]{{2}}|二[零〇][一二三四五六七八九零〇]{{2}}|两千(?:[零〇][一二三四五六七八九])?)"
    rf"|(?P<two>[0-9]{{2}}|[零〇][一二三四五六七八九]|二[四五六七八九]|九[零〇五六七八九]))"
    rf"{S}年(?:度(?!假))?(?![款级版份]|新款|前|以前|之前)"
    r"|(?P<near>大前|大后|前|去|今|明|后)年(?:度(?!假))?(?![轻级龄份])"
    r"|(?P<step>上一?|下一|本)年(?:度(?!假))?(?![级龄])"
)
YEARS = re.compile(rf"(?P<first>(?:19|20)[0-9]{{2}}){TO}(?P<last>(?:19|20)[0-9]{{2}}){S}年(?!款)")
MONTH = re.compile(rf"(?:(?P<first>{SMALL}){TO})?(?P<month>{SMALL}){S}{MONTH_UNIT}(?:份(?!额))?")
MONTH_AWAY = re.compile(
    r"(?P<which>上{1,3}|下{1,3}|这|本|当)(?:一?个|一)?月(?:份(?!额))?(?![租饼薪供])"
)
MONTH_PART = re.compile(
    rf"{OF}(?:月)?(?P<part>初(?![一二三四五六七八九十])|上旬|中旬|下旬|中(?![国心标间文医午秋型部])|底(?![价盘商线薪层])|末)"
)
NTH = re.compile(
    rf"{OF}(?:第(?P<nth>[一二三四五1-5])|(?P<last>最后一))个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])?"
)
DATE = re.compile(rf"{OF}(?P<first>{SMALL}){TO}(?P<date>{SMALL}){S}{DATE_UNIT}")
ONE_DATE = re.compile(
    rf"{OF}(?P<date>{SMALL}){S}{DATE_UNIT}"
    r"|(?P<bare>[0-9]{1,2})(?![0-9.]|[万千百kKwW个台套件箱吨元块人名家条只支把盒瓶次米寸折%％倍点]|[月年])"
    r"|(?P<spoken>[二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九])(?![万千百个多几来台套件箱吨元块人名家条只支把盒瓶次米寸折倍点])"
)
DAY_OF_MONTH = re.compile(rf"(?:(?P<first>{SMALL}){TO})?(?P<date>{SMALL}){S}{DATE_UNIT}")
LUNAR = re.compile(
    r"(?P<old>农历|阴历|旧历)?(?:(?P<year>20[0-9]{2})年|的)?(?P<leap>闰)?(?P<month>[正一二三四五六七八九十冬腊][一二]?|[0-9]{1,2})月(?:份(?!额))?"
    r"(?P<day>初[一二三四五六七八九十]|初?[0-9]{1,2}(?![0-9月])|[一二]?十[一二三四五六七八九]?|二十[一二三四五六七八九]?|三十|廿[一二三四五六七八九]?)?(?:[日号])?"
    r"|(?:大?年|正月)(?P<new>初[一二三四五六七八九十])"
    r"|(?P<first>初[一二三四五六七八九十])(?![中级])"
)
HOLIDAY = re.compile(
    rf"(?P<name>{'|'.join(sorted(holidays.NAMES, key=len, reverse=True))})"
    r"(?P<feast>节(?![气目省约日奏能]))?(?:小长假|长假|假期|黄金周|放假|大促|活动|当天|那天|期间)?"
)
BREAK = re.compile(r"(?:小长假|长假|假期|黄金周|放假)")
NO_HOLIDAY = re.compile(
    r"[^,。;!?！？\n]{0,6}(?:快乐|安康|愉快|吉祥|大吉)|路|广场|大街|大道|礼[盒品包]?|月饼|粽子?|档|狂欢|[月号日点个年级届十百千万一二三四五六七八九0-9]|团购|轻|伙|班|幼|新村|村|小学|中学|公园"
)
QUARTER = re.compile(
    rf"(?:[Qq](?P<q>[1-4])(?![0-9A-Za-z])|第?(?P<nth>[一二三四1-4首]){S}个?季度|(?P<which>上{{1,2}}|下{{1,2}}|这|本|当)(?:一?个|一)?季度?)"
    r"(?P<part>[初末底](?!价))?"
)
HALF = re.compile(r"(?P<half>[上下])半(?P<of>年|月)|[Hh](?P<h>[12])(?![0-9A-Za-z])")
YEAR_PART = re.compile(
    rf"{OF}(?:年)?(?P<part>初(?![一二三四五六七八九十中])|中(?![国心标间文医午秋型])|底(?![价盘商])|末)"
)
SEASON = re.compile(rf"{OF}(?P<season>[春夏秋冬])(?:天|季(?!度))?(?!节|[装款])")
BARE_PART = re.compile(
    r"(?P<month>月[初中底末](?![价盘薪商])|[上中下]旬)|(?P<year>年[初中底末](?![奖薪价]))|季度?(?P<quarter>[末初底])"
)
NUMERIC = re.compile(
    r"(?P<iso>(?P<y>(?:19|20)[0-9]{2})(?P<sep>[-/.])(?P<m>1[0-2]|0?[1-9])(?:(?P=sep)|[-/.])(?P<d>3[01]|[12][0-9]|0?[1-9])(?![0-9]|(?P=sep)[0-9]))"
    r"|(?P<solid>20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?![0-9A-Za-z]))"
    r"|(?P<month>(?P<my>20[0-9]{2})[-/.](?P<mm>0[1-9]|1[0-2])(?![0-9]|[-/.][0-9]))"
    r"|(?P<md>(?P<fm>1[0-2]|0?[1-9])(?P<dot>[./·])(?P<fd>3[01]|[12][0-9]|0?[1-9])(?![0-9]|[./·:][0-9])(?P<unit>[日号])?)"
    r"|(?P<dash>(?P<dm>0[1-9]|1[0-2])-(?P<dd>0[1-9]|[12][0-9]|3[01])(?![0-9]|[-/.:][0-9]))"
)
HOLDS_NUMBER = re.compile(
    r"(?:[0-9A-Za-z_\-./·:#@+$¥￥]|单号|订单|编号|批次|批号|合同|号码|型号|款号|版本|税号|账号|卡号)$"
)
PRICED = re.compile(
    r"(?:价|元|块|钱|预算|优惠|打|约|系数|尺寸|规格|版|率|比|重|长|宽|高|厚|净|各|才|只要|卖|报)[^,。;!?\n]{0,2}$"
)
ASKED = re.compile(
    r"(?:日期|时间|截止|截至|期限|交期|在|于|到|等|定|从|改|排|约|前|月底|最[迟晚]|[::])[^,。;!?\n0-9]{0,2}$"
)
DATE_FOLLOWS = re.compile(
    r" ?(?:前|之前|以前|后|之后|以后|号|日|到|至|-[0-9]|~|[(]?(?:周|星期)[一二三四五六日天]|上午|下午|中午|早|晚|交|发|开|来|去|出|放|送|截|入|提|付|安|先|要|给|过|签|上|收|验|[0-9]{1,2}[:点])"
)
MEASURED = re.compile(
    r" ?(?:[万千百亿wWkK%％元块折寸英尺厘毫公米斤克吨升倍度个台套件箱只支条把盒瓶包米分秒次家人名款版代mMcCgGLVv月年小]|美|欧|港|号?(?:线|楼))"
)
HOUSE_BEFORE = re.compile(r"(?:[路街弄巷村栋幢座组庄苑第]|大道|[国省县]道|胡同|[A-Za-z#\-]) ?$")
"""张江路88号 is a house."""
SHORT_WEEKDAY = re.compile(r"[二三四五六日天](?![月号日点时十个周天小分年百千万台套件箱])")
BEGINS_BESIDE = frozenset(" (,这本下周星礼")
WEEKDAY_BESIDE = re.compile(
    rf" ?[(,]? ?(?:这|本|下)?(?:周|星期|礼拜)(?P<day>{WEEKDAY}) ?(?P<close>[)])?"
)
DATE_BESIDE = re.compile(rf" ?[(] ?(?:(?P<month>{SMALL})[月./])?(?P<date>{SMALL})[日号]? ?[)]")


@dataclass(frozen=True, slots=True)
class Scene:
    """What a date counts from."""

    now: datetime
    text: str = ""
    at: int = 0
    left: Span | None = None
    """Where the range began whose end is read: 3月2日到5日."""

    @property
    def past(self) -> bool:
        """Whether the sentence is about what has been."""
        return is_past(self.text, self.at)


LAST_CENTURY = 70
Found = tuple[int, Span]
Read = Callable[[str, int, Scene], Found | None]


def read(text: str, at: int, scene: Scene) -> Found | None:
    """The day or the longer stretch that is written at `at`."""
    for reader in READERS.get(text[at], ()):
        found = reader(text, at, scene)
        if found:
            return found
    return None


def short_weekday(text: str, at: int, left: Span) -> Found | None:
    """五 in 周一到五."""
    found = SHORT_WEEKDAY.match(text, at)
    if not found or left.grain is not Grain.DAY or not left.every == spans.DAYS_A_WEEK:
        return None
    return found.end(), spans.weekday(left.start, WEEKDAYS[found[0]], None)


def beside(text: str, end: int, day: Span) -> Found:
    """With the weekday or the date that says it once more: 3月12日(周四), 下周三(25号)."""
    if text[end : end + 1] not in BEGINS_BESIDE:
        return end, day
    found = WEEKDAY_BESIDE.match(text, end)
    if found and ("(" in found[0]) == bool(found["close"]):
        agrees = day.start.isoweekday() == WEEKDAYS[found["day"]]
        if agrees:
            return found.end(), day
        return (found.end(), day.doubtful()) if found["close"] else (end, day)
    again = DATE_BESIDE.match(text, end)
    if again:
        same = number(again["date"]) == day.start.day
        same = same and number(again["month"]) in (None, day.start.month)
        return again.end(), day if same else day.doubtful()
    return end, day


def _relative(text: str, at: int, scene: Scene) -> Found | None:
    found = RELATIVE.match(text, at)
    if not found:
        return None
    now = scene.now
    if found["both"]:
        if found["both"] == "前后":
            return None
        first, last = (DAYS_AWAY[one] for one in found["both"])
        return found.end(), spans.days(now.date() + first * ONE_DAY, last - first + 1, now)
    return found.end(), spans.day_after(now, DAYS_AWAY[found["away"] or found["short"]])


def _week(text: str, at: int, scene: Scene) -> Found | None:
    found = WEEK.match(text, at)
    if not found:
        return None
    which, day = found["which"], found["day"]
    # 一周, 三周 count weeks; 十二号周三 does not.
    weeks = AWAY[which] if which else None
    now = scene.left.start if scene.left and weeks is None else scene.now
    if found["end"]:
        span = spans.weekend(now, weeks or 0)
        return found.end(), span
    if not which and text[at + 1 : at + 2] == "一" and not day:
        return None
    if found["sixth"]:
        return found.end(), spans.weekend(now, weeks or 0)
    if not day:
        if weeks is None or text[found.end() : found.end() + 1] in ("几", "年", "边", "围"):
            return None
        return found.end(), spans.week(now, weeks)
    span = replace(spans.weekday(now, WEEKDAYS[day], weeks), every=spans.DAYS_A_WEEK)
    if weeks is None and not scene.left and span.start > now and scene.past:
        span = span.moved(-spans.DAYS_A_WEEK)
    if found["next"]:
        last = WEEKDAYS[found["next"]]
        if last != WEEKDAYS[day] + 1:
            return found.start("next"), span
        return found.end(), Span(span.start, span.end + ONE_DAY, ambiguous=True)
    return found.end(), span


def _year(text: str, at: int, scene: Scene) -> Found | None:
    """A year, with the month, quarter or holiday that belongs to it."""
    found = YEAR.match(text, at)
    if not found:
        return _year_before(text, at, scene)
    now = scene.now
    if found["four"]:
        year = _year_number(found["four"])
    elif found["two"]:
        year = _year_of_two(found["two"])
    elif found["near"]:
        year = now.year + YEARS_AWAY[found["near"]]
    else:
        year = now.year + {"上": -1, "下": 1, "本": 0}[found["step"][0]]
    end = found.end()
    if year < 1900:
        return None
    within = _within_year(text, end, year, scene)
    if within:
        return within
    if found["two"] and text[at] not in "零〇":
        if abs(year - now.year) > 3 or not _is_year(text, at, end):
            return None
    return end, spans.whole_year(year, now)


def _years(text: str, at: int, scene: Scene) -> Found | None:
    """2018-2020年."""
    found = YEARS.match(text, at)
    if not found or not int(found["first"]) < int(found["last"]):
        return None
    first, last = (spans.whole_year(int(found[one]), scene.now) for one in ("first", "last"))
    return found.end(), Span(first.start, last.end)


def _year_before(text: str, at: int, scene: Scene) -> Found | None:
    """2027年前: 年 belongs to the year and 前 to the deadline."""
    found = re.compile(r"(20[0-9]{2}) ?年(?=之?前|以前)|(?P<near>明|后)年(?=之?前|以前)").match(
        text, at
    )
    if not found:
        return None
    year = int(found[1]) if found[1] else scene.now.year + YEARS_AWAY[found["near"]]
    return found.end(), spans.whole_year(year, scene.now)


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
    if re.compile(r"[多来以后前内的]?(?:以上|经验|历史|质保|保修|寿命|时间|老|了|租期|期)").match(
        text, end
    ):
        return False
    return not re.compile(
        r"(?:质保|保修|用|干|做|近|合作|超|超过|共|约|满|已|达|开|整整|有|第|租|签|[0-9])$"
    ).search(text, max(0, at - 3), at)


def _within_year(text: str, at: int, year: int, scene: Scene) -> Found | None:
    now = scene.now
    at += len(re.compile(rf"{OF}").match(text, at)[0]) if at < len(text) else 0  # type: ignore[index]
    found = _lunar_in(text, at, year, scene) or _month_in(text, at, year, scene)
    if found:
        return found
    part = YEAR_PART.match(text, at)
    if part:
        return part.end(), spans.year_part(year, part["part"], now)
    quarter = _quarter_in(text, at, year, scene)
    if quarter:
        return quarter
    half = HALF.match(text, at)
    if half and half["of"] != "月":
        return half.end(), spans.half_year(year, _half_number(half), now)
    holiday = _holiday_in(text, at, year, scene)
    if holiday:
        return holiday
    season = SEASON.match(text, at)
    if season:
        first, last = SEASONS[season["season"]]
        return season.end(), spans.months(year, first, last, now).doubtful()
    return None


def _half_number(found: re.Match[str]) -> int:
    return int(found["h"]) if found["h"] else {"上": 1, "下": 2}[found["half"]]


def _month(text: str, at: int, scene: Scene) -> Found | None:
    return _month_in(text, at, None, scene)


def _month_in(text: str, at: int, year: int | None, scene: Scene) -> Found | None:
    found = MONTH.match(text, at)
    if not found:
        return None
    now, end = scene.now, found.end()
    both = pair(found["month"])
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


def _in_month(text: str, end: int, year: int | None, month: int, scene: Scene) -> Found | None:
    """What follows the month: its days, or its beginning, middle or end."""
    now = scene.now
    both = DATE.match(text, end)
    if both:
        first, last = number(both["first"]) or 0, number(both["date"]) or 0
        begin = _date(year, month, first, scene)
        until = begin and spans.date_in(begin.start.year, month, last, now)
        if begin and until and until.start > begin.start:
            return both.end(), Span(begin.start, until.end)
    one = ONE_DATE.match(text, end)
    if one:
        written = one["date"] or one["bare"] or one["spoken"]
        days = pair(written)
        if days is None:
            return None
        begin = _date(year, month, days[0], scene)
        if begin and days[0] != days[1]:
            until = spans.date_in(begin.start.year, month, days[1], now)
            return until and (one.end(), Span(begin.start, until.end, ambiguous=True))
        return begin and (one.end(), begin)
    nth = NTH.match(text, end)
    if nth:
        whole = (
            spans.month(year, month, now)
            if year
            else spans.month_near(month, None, now, past=scene.past)
        )
        return nth.end(), _nth(nth, whole)
    part = MONTH_PART.match(text, end)
    name = part["part"] if part else None
    stop = part.end() if part else end
    if year:
        whole = spans.month(year, month, now)
        return stop, spans.month_part(whole, name) if name else whole
    return stop, spans.month_near(month, name, now, past=scene.past)


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


def _month_away(text: str, at: int, scene: Scene) -> Found | None:
    found = MONTH_AWAY.match(text, at)
    if not found:
        return None
    which = found["which"]
    whole = spans.month(scene.now.year, scene.now.month + AWAY.get(which, 0), scene.now)
    if which == "当":
        return None
    inside = _in_month(text, found.end(), whole.start.year, whole.start.month, scene)
    return inside or (found.end(), whole)


def _day_of_month(text: str, at: int, scene: Scene) -> Found | None:
    found = DAY_OF_MONTH.match(text, at)
    if not found:
        return None
    if not scene.left and HOUSE_BEFORE.search(text, max(0, at - 3), at):
        return None
    days = pair(found["date"])
    if days is None or not 1 <= days[0] <= days[1] <= 31:
        return None
    if scene.left:
        start = scene.left.start
        month = start.month + int(days[0] < start.day)
        first = spans.month(start.year, month, scene.now).start
        span = spans.date_in(first.year, first.month, days[0], scene.now)
        return span and (found.end(), span)
    if found["first"]:
        begin = number(found["first"]) or 0
        if not 1 <= begin < days[1]:
            return None
        return _days(found.end(), begin, days[1], scene, doubt=False)
    if days[0] != days[1]:
        return _days(found.end(), *days, scene, doubt=True)
    near = spans.day_of_month_near(days[0], scene.now, past=scene.past)
    return near and (found.end(), near)


def _days(end: int, first: int, last: int, scene: Scene, *, doubt: bool) -> Found | None:
    """3-5号: a range that has begun already is this month's still."""
    until = spans.day_of_month_near(last, scene.now, past=scene.past)
    begin = until and spans.date_in(until.start.year, until.start.month, first, scene.now)
    return begin and until and (end, Span(begin.start, until.end, ambiguous=doubt))


def _lunar(text: str, at: int, scene: Scene) -> Found | None:
    return _lunar_in(text, at, None, scene)


def _lunar_in(text: str, at: int, year: int | None, scene: Scene) -> Found | None:
    found = LUNAR.match(text, at)
    if not found:
        return None
    now = scene.now
    if found["year"]:
        year = int(found["year"])
    day = found["new"] or found["first"]
    if day:
        month = 1
    else:
        day = found["day"]
        name = found["month"]
        month = LUNAR_MONTHS.get(name) or number(name) or 0
        says_so = found["old"] or found["leap"] or name in LUNAR_MONTHS
        if not says_so and not (day and day[0] in "初廿" and len(day) > 1):
            return None
        if not 1 <= month <= spans.MONTHS_A_YEAR:
            return None
    on = number(day.removeprefix("初")) if day else None
    if day and on is None:
        return None
    leap = bool(found["leap"])
    if year is not None:
        span = _lunar_span(year, month, on, leap, now)
        return span and (found.end(), span)
    this = lunar.year_of(now.date())
    for one in (this, this - 1) if scene.past else (this, this + 1):
        span = _lunar_span(one, month, on, leap, now)
        if span and (span.start <= now if scene.past else span.end > now):
            # 初八 alone is said around the Spring Festival.
            if found["first"] and (span.start - now).days > 60:
                return None
            return found.end(), span
    return None


def _lunar_span(year: int, month: int, on: int | None, leap: bool, now: datetime) -> Span | None:
    if on is None:
        whole = lunar.months_of(year).get((month, leap))
        return whole and spans.days(whole[0], whole[1], now)
    day = lunar.day(year, month, on, leap=leap)
    return day and spans.one_day(day, now)


def _holiday(text: str, at: int, scene: Scene) -> Found | None:
    return _holiday_in(text, at, None, scene)


def _holiday_in(text: str, at: int, year: int | None, scene: Scene) -> Found | None:
    found = HOLIDAY.match(text, at)
    if not found:
        return None
    name, end = found["name"], found.end("feast") if found["feast"] else found.end("name")
    beside_word = SIDE_OF_HOLIDAY.match(text, end)
    if not beside_word:
        if (year is None and name in holidays.ONLY_BESIDE) or NO_HOLIDAY.match(text, end):
            return None
    elif beside_word["span"]:
        end = beside_word.end("span")
    elif beside_word["day"] and name in holidays.PUBLIC:
        span = _holiday_span(name, year, scene)
        return span and (beside_word.end("day"), replace(_first_day(name, span), grain=Grain.DAY))
    elif beside_word["day"]:
        end = beside_word.end("day")
    elif beside_word["off"]:
        end = beside_word.end("off")
    span = _holiday_span(name, year, scene)
    return span and (end, span)


SIDE_OF_HOLIDAY = re.compile(
    r"(?P<span>小长假|长假|假期|黄金周|期间|放假期间|假期期间)(?!快乐|愉快)"
    r"|(?P<day>当天|那天|当日|正日)|(?P<off>小?长?假期?|放假|大促|活动|节|促销)?(?=之?前|以前|之?后|以后|过后)"
)


def _holiday_span(name: str, year: int | None, scene: Scene) -> Span | None:
    return holidays.named(name, scene.now, year=year, past=scene.past)


FEAST_DAYS = {"国庆": (10, 1), "十一": (10, 1), "五一": (5, 1), "劳动节": (5, 1), "元旦": (1, 1)}
FEAST_LUNAR = {"春节": (1, 1), "过年": (1, 1), "端午": (5, 5), "中秋": (8, 15)}


def _first_day(name: str, off: Span) -> Span:
    """国庆当天 is 1 October, whichever days are off."""
    year = (off.end - ONE_DAY).year
    if name in FEAST_LUNAR:
        day = lunar.day(year, *FEAST_LUNAR[name])
        return spans.one_day(day, off.start) if day else off
    if name in FEAST_DAYS:
        return spans.date_in(year, *FEAST_DAYS[name], off.start) or off
    return Span(off.start, off.start + ONE_DAY, ambiguous=True)


def _quarter(text: str, at: int, scene: Scene) -> Found | None:
    return _quarter_in(text, at, None, scene)


def _quarter_in(text: str, at: int, year: int | None, scene: Scene) -> Found | None:
    found = QUARTER.match(text, at)
    if not found:
        return None
    now = scene.now
    if found["which"]:
        if year is not None or found["which"] == "当":
            return None
        span = spans.quarter_of(now, AWAY[found["which"]])
    else:
        nth = 1 if found["nth"] == "首" else number(found["q"] or found["nth"]) or 0
        span = spans.quarter(year or now.year, nth, now)
        if year is None and scene.left and span.end <= scene.left.start:
            span = spans.quarter(now.year + 1, nth, now)
        elif year is None and scene.past and span.start > now:
            span = spans.quarter(now.year - 1, nth, now)
        elif year is None and not scene.past and span.end <= now:
            span = spans.quarter(now.year + 1, nth, now)
    part = found["part"]
    if part:
        span = _part_of_quarter(span, part, now)
    return found.end(), span


def _half(text: str, at: int, scene: Scene) -> Found | None:
    found = HALF.match(text, at)
    if not found or found["h"]:
        return None
    now, half = scene.now, _half_number(found)
    if found["of"] == "月":
        whole = spans.month(now.year, now.month, now)
        middle = whole.start + 15 * ONE_DAY
        return found.end(), Span(whole.start, middle) if half == 1 else Span(middle, whole.end)
    span = spans.half_year(now.year, half, now)
    return found.end(), span if span.end > now else span.doubtful()


def _bare_part(text: str, at: int, scene: Scene) -> Found | None:
    found = BARE_PART.match(text, at)
    if not found:
        return None
    now = scene.now
    if found["month"]:
        part = found["month"].removeprefix("月")
        span = spans.month_part(spans.month(now.year, now.month, now), part)
        if span.end <= now and not scene.past:
            span = spans.month_part(spans.month(now.year, now.month + 1, now), part)
        return found.end(), span
    if found["year"]:
        part = found["year"][1]
        span = spans.year_part(now.year, part, now)
        if span.end <= now and not scene.past:
            span = spans.year_part(now.year + 1, part, now)
        elif scene.past and span.start > now:
            span = spans.year_part(now.year - 1, part, now)
        return found.end(), span
    return found.end(), _part_of_quarter(spans.quarter_of(now, 0), found["quarter"], now)


def _part_of_quarter(whole: Span, part: str, now: datetime) -> Span:
    """季末: its last month, though nobody says where that begins."""
    number = whole.start.month + (0 if part == "初" else spans.MONTHS_A_QUARTER - 1)
    grain = Grain.STRETCH if part == "初" else Grain.ENDING
    return replace(spans.month(whole.start.year, number, now), grain=grain, ambiguous=True)


def _numeric(text: str, at: int, scene: Scene) -> Found | None:
    found = NUMERIC.match(text, at)
    before = slice(max(0, at - 8), at)
    if not found or (not scene.left and HOLDS_NUMBER.search(text[before])):
        return None
    now, end = scene.now, found.end()
    if found["iso"] or found["solid"]:
        written = found["solid"]
        figures = (
            (found["y"], found["m"], found["d"])
            if found["iso"]
            else (written[:4], written[4:6], written[6:])
        )
        span = spans.date_in(*map(int, figures), now)  # type: ignore[arg-type,misc]
        return span and (found.end(), span)
    if found["month"]:
        return end, spans.month(int(found["my"]), int(found["mm"]), now)
    month, day = int(found["fm"] or found["dm"]), int(found["fd"] or found["dd"])
    if not scene.left and not found["unit"]:
        follows, asked = DATE_FOLLOWS.match(text, end), ASKED.search(text[before])
        if MEASURED.match(text, end) and not follows:
            return None
        if not follows and not asked:
            alone = at == 0 and end == len(text)
            two_digits = len(found["fd"] or found["dd"]) > 1
            if not alone and (not two_digits or PRICED.search(text[before])):
                return None
            if found["dash"] and not alone:
                return None
    if scene.left:
        year = scene.left.start.year + int(month < scene.left.start.month)
        span = spans.date_in(year, month, day, now)
    else:
        span = spans.date_near(month, day, now, past=scene.past)
    return span and (end, span)


_NUMBER_READERS: tuple[Read, ...] = (
    _numeric,
    _years,
    _year,
    _lunar,
    _month,
    _quarter,
    _day_of_month,
    _holiday,
)
READERS: dict[str, tuple[Read, ...]] = {
    **dict.fromkeys("0123456789", _NUMBER_READERS),
    **dict.fromkeys(
        "零〇一二两三四五六七八九十廿", (_year, _lunar, _month, _quarter, _day_of_month, _holiday)
    ),
    **dict.fromkeys("昨", (_relative,)),
    **dict.fromkeys("今明前后大", (_relative, _year, _lunar, _holiday)),
    **dict.fromkeys("去", (_year,)),
    **dict.fromkeys("上下", (_week, _month_away, _half, _quarter, _year, _bare_part)),
    "中": (_bare_part, _holiday),
    **dict.fromkeys("这本", (_week, _month_away, _quarter, _year)),
    **dict.fromkeys("周星礼", (_week,)),
    **dict.fromkeys("月季", (_bare_part,)),
    "年": (_lunar, _bare_part, _holiday),
    **dict.fromkeys("Qq首第", (_quarter,)),
    **dict.fromkeys("农阴旧正冬腊闰初", (_lunar, _holiday)),
    **dict.fromkeys(
        {name[0] for name in holidays.NAMES} - set("0123456789一二三四五六七八九十大年腊中"),
        (_holiday,),
    ),
}
"""What may begin with a character."""
