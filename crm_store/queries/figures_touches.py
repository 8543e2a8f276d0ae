"""Figures of how soon somebody was there: first visits, and answers to whoever waited."""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select, type_coerce
from sqlalchemy.types import NullType
from sqlmodel import col

from crm_store.models import Absence, Lead, TimelineEntry
from crm_store.queries.follow_ups import stands
from crm_store.types import read_moment
from crm_store.view import View

_OWNER = col(TimelineEntry.data)["owner_id"].as_string()
_HOW = col(TimelineEntry.data)["how"].as_string()
_WAITS = ("lead_created", "message_in")
_TOUCHES = ("message_out", "followed_up")
LOOKS_BACK = timedelta(days=2)
"""Whoever waits for longer and writes again is counted anew."""
LOOKS_AHEAD = timedelta(days=14)
"""Who was not answered until then was not answered."""
_RECORDED_LATE = timedelta(days=7)
"""After it was said: an archive that was behind."""
_RECORDED_AHEAD = timedelta(days=2)
"""No moment lies further ahead of what is recorded next to it."""


async def first_follow_ups(
    view: View, since: datetime, *, how: Collection[str]
) -> dict[int, datetime]:
    """Lead → its first follow-up of these kinds since then that stands."""
    query = (
        select(col(TimelineEntry.lead_id), func.min(col(TimelineEntry.at)))
        .where(
            col(TimelineEntry.kind) == "followed_up",
            col(TimelineEntry.at) >= since,
            _HOW.in_(how),
            stands(TimelineEntry.id),
        )
        .group_by(col(TimelineEntry.lead_id))
    )
    return dict((await view.session.execute(query)).all())


@dataclass(frozen=True, slots=True)
class Occasion:
    """Somebody began to wait for us: a lead was opened, or a client wrote whom we had answered."""

    lead_id: int
    began_at: datetime
    touched_at: datetime | None
    """A colleague's first words or follow-up after it; None where there were none yet."""


async def occasions(
    view: View, since: datetime, until: datetime, *, owners: Collection[str] | None = None
) -> list[Occasion]:
    """Those that began in [since, until), on leads that these owners had then (None: on any); a
    lead that was folded into another is left out, for the other is counted."""
    folded = select(col(Lead.id)).where(col(Lead.folded_into_id).is_not(None))
    gone = {lead_id for (lead_id,) in await view.session.execute(folded)}
    horizon = until + LOOKS_AHEAD
    begin, end = await _between(view, since - LOOKS_BACK, horizon)
    if begin is None:
        return []
    numbers = [col(TimelineEntry.id) >= begin]
    if end is not None:
        numbers.append(col(TimelineEntry.id) < end)
    rows: list[Any] = []
    async for some in _theirs(view, owners, since - LOOKS_BACK):
        rows += await _said(view, *numbers, some)
    return [
        one if one.touched_at is None or one.touched_at < horizon else replace(one, touched_at=None)
        for one in _turns(rows)
        if since <= one.began_at < until and one.lead_id not in gone
    ]


async def _between(view: View, since: datetime, until: datetime) -> tuple[int | None, int | None]:
    """What was said in [since, until) was recorded from the first number on, and before the second;
    None: nothing, and no end. Read of the index over a few days, and not over all that followed."""
    begin = await _first_number(view, since)
    return begin, await _first_number(view, until + _RECORDED_LATE)


async def _first_number(view: View, moment: datetime) -> int | None:
    at = col(TimelineEntry.at)
    query = select(func.min(col(TimelineEntry.id))).where(
        col(TimelineEntry.kind).in_((*_WAITS, *_TOUCHES)), at >= moment
    )
    for asked in (query.where(at < moment + _RECORDED_AHEAD), query):
        found: int | None = (await view.session.execute(asked)).scalar_one()
        if found is not None:
            return found
    return None


