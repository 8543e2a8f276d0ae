"""强提醒: a new lead rings on a second channel beside the chat's card, until it is seen on either.

The second channel is the owner's other platform where he has accounts on both, and his desk page
(handlers/desk/). An alert is a row: it stands with the card, in the same transaction, and whatever
shows that the lead was seen ends it. This module knows nothing of assignment, which calls it.
"""

from datetime import datetime, timedelta

from config.rules import Rules
from config.schemas.desk import Desk, FirstChannel, WhichLeads
from config.settings import Settings
from crm_store import outbox
from crm_store.models import DeskAlert, DeskSeat, Lead, LeadState, Member, Priority, SentCard
from crm_store.queries import desk_alerts, fields, leads
from crm_store.store import Transaction
from crm_store.view import View
from handlers.hours import at_any_hour
from handlers.showing import title_of
from notifiers.card import Card
from notifiers.cards.desk import silenced, strong_reminder
from notifiers.cards.lead import LeadView

SECOND = "desk"
"""The purpose of the second channel's card."""
OPEN_FOR = timedelta(minutes=2)
"""A page that was open so lately is taken for open."""
_URGENCY = "urgency"


async def ring(
    tx: Transaction, lead: Lead, owner: Member, view: LeadView, rules: Rules, settings: Settings
) -> None:
    """Beside the card that goes out to the lead's new owner. `lead` is locked."""
    if not _is_rung_for(rules.desk, lead) or lead.assigned_at is None:
        return
    if await _said_it_himself(tx, lead):
        return
    if await desk_alerts.of_assignment(tx, lead.id, owner.id, lead.assigned_at) is not None:
        return
    due = tx.now + timedelta(seconds=rules.desk.after_seconds)
    card = strong_reminder(view, await urgent_words(tx, lead))
    await _ring(tx, lead, owner, card, at_any_hour(owner, due, settings.zone), rules.desk)


async def ring_again(
    tx: Transaction, lead: Lead, owner: Member, view: LeadView, says: str, desk: Desk
) -> None:
    """For a lead that is his already, beside a card that tells him the same: `says` why. What
    rings still rings on, and no second time. `lead` is locked."""
    if not desk.active or lead.assigned_at is None:
        return
    known = await desk_alerts.of_assignment(tx, lead.id, owner.id, lead.assigned_at)
    if known is None or known.seen_at is not None:
        card = strong_reminder(view, await urgent_words(tx, lead), says=says)
        await _ring(tx, lead, owner, card, tx.now, desk, known=known)


async def _ring(
    tx: Transaction,
    lead: Lead,
    owner: Member,
    card: Card,
    due: datetime,
    desk: Desk,
    *,
    known: DeskAlert | None = None,
) -> None:
    assert lead.assigned_at is not None
    alert = known or DeskAlert(
        client_id=lead.client_id,
        # It goes with its lead, should the client be parted again.
        origin_id=lead.origin_id,
        lead_id=lead.id,
        member_id=owner.id,
        assigned_at=lead.assigned_at,
        created_at=tx.now,
        due_at=due,
    )
    alert.created_at, alert.due_at, alert.seen_at, alert.card_key = tx.now, due, None, None
    other = await _other_account(tx, owner, desk)
    if other is not None:
        platform, account = other
        alert.card_key = await tx.say(
            platform,
            account,
            card,
            member_id=owner.id,
            purpose=SECOND,
            client_id=lead.client_id,
            lead_id=lead.id,
            due_at=due,
        )
    tx.add(alert)
    tx.ring()


def _is_rung_for(desk: Desk, lead: Lead) -> bool:
    if not desk.active or lead.state != LeadState.ASSIGNED:
        return False
    return desk.leads is WhichLeads.ALL or lead.priority == Priority.HIGH


async def _said_it_himself(tx: Transaction, lead: Lead) -> bool:
    """Whoever took down the lead, or took it over, needs nobody to remind him of it."""
    entry = await leads.decision(tx, lead)
    return entry is not None and entry.by is not None and entry.by == lead.owner_id


async def _other_account(tx: Transaction, owner: Member, desk: Desk) -> tuple[str, str] | None:
    """(platform, account) of the one that does not carry his cards."""
    others = owner.accounts()[1:]
    if not others:
        return None
    if desk.first is FirstChannel.PAGE and await _has_page_open(tx, owner):
        return None
    return others[0]


async def _has_page_open(tx: Transaction, member: Member) -> bool:
    seat = await tx.find(DeskSeat, member.id)
    return seat is not None and seat.open_at is not None and seat.open_at > tx.now - OPEN_FOR


async def urgent_words(view: View, lead: Lead) -> tuple[str, ...]:
    """The words by which the client said that it is urgent."""
    known = await fields.known(view, lead)
    return tuple(field.words for field in known if field.name == _URGENCY and field.words)


async def fall_silent(
    tx: Transaction, lead: Lead, status: str, *, but_for: str | None = None
) -> None:
    """Everything that rings for the lead, but for its present owner where he is named."""
    for alert in await desk_alerts.ringing_of_lead(tx, lead.id):
        if alert.member_id == but_for and alert.assigned_at == lead.assigned_at:
            continue
        alert.seen_at = tx.now
        tx.add(alert)
        tx.ring()
        if alert.card_key is not None:
            await _settle(tx, lead, alert.card_key, status)


async def _settle(tx: Transaction, lead: Lead, key: str, status: str) -> None:
    """What has not gone out is taken back; what has is changed in place, or left as it is where
    the platform cannot change it: a new card would ring once more."""
    card = await tx.find(SentCard, key)
    if card is None or card.settled_at is not None:
        return
    card.settled_at = tx.now
    tx.add(card)
    await tx.flush()
    if await outbox.take_back(tx.session, key, now=tx.now, is_due_too=True):
        return
    drawn = silenced(await title_of(tx, lead), status)
    await tx.redraw(card, drawn, client_id=lead.client_id, or_nothing=True)
