"""Days and weeks: 今天, 下周三, 周末, 周一到五, 15号."""

import re

from nlp.time import span as spans
from nlp.time.scene import DATE_UNIT, OF, TO, Found, Scene, placed
from nlp.time.span import ONE_DAY, Span
from nlp.time.words import AWAY, DAYS_AWAY, SMALL, WEEKDAYS, S, number, pair

WEEKDAY = r"[一二三四五六日天1-7]"
NOT_WEEKDAY = (
    r"(?!(?<=[1-7])[0-9]|围|大福|六福|年庆|总|福|鸣|[工董]|次|岁|边|转|期|鹅"
    r"|报(?!价|给|一[下个]|过去|备|告|送|方案)"
    r"|[一二三四五六日]?(?:仙|黑鸭))"
)
RELATIVE = re.compile(
    r"(?P<away>大前|大后|前|昨|今|明|后)(?:天(?!线(?![上下])|免疫|努力|系(?![统列])|因素|形成"
    r"|培养|性)|日(?![历本志立]|报(?!价)|头条|资本|之星|说法|香|方舟|科技)|儿(?![童子女科媳])个?)"
    r"|(?P<both>明后|今明|昨今|前后)(?:两|2|二)?天|(?P<three>今明后)(?:三|3)?天"
    r"|(?P<short>昨|今|明|后|前)(?=[早晚晨夜](?![点些会班辈于期报]|饭|餐)|(?:上午|下午|中午"
    r"|晚上|早上|凌晨)(?<=[昨今明].))"
)
WEEK = re.compile(
    rf"(?P<which>上{{1,3}}|下{{1,3}}|这|本)?(?:一?个|一)?{S}(?:周|星期|礼拜)"
    rf"(?:{OF}(?:周|星期|礼拜)?(?:(?P<end>末(?!端|愉快|快乐))|(?P<sixth>六[、]?日(?!报))"
    rf"|(?P<day>{WEEKDAY}){NOT_WEEKDAY}"
    rf"(?P<next>[一二三四五六日](?![月号日点时十个周天小分年百千万]))?))?"
)
DAY_OF_MONTH = re.compile(rf"(?:(?P<first>{SMALL}){TO})?(?P<date>{SMALL}){S}{DATE_UNIT}")
HOUSE_BEFORE = re.compile(r"(?:[路街弄巷村栋幢座组庄苑第月]|大道|[国省县]道|胡同|[A-Za-z#\-]) ?$")
"""张江路88号 is a house."""
LONGEST_MONTH = 31
NOT_A_WEEK = ("几", "年", "边", "围", "期", "转", "岁")
ENDS_A_WEEKDAY = re.compile(rf"(?:周|星期|礼拜){WEEKDAY}$")
SHORT_WEEKDAY = re.compile(r"[二三四五六日天](?![月号日点时十个周天小分年百千万台套件箱])")
BEGINS_BESIDE = frozenset(" (,这本下周星礼")
WEEKDAY_BESIDE = re.compile(
    rf" ?[(,]? ?(?:这|本|下)?(?:周|星期|礼拜)(?P<day>{WEEKDAY}) ?(?P<close>[)])?"
)
DATE_BESIDE = re.compile(rf" ?[(] ?(?:(?P<month>{SMALL})[月./])?(?P<date>{SMALL})[日号]? ?[)]")


def relative(text: str, at: int, scene: Scene) -> Found | None:
    found = RELATIVE.match(text, at)
    if not found:
        return None
    now = scene.now
    if found["three"]:
        return found.end(), spans.days(now.date(), 3, now)
    if found["both"]:
        if found["both"] == "前后":
            return None
        first, last = (DAYS_AWAY[one] for one in found["both"])
        return found.end(), spans.days(now.date() + first * ONE_DAY, last - first + 1, now)
    return found.end(), spans.day_after(now, DAYS_AWAY[found["away"] or found["short"]])


def week(text: str, at: int, scene: Scene) -> Found | None:  # noqa: PLR0911 (one a kind)
    """下周, 周末, 周三, 周六日."""
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
        if weeks is None or text[found.end() : found.end() + 1] in NOT_A_WEEK:
            return None
        return found.end(), spans.week(now, weeks)
    span = spans.weekday(now, WEEKDAYS[day], weeks)
    if weeks is None and not scene.left and span.start > now and scene.past:
        span = span.moved(-spans.DAYS_A_WEEK)
    if found["next"]:
        last = WEEKDAYS[found["next"]]
        if last != WEEKDAYS[day] + 1:
            return found.start("next"), span
        return found.end(), Span(span.start, span.end + ONE_DAY, ambiguous=True)
    return found.end(), span


def is_weekday(text: str, end: int) -> bool:
    """Whether what ends there is a weekday: 下周一."""
    return ENDS_A_WEEKDAY.search(text, max(0, end - 4), end) is not None


def short_weekday(text: str, at: int, left: Span) -> Found | None:
    """五 in 周一到五."""
    found = SHORT_WEEKDAY.match(text, at)
    if not found:
        return None
    return found.end(), spans.weekday(left.start, WEEKDAYS[found[0]], None)


def day_of_month(text: str, at: int, scene: Scene) -> Found | None:  # noqa: PLR0911 (one a kind)
    """15号, 3-5号, 十五六号."""
    found = DAY_OF_MONTH.match(text, at)
    if not found:
        return None
    if not scene.left and HOUSE_BEFORE.search(text, max(0, at - 3), at):
        return None
    days = pair(found["date"])
    if found["date"] in ("两", "俩") or (found[0] == "一日" and not scene.left):
        # 两日 and 一日 are lengths.
        return None
    if days is None or not 1 <= days[0] <= days[1] <= LONGEST_MONTH:
        return None
    if scene.left:
        start = scene.left.start
        month = start.month + int(days[0] < start.day)
        first = spans.month(start.year, month, scene.now).start
        span = spans.date_in(first.year, first.month, days[0], scene.now)
        return placed(found.end(), span)
    if found["first"]:
        begin = number(found["first"]) or 0
        if not 1 <= begin < days[1]:
            return None
        return _days(found.end(), begin, days[1], scene, doubt=False)
    if days[0] != days[1]:
        return _days(found.end(), *days, scene, doubt=True)
    near = spans.day_of_month_near(days[0], scene.now, past=scene.past)
    return placed(found.end(), near)


def _days(end: int, first: int, last: int, scene: Scene, *, doubt: bool) -> Found | None:
    """3-5号: a range that has begun already is this month's still."""
    until = spans.day_of_month_near(last, scene.now, past=scene.past)
    if until is None:
        return None
    begin = spans.date_in(until.start.year, until.start.month, first, scene.now)
    return placed(end, begin and Span(begin.start, until.end, ambiguous=doubt))


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
