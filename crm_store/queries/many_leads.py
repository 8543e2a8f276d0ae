"""What is to be known of many leads at once, in a bounded number of statements, for trying a rule
on them: their clients' firms and pasts, their fields, their clients' words.
"""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from crm_store.models import ChatMessage, Client, Lead, LeadField, LeadState, TimelineEntry
from crm_store.queries import fields
from crm_store.queries.fields import KnownField
from crm_store.view import View

_AT_ONCE = 1_000


def _some(numbers: Collection[int]) -> Iterator[list[int]]:
    listed = sorted(set(numbers))
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]


async def companies(view: View, leads: Sequence[Lead]) -> dict[int, str]:
    """The firm of each client, by his number."""
    found: dict[int, str] = {}
    for some in _some([lead.client_id for lead in leads]):
        query = columns(col(Client.id), col(Client.company)).where(col(Client.id).in_(some))
        found |= {row[0]: row[1] for row in (await view.session.execute(query)).all()}
    return found


async def earlier(view: View, leads: Sequence[Lead]) -> dict[int, tuple[bool, bool]]:
    """By lead: whether its client had one before it, and whether one of those was won."""
    before: dict[int, list[tuple[int, str]]] = {}
    for some in _some([lead.client_id for lead in leads]):
        query = columns(col(Lead.client_id), col(Lead.id), col(Lead.state)).where(
            col(Lead.client_id).in_(some)
        )
        for client_id, number, state in (await view.session.execute(query)).all():
            before.setdefault(client_id, []).append((number, state))
    found = {}
    for lead in leads:
        states = [state for number, state in before[lead.client_id] if number < lead.id]
        found[lead.id] = bool(states), LeadState.WON in states
    return found


async def known(view: View, leads: Sequence[Lead]) -> dict[int, list[KnownField]]:
    """By lead the values in force, oldest first, as `fields.known` has them."""
    clients = {lead.id: lead.client_id for lead in leads}
    found: dict[int, list[KnownField]] = {number: [] for number in clients}
    await view.ready_ciphers(clients.values())
    for some in _some(clients):
        query = (
            select(LeadField)
            .where(
                col(LeadField.lead_id).in_(some),
                col(LeadField.superseded_at).is_(None),
                col(LeadField.against_id).is_(None),
            )
            .order_by(col(LeadField.id))
        )
        for row in (await view.session.exec(query)).all():
            opened = await fields.open_row(view, clients[row.lead_id], row)
            if opened is not None and opened.value is not None:
                found[row.lead_id].append(opened)
    return found


async def heard(view: View, leads: Sequence[Lead], *, last: int) -> dict[int, list[str]]:
    """By lead its client's words about it, oldest first, of so many messages."""
    clients = {lead.id: lead.client_id for lead in leads}
    found: dict[int, list[str]] = {number: [] for number in clients}
    said = [pair for some in _some(clients) for pair in await _messages_of(view, some, last)]
    await view.ready_ciphers(clients.values())
    bodies: dict[int, bytes] = {}
    for some in _some([message_id for _, message_id in said]):
        query = columns(col(ChatMessage.id), col(ChatMessage.body)).where(
            col(ChatMessage.id).in_(some)
        )
        bodies |= {row[0]: row[1] for row in (await view.session.execute(query)).all()}
    for lead_id, message_id in said:
        if message_id in bodies:  # else kept no more
            text = await view.open(clients[lead_id], bodies[message_id], purpose="message")
            found[lead_id].append(text)
    return found


async def _messages_of(view: View, leads: Sequence[int], last: int) -> list[tuple[int, int]]:
    """(lead, message), the oldest first."""
    entry = col(TimelineEntry.id)
    place = func.row_number().over(partition_by=col(TimelineEntry.lead_id), order_by=entry.desc())
    ranked = (
        columns(col(TimelineEntry.lead_id), col(TimelineEntry.data), entry, place.label("place"))
        .where(col(TimelineEntry.lead_id).in_(leads), col(TimelineEntry.kind) == "message_in")
        .subquery()
    )
    query = (
        columns(ranked.c.lead_id, ranked.c.data).where(ranked.c.place <= last).order_by(ranked.c.id)
    )
    rows = (await view.session.execute(query)).all()
    return [(lead_id, data["message_id"]) for lead_id, data in rows]
