"""一次不超过五张卡片: after a weekend forty leads are due at nine. Whoever is told gets the first
few as cards and the rest as one list.

A window of five minutes a person. What waits for the list stands in a timer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crm_store.models import Lead, Member
from crm_store.models.ladder import iso
from crm_store.queries import mutes, sent_cards
from crm_store.store import Transaction
from handlers.events import TimerDue
from handlers.hours import in_working_time
from handlers.ladder.gathering import gather, waiting
from handlers.ladder.standing import Ladder
from handlers.rights import scope_of
from handlers.router import Router
from handlers.showing import title_of
from notifiers.card import Text
from notifiers.cards.rungs import ListLine, rung_list

router = Router("bundling")

_KIND = "ladder_list"
_WINDOW = timedelta(minutes=5)
_PURPOSES = ("nudge", "result", "escalation", "transfer")


@dataclass(frozen=True)
class Note:
    """What there is to tell about a lead, in case it goes on the list."""

    purpose: str
    says: str
    """What happened; it names no client."""
    kinds: tuple[str, ...] = ()
    """Of nudges: which."""
    whose: str | None = None
    """Who let it lie, where another is told; he may not have the lead any more."""


async def takes_a_card(
    tx: Transaction,
    member: Member,
    lead: Lead,
    note: Note,
    ladder: Ladder,
    *,
    wants_one: bool = True,
) -> bool:
    """Whether it is told on a card of its own now; else the lead is noted for his list."""
    listed = await waiting(tx, _KIND, member)
    number = int(tx.now.timestamp() // _WINDOW.total_seconds())
    begun = datetime.fromtimestamp(number * _WINDOW.total_seconds(), UTC)
    had = await sent_cards.told_since(tx, member.id, begun, purposes=_PURPOSES)
    if wants_one and had < ladder.rules.escalation.most_cards:
        return True
    due = begun + _WINDOW
    if note.purpose != "transfer":
        due = in_working_time(member, due, ladder.times.calendar)
    to = next((one for one in listed if one.due_at == due), None)
    more = {"from": iso(tx.now), "besides": had > 0}
    await gather(tx, _KIND, member, [_item(lead, note)], due, to=to, **more)
    return False


@router.timer(_KIND)
async def send_list(due: TimerDue, tx: Transaction) -> None:
    member = await tx.get(Member, due.data["member_id"])
    noted_from = datetime.fromisoformat(due.data["from"])
    scope = await scope_of(tx, member)
    lines = []
    for lead_id, purpose, says, kinds, *rest in due.data["items"]:
        lead = await tx.get(Lead, lead_id)
        if not lead.is_open or not scope.covers(lead):
            continue
        if lead.last_followed_up_at is not None and lead.last_followed_up_at >= noted_from:
            continue  # followed up since
        whose = rest[0] if rest else lead.owner_id  # noted by the program before this one
        if purpose == "escalation" and lead.owner_id != whose:
            continue  # decided meanwhile
        if not await _is_still_his(tx, lead, member, kinds):
            continue
        owner = await tx.find(Member, whose) if whose else None
        lines.append(
            ListLine(
                ref=lead.ref,
                title=await title_of(tx, lead),
                owner=owner.name if owner and owner.id != member.id else "",
                says=says,
            )
        )
        if lead.owner_id != member.id:
            tx.audit(member.id, "escalation", client_id=lead.client_id)
    if lines:
        await tx.notify(
            member,
            Text(text=rung_list(lines, besides=due.data.get("besides", True))),
            purpose="ladder",
        )


def _item(lead: Lead, note: Note) -> list[Any]:
    return [lead.id, note.purpose, note.says, list(note.kinds), note.whose or lead.owner_id]


async def _is_still_his(tx: Transaction, lead: Lead, member: Member, kinds: list[str]) -> bool:
    """What concerns a manager has no kinds."""
    if not kinds:
        return True
    muted = await mutes.kinds(tx, member.id, lead.client_id)
    return lead.owner_id == member.id and not all(mutes.is_silent(muted, one) for one in kinds)
