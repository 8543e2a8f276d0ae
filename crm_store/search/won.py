"""Deals that were won, and what led to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select

from crm_store.models import Client, Lead, LeadField, LeadState, TimelineEntry
from crm_store.queries import fields
from crm_store.queries.follow_ups import stands
from crm_store.search.asking import Seen
from crm_store.view import GONE, View

_MOST = 500
_CONTACTS = ("message_in", "message_out", "followed_up")


@dataclass(frozen=True)
class Story:
    """How one deal came about."""

    contacts: int = 0
    """Messages of both sides, and follow-ups."""
    objections: Sequence[str] = ()
    """Their kinds, as extraction names them."""
    reason: str = ""
    """What was written when it was closed."""


async def won_deals(view: View, seen: Seen, *, without: int) -> Sequence[tuple[Lead, Client]]:
    """The latest of those that may be seen; none of the client `without`, none erased."""
    if seen.is_nothing:
        return []
    query = (
        select(Lead, Client)
        .join(Client, col(Client.id) == col(Lead.client_id))
        .where(
            Lead.state == LeadState.WON,
            col(Lead.client_id) != without,
            col(Client.erased_at).is_(None),
            *_allowed(seen),
        )
        .order_by(col(Lead.closed_at).desc(), col(Lead.id).desc())
        .limit(_MOST)
    )
    return (await view.session.exec(query)).all()


def _allowed(seen: Seen) -> list[ColumnElement[bool]]:
    if seen.owners is None or seen.with_won:
        return []
    allowed: list[ColumnElement[bool]] = [col(Lead.owner_id).in_(seen.owners)]
    if seen.with_pool:
        allowed.append(col(Lead.owner_id).is_(None))
    if seen.shared:
        allowed.append(col(Lead.id).in_(seen.shared))
    return [or_(*allowed)]


async def stories(view: View, leads: Collection[Lead]) -> Mapping[int, Story]:
    """By lead, in three statements whatever their number."""
    numbers = [lead.id for lead in leads]
    contacts = await _contacts(view, numbers)
    reasons = await _reasons(view, numbers)
    objections: dict[int, list[str]] = {}
    clients = {lead.id: lead.client_id for lead in leads}
    query = select(LeadField).where(
        col(LeadField.lead_id).in_(numbers),
        LeadField.name == "objection",
        col(LeadField.against_id).is_(None),
    )
    for row in (await view.session.exec(query.order_by(col(LeadField.id)))).all():
        known = await fields.open_row(view, clients[row.lead_id], row)
        if known is not None and known.value is not None:
            objections.setdefault(row.lead_id, []).append(known.value)
    return {
        number: Story(contacts.get(number, 0), objections.get(number, ()), reasons.get(number, ""))
        for number in numbers
    }


async def _contacts(view: View, leads: Sequence[int]) -> dict[int, int]:
    query = (
        select(TimelineEntry.lead_id, func.count())
        .where(
            col(TimelineEntry.lead_id).in_(leads),
            col(TimelineEntry.kind).in_(_CONTACTS),
            stands(TimelineEntry.id),
        )
        .group_by(col(TimelineEntry.lead_id))
    )
    return {lead: count for lead, count in (await view.session.exec(query)).all() if lead}


async def _reasons(view: View, leads: Sequence[int]) -> dict[int, str]:
    query = select(TimelineEntry).where(
        col(TimelineEntry.lead_id).in_(leads), TimelineEntry.kind == "closed"
    )
    found = {}
    for entry in (await view.session.exec(query.order_by(col(TimelineEntry.id)))).all():
        if entry.words is not None and entry.client_id is not None and entry.lead_id is not None:
            words = await view.open(entry.client_id, entry.words, purpose="fact")
            if words != GONE:
                found[entry.lead_id] = words
    return found
