"""When it was said: a time in a question to the archive lies behind us."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from nlp.time.reader import Reader

_VAGUE: tuple[tuple[re.Pattern[str], timedelta], ...] = (
    (re.compile(r"刚才|刚刚"), timedelta(hours=12)),
    (re.compile(r"[这前]两天|[这前]几天|近几天|近来|近日"), timedelta(days=7)),
    (re.compile(r"最近(?!一次)|近期|这阵子|这段时间"), timedelta(days=30)),
    (re.compile(r"这几个月"), timedelta(days=120)),
)
_BACK = (timedelta(), timedelta(days=7), timedelta(days=366))


@dataclass(frozen=True)
class Asked:
    """From when until when; `text` is how it was said."""

    text: str
    since: datetime
    until: datetime


def asked_time(text: str, now: datetime) -> tuple[Asked | None, str]:
    """The first time that is named, and the text without it."""
    for pattern, reach in _VAGUE:
        if found := pattern.search(text):
            return Asked(found[0], now - reach, now + timedelta(minutes=1)), _without(text, found)
    for back in _BACK:
        for time in Reader(text, now - back).times():
            since, until = time.span.as_value()["start"], time.span.as_value()["end"]
            begin, end = datetime.fromisoformat(str(since)), datetime.fromisoformat(str(until))
            if begin <= now:
                asked = Asked(text[time.start : time.end], begin, end)
                return asked, text[: time.start] + " " + text[time.end :]
    return None, text


def _without(text: str, found: re.Match[str]) -> str:
    return text[: found.start()] + " " + text[found.end() :]