async def _theirs(
    view: View, owners: Collection[str] | None, since: datetime
) -> AsyncIterator[ColumnElement[bool]]:
    """The leads that these had at some time since then, so many at once."""
    if owners is None:
        yield col(TimelineEntry.lead_id).is_not(None)
        return
    has = select(col(Lead.id)).where(
        col(Lead.owner_id).in_(owners),
        or_(col(Lead.closed_at).is_(None), col(Lead.closed_at) >= since),
    )
    had = {lead_id for (lead_id,) in await view.session.execute(has)}
    had |= {
        change.lead_id
        for change in await hands(view, since)
        if change.owner_id in owners or change.previous_id in owners
    }
    listed = sorted(had)
    for start in range(0, len(listed), _AT_ONCE):
        yield col(TimelineEntry.lead_id).in_(listed[start : start + _AT_ONCE])


async def _said(view: View, *asked: ColumnElement[bool]) -> Sequence[Any]:
    """(lead, moment, whether the client said it) in the order of recording. There are hundreds of
    thousands: they are read along the timeline, without sorting, and most moments stay unread."""
    query = (
        select(
            col(TimelineEntry.lead_id),
            type_coerce(col(TimelineEntry.at), NullType()),
            case((col(TimelineEntry.kind).in_(_WAITS), 1), else_=0),
        )
        .where(col(TimelineEntry.kind).in_((*_WAITS, *_TOUCHES)), *asked, stands(TimelineEntry.id))
        .order_by(col(TimelineEntry.id))
    )
    return (await (await view.session.connection()).execute(query)).all()


def _turns(rows: Iterable[Any]) -> Iterator[Occasion]:
    """Where it became our turn, and when we took it: of many words in a row the first counts."""
    waiting: dict[int, Any] = {}
    for lead_id, at, is_wait in rows:
        if is_wait:
            if lead_id not in waiting:
                waiting[lead_id] = at
        elif lead_id in waiting:
            yield Occasion(lead_id, read_moment(waiting.pop(lead_id)), read_moment(at))
    for lead_id, at in waiting.items():
        yield Occasion(lead_id, read_moment(at), None)


@dataclass(frozen=True, slots=True)
class Change:
    """Who had a lead from then on; None: nobody (the pool), or it was over."""

    lead_id: int
    at: datetime
    owner_id: str | None
    previous_id: str | None


async def hands(view: View, since: datetime) -> list[Change]:
    """Which leads changed hands since then, or ended, the oldest first."""
    query = (
        select(
            col(TimelineEntry.lead_id),
            col(TimelineEntry.at),
            _OWNER,
            col(TimelineEntry.data)["previous_id"].as_string(),
        )
        .where(
            col(TimelineEntry.kind).in_(("assigned", "pooled", "closed")),
            col(TimelineEntry.at) >= since,
            col(TimelineEntry.lead_id).is_not(None),
        )
        .order_by(col(TimelineEntry.at), col(TimelineEntry.id))
    )
    return [Change(*row) for row in await view.session.execute(query)]


async def owners_now(view: View, leads: Collection[int]) -> dict[int, str]:
    """Whose these leads are; of closed ones, whose they were."""
    found: dict[int, str] = {}
    numbers = sorted(leads)
    for start in range(0, len(numbers), _AT_ONCE):
        query = select(col(Lead.id), col(Lead.owner_id)).where(
            col(Lead.id).in_(numbers[start : start + _AT_ONCE])
        )
        found |= {lead: owner for lead, owner in await view.session.execute(query) if owner}
    return found


_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Leave:
    member_id: str
    starts_at: datetime
    ends_at: datetime


async def leaves(view: View, since: datetime) -> list[Leave]:
    """Who was away at some time since then."""
    query = select(col(Absence.member_id), col(Absence.starts_at), col(Absence.ends_at)).where(
        col(Absence.ends_at) > since, col(Absence.ends_at) > col(Absence.starts_at)
    )
    return [Leave(*row) for row in await view.session.execute(query)]
