"""请假的时间: the span that a colleague's words about his leave mean. Pure.

Every word must be understood: of 「王主任明天请假」 nobody knows whose leave it is, and to take one
for another's would leave clients alone.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_store.errors import CrmError
from handlers.reading import Reader
from nlp.facts import Entity

_LEADING = re.compile(r"(?:我|想要?|要|从|自|打算|准备|申请|需要|得|是|在|[\s,，:：])+")
_LASTS = re.compile(
    r"(?:起|开始|请|休|休息|一共|共|连续|[\s,，])*"
    r"(?P<number>半|[0-9]{1,3}|[一二两三四五六七八九十]{1,3})\s*(?:个)?(?P<unit>天|日|周|星期|礼拜)半?假?"
)
_LISTED = re.compile(r"\s*(?:和|跟|、|,|，|及|与|以及)\s*")
_NOTHING_MORE = re.compile(
    r"(?:\s*(?:全天|整天|一整天|一天|那天|请|休|的?假|请假|休假|休息|起|开始))*\s*[。.!！~]?"
)
_REASON = re.compile(r"[\s,，。;；:：(（]+\S|因为|由于")
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TEN = 10
_DAYS_A_WEEK = 7
LONGEST = timedelta(days=366)
_HOW = "请这样说：请假 明天、请假 下周三到周五、请假 今天下午、请假 明天起三天"


@dataclass(frozen=True)
class Span:
    starts_at: datetime
    ends_at: datetime


def read_leave(words: str, now: datetime, reader: Reader) -> Span:
    """From when to when. Raises CrmError where it cannot be told, is over or too long."""
    text = words.strip()
    lead = _LEADING.match(text)
    text = text[lead.end() :] if lead else text
    found = reader.read(text, now, sender="rep").found.of("time")
    if not found or found[0].start:
        if _LASTS.fullmatch(text):
            raise CrmError(f"从哪天开始？{_HOW}")
        raise CrmError(f"没有看懂请假的时间。{_HOW}")
    start, end = _bounds(found[0])
    at = found[0].end
    for more in found[1:]:
        between = _LISTED.fullmatch(text, at, more.start)
        begins, ends = _bounds(more)
        if between is None or begins != end:
            break
        at, end = more.end, ends
    rest = text[at:]
    lasts = _LASTS.match(rest)
    if lasts:
        rest = rest[lasts.end() :]
        end = _lasting(start, end, lasts)
    if not _NOTHING_MORE.fullmatch(rest) and not _REASON.match(rest):
        raise CrmError(f"没有看懂“{rest.strip()}”。{_HOW}")
    if end <= now:
        raise CrmError("这个时间已经过去了，请说还没到的时间")
    if end - start > LONGEST:
        raise CrmError("一次请假最长一年，请分几次说")
    return Span(max(start, now), end)


def _lasting(start: datetime, end: datetime, lasts: re.Match[str]) -> datetime:
    """明天起三天 ends two days after tomorrow does."""
    if lasts["number"] == "半":
        if end - start >= timedelta(days=1):
            raise CrmError("是上午还是下午？请这样说：请假 明天上午")
        return end
    days = _number(lasts["number"]) * (1 if lasts["unit"] in "天日" else _DAYS_A_WEEK)
    if not 0 < days <= LONGEST.days:
        raise CrmError("一次请假最长一年，请分几次说")
    if end - start > timedelta(days=1) and end - start != timedelta(days=days):
        raise CrmError("时间和天数对不上，请只说一样")
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=days)


def _bounds(time: Entity) -> tuple[datetime, datetime]:
    value = {} if isinstance(time.value, str) else time.value
    return datetime.fromisoformat(value["start"]), datetime.fromisoformat(value["end"])


def _number(written: str) -> int:
    if written.isdecimal():
        return int(written)
    tens, ten, ones = written.rpartition("十")
    if not ten:
        return _DIGITS.get(written, 0)
    return (_DIGITS.get(tens, 0) if tens else 1) * _TEN + _DIGITS.get(ones, 0)
