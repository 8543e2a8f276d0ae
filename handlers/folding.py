"""合并线索: of two open leads of one client for one line, one goes on in the place of both.

The one that goes on, and with it the owner: an open deal before what nobody has touched, then
whoever was in contact last. The other's owner stays as collaborator.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from crm_store import timers
from crm_store.facts import CollaboratorAdded, LeadFolded, PriorityRaised
from crm_store.models import Collaborator, Lead, Member, Merge, Priority
from crm_store.models.lead import TOUCHED
from crm_store.queries import collaborators, fields
from crm_store.store import Transaction
from handlers import learning
from handlers.allocation.assignment import settle_cards
from handlers.growing import said_before
from handlers.links import Links
from handlers.router import Router

router = Router("folding")

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SETTLED = "已合并到 {ref}"


def pairs(ours: Sequence[Lead], theirs: Sequence[Lead]) -> list[tuple[Lead, Lead]]:
    """(goes on, is folded into it): open leads of two clients that are one wish. A lead whose line
    is not known yet goes with the other's newest."""
    found = []
    left = sorted(ours, key=lambda lead: lead.id, reverse=True)
    unmatched = []
    for lead in sorted(theirs, key=lambda lead: lead.id, reverse=True):
        twin = next((other for other in left if other.line == lead.line), None)
        if twin is None:
            unmatched.append(lead)
        else:
            left.remove(twin)
            found.append(_ranked(twin, lead))
    for lead in unmatched:
        twin = next((other for other in left if not (other.line and lead.line)), None)
        if twin is not None:
            left.remove(twin)
            found.append(_ranked(twin, lead))
    return found


def _ranked(one: Lead, other: Lead) -> tuple[Lead, Lead]:
    first, second = sorted((one, other), key=_standing, reverse=True)
    return first, second


def _standing(lead: Lead) -> tuple[bool, bool, datetime, int]:
    """An open deal, somebody's, in contact last; else the older one."""
    contact = max(filter(None, (lead.last_followed_up_at, lead.last_answer_at)), default=_LONG_AGO)
    return lead.state in TOUCHED, lead.owner_id is not None, contact, -lead.id


async def fold(tx: Transaction, into: Lead, lead: Lead, *, by: str | None) -> dict[str, Any]:
    """Lays the lead to rest; what is needed to wake it again."""
    waiting = await timers.of_subject(tx.session, lead.ref)
    before = {
        "lead_id": lead.id,
        "state": lead.state,
        "line": into.line,
        "product": into.product,
        "timers": [
            {"kind": t.kind, "due_at": t.due_at.isoformat(), "data": t.data} for t in waiting
        ],
    }
    await tx.record(
        LeadFolded(at=tx.now, client_id=lead.client_id, lead_id=lead.id, by=by, into_id=into.id)
    )
    return before


@router.on(LeadFolded)
async def stop_clocks(fact: LeadFolded, tx: Transaction, links: Links) -> None:
    """Its clocks stop, and its owner's card says where it goes on."""
    lead = await tx.get(Lead, fact.lead_id)
    if lead.folded_into_id is None:
        return  # awake again before this was tried anew
    await timers.cancel_all(tx.session, lead.ref)
    owner = await tx.find(Member, lead.owner_id) if lead.owner_id else None
    if owner is not None:
        into = await tx.get(Lead, fact.into_id)
        status = _SETTLED.format(ref=into.ref)
        await settle_cards(tx, lead, owner, status, links, still_owner=True)


async def join(tx: Transaction, into: Lead, lead: Lead, merge: Merge, *, number: int) -> None:
    """What was known of the folded lead is known of the other; who had it works on it too.

    `number` is the one by which the folded lead came: when the two part, this goes with it. Both
    are one client's by now.
    """
    with tx.speaking_for(into.client_id, number):
        if not into.line and lead.line:
            into.line, into.product = lead.line, lead.product
            tx.add(into)
        await _raise(tx, into, lead)
    for field in await fields.known(tx, lead):
        # What came by a third number, in an earlier merge, leaves with that one.
        with tx.speaking_for(into.client_id, field.row.origin_id or number):
            await learning.hear(tx, into, [said_before(field)], names_client=False)
    joining = [
        lead.owner_id,
        *(one.member_id for one in await collaborators.on_leads(tx, [lead.id])),
    ]
    for member_id in dict.fromkeys(joining):
        if member_id is not None and member_id != into.owner_id:
            await _add_collaborator(tx, into, member_id, merge)


async def _raise(tx: Transaction, into: Lead, lead: Lead) -> None:
    fresh = [tag for tag in lead.tags if tag not in into.tags]
    rises = lead.priority == Priority.HIGH and into.priority != Priority.HIGH
    if not fresh and not rises:
        return
    into.tags = [*into.tags, *fresh]
    into.priority = Priority.HIGH if rises else into.priority
    tx.add(into)
    await tx.record(
        PriorityRaised(
            at=tx.now, client_id=into.client_id, lead_id=into.id, tags=fresh, to=into.priority
        )
    )


async def _add_collaborator(tx: Transaction, lead: Lead, member_id: str, merge: Merge) -> None:
    if await tx.find(Collaborator, (lead.id, member_id)) is not None:
        return
    tx.add(Collaborator(lead_id=lead.id, member_id=member_id, since=tx.now, merge_id=merge.id))
    await tx.flush()
    await tx.record(
        CollaboratorAdded(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            member_id=member_id,
        )
    )
