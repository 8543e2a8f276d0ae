"""Figures of how leads stay with their owners: what came to whom when, and which rung broke.

A lead that was folded into another counts no more than once: as the one that goes on.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import aliased
from sqlmodel import col

from crm_store.models import Client, Lead, TimelineEntry
from crm_store.view import View


@dataclass(frozen=True, slots=True)
class Stay:
    """A lead came to somebody."""

    lead_id: int
    owner_id: str
    began_at: datetime
    channel: str
    region: str


@dataclass(frozen=True, slots=True)
class Lapse:
    """A rung broke while the lead was somebody's."""

    lead_id: int
    """The lead that goes on, where the one that it happened to was folded into another."""
    owner_id: str
    rung: str
    at: datetime
    words: str
    """What was not done, and for how long: 15 分钟未查看."""


_OWNER = col(TimelineEntry.data)["owner_id"].as_string()
_RUNG = col(TimelineEntry.data)["rung"].as_string()
_WAITED = col(TimelineEntry.data)["waited"].as_string()
_MISSED = col(TimelineEntry.data)["missed"].as_string()
_SAID = {"first_view": "未查看"}
"""Of facts that did not say what was missed."""


async def stays(
    view: View,
    since: datetime,
    until: datetime,
    *,
    owners: Collection[str] | None = None,
    only_first: bool = False,
) -> list[Stay]:
    """What came to these owners (None: to anybody) in [since, until), the oldest first.

    `only_first`: of a lead only the first time it came to anybody.
    """
    query = (
        select(
            col(TimelineEntry.lead_id),
            _OWNER,
            col(TimelineEntry.at),
            col(Lead.source),
            col(Lead.region),
        )
        .join(Lead, col(Lead.id) == col(TimelineEntry.lead_id))
        .where(
            *_within("assigned", since, until),
            col(Lead.folded_into_id).is_(None),
            _of(owners),
        )
        .order_by(col(TimelineEntry.at), col(TimelineEntry.id))
    )
    if only_first:
        earlier = aliased(TimelineEntry)
        query = query.where(
            ~exists().where(
                col(earlier.lead_id) == col(TimelineEntry.lead_id),
                col(earlier.kind) == "assigned",
                col(earlier.id) < col(TimelineEntry.id),
            )
        )
    return [Stay(*row) for row in await view.session.execute(query)]


async def lapses(
    view: View,
    since: datetime,
    until: datetime,
    *,
    owners: Collection[str] | None = None,
    rungs: Collection[str] = (),
) -> list[Lapse]:
    """Which rungs (without names: any) broke in [since, until), the oldest first."""
    query = (
        select(col(TimelineEntry.lead_id), _OWNER, _RUNG, col(TimelineEntry.at), _WAITED, _MISSED)
        .where(
            *_within("escalated", since, until),
            _OWNER.is_not(None),
            _of(owners),
            _RUNG.in_(rungs) if rungs else true(),
        )
        .order_by(col(TimelineEntry.at), col(TimelineEntry.id))
    )
    rows = (await view.session.execute(query)).all()
    goes_on = await _ends(view, {lead_id for lead_id, *_ in rows})
    return [
        Lapse(
            goes_on.get(lead_id, lead_id),
            owner_id,
            rung,
            at,
            f"{waited or ''}{missed or _SAID.get(rung, '没有跟进')}",
        )
        for lead_id, owner_id, rung, at, waited, missed in rows
    ]


def _within(kind: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(TimelineEntry.kind) == kind,
        col(TimelineEntry.at) >= since,
        col(TimelineEntry.at) < until,
        col(TimelineEntry.lead_id).is_not(None),
    )


def _of(owners: Collection[str] | None) -> ColumnElement[bool]:
    return true() if owners is None else _OWNER.in_(owners)


async def with_clients(view: View, leads: Collection[int]) -> dict[int, tuple[Lead, Client]]:
    """These leads and whose they are, in a few statements however many they are."""
    found: dict[int, tuple[Lead, Client]] = {}
    for some in _some(sorted(leads)):
        query = (
            select(Lead, Client)
            .join(Client, col(Client.id) == col(Lead.client_id))
            .where(col(Lead.id).in_(some))
        )
        found |= {lead.id: (lead, client) for lead, client in await view.session.execute(query)}
    return found


async def _ends(view: View, leads: Collection[int]) -> dict[int, int]:
    """Of those that were folded, which lead goes on in the end."""
    ends = {lead: lead for lead in leads}
    asked = set(leads)
    while asked:
        into: dict[int, int] = {}
        for some in _some(sorted(asked)):
            query = select(col(Lead.id), col(Lead.folded_into_id)).where(
                col(Lead.id).in_(some), col(Lead.folded_into_id).is_not(None)
            )
            into |= {lead: other for lead, other in await view.session.execute(query) if other}
        ends = {lead: into.get(end, end) for lead, end in ends.items()}
        asked = set(into.values())
    return ends


def _some(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield numbers[start : start + _AT_ONCE]


_AT_ONCE = 1_000
