"""Quarters, halves of a year or a month, and parts without a name before them: Q2, 下半年, 月底."""

import re
from dataclasses import replace
from datetime import datetime

from nlp.time import span as spans
from nlp.time.scene import Found, Scene
from nlp.time.span import ONE_DAY, Grain, Span
from nlp.time.words import AWAY, S, number, pair

QUARTER = re.compile(
    rf"(?:[Qq](?P<q>[1-4])(?![0-9A-Za-z])|第?(?P<nth>[一二三]?[二三四]|[一1-4首]){S}个?季度(?!一次)"
    rf"|(?P<which>上{{1,2}}|下{{1,2}}|这|本|当)(?:一?个|一)?季度?)"
    r"(?P<part>[初末底](?!价))?"
)
HALF = re.compile(r"(?P<half>[上下])半(?P<of>年|月)|[Hh](?P<h>[12])(?![0-9A-Za-z])")
BARE_PART = re.compile(
    r"(?P<month>月[初中底末](?![价盘薪商])|[上中下]{1,2}旬)|(?P<year>年[初中底末](?![奖薪价]))"
    r"|季度?(?P<quarter>[末初底])"
)


def quarter(text: str, at: int, scene: Scene) -> Found | None:
    return quarter_in(text, at, None, scene)


def quarter_in(text: str, at: int, year: int | None, scene: Scene) -> Found | None:
    found = QUARTER.match(text, at)
    if not found:
        return None
    now = scene.now
    if found["which"]:
        if year is not None or found["which"] == "当":
            return None
        span = spans.quarter_of(now, AWAY[found["which"]])
    else:
        both = pair(found["nth"] or "")
        if both and both[0] != both[1]:
            first, last = (spans.quarter(year or now.year, one, now) for one in both)
            return found.end(), Span(first.start, last.end, ambiguous=year is None)
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


def half(text: str, at: int, scene: Scene) -> Found | None:
    found = HALF.match(text, at)
    if not found or found["h"]:
        return None
    now, half = scene.now, half_number(found)
    if found["of"] == "月":
        whole = spans.month(now.year, now.month, now)
        middle = whole.start + 15 * ONE_DAY
        return found.end(), Span(whole.start, middle) if half == 1 else Span(middle, whole.end)
    span = spans.half_year(now.year, half, now)
    return found.end(), span if span.end > now else span.doubtful()


def half_number(found: re.Match[str]) -> int:
    return int(found["h"]) if found["h"] else {"上": 1, "下": 2}[found["half"]]


def bare_part(text: str, at: int, scene: Scene) -> Found | None:
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
