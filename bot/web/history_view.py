"""A lead's history as its page draws it: days, entries, and what was learned together as one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from handlers.history import FieldLine, Happening, History
from notifiers.cards.wording import weekday

_LEARNED = "field_learned"
_LEARNED_PREFIX = "得知"


@dataclass(frozen=True)
class Entry:
    at: str
    stamp: str
    says: str
    words: str
    why: str
    speaker: str
    who: str


@dataclass(frozen=True)
class Day:
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Page:
    history: History
    fields: tuple[FieldLine, ...]
    days: tuple[Day, ...]
    opened: str
    read_at: str


def page_of(history: History, *, zone: ZoneInfo) -> Page:
    timeline = history.timeline
    days = groupby(timeline, key=lambda happening: happening.at.astimezone(zone).date())
    return Page(
        history=history,
        fields=history.fields,
        days=tuple(Day(_day(day), _entries(list(found), zone)) for day, found in days),
        opened=_moment(history.lead.opened_at, zone),
        read_at=_moment(timeline[-1].at, zone) if timeline else "",
    )


def _entries(happenings: Sequence[Happening], zone: ZoneInfo) -> tuple[Entry, ...]:
    """What was learned from one message is one line."""
    entries = []
    for is_learned, group in groupby(happenings, key=lambda one: one.kind == _LEARNED):
        found = list(group)
        if is_learned:
            entries.append(_entry(found[0], zone, says=_learned(found)))
        else:
            entries += [_entry(one, zone, says=one.says) for one in found]
    return tuple(entries)


def _learned(found: Iterable[Happening]) -> str:
    names = dict.fromkeys(one.says.removeprefix(_LEARNED_PREFIX) for one in found)
    return _LEARNED_PREFIX + "、".join(names)


def _entry(happening: Happening, zone: ZoneInfo, *, says: str) -> Entry:
    local = happening.at.astimezone(zone)
    return Entry(
        at=f"{local:%H:%M}",
        stamp=local.isoformat(timespec="seconds"),
        says=says,
        words=happening.words,
        why=happening.why,
        speaker=happening.speaker,
        who=happening.who,
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日 {weekday(day)}"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
