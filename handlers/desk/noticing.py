"""看过就安静: whatever shows that a lead was seen ends its reminder on every channel."""

from typing import cast

from config.rules import Rules
from config.schemas.desk import WhichLeads
from config.settings import Settings
from crm_store.facts import (
    FollowedUp,
    LeadAssigned,
    LeadClosed,
    LeadFolded,
    LeadPooled,
    LeadViewed,
    MessageOut,
    PriorityRaised,
)
from crm_store.models import Client, Lead, Member
from crm_store.store import Transaction
from handlers.events import CardPress
from handlers.finding import note_view
from handlers.follow_up import owned_lead
from handlers.links import Links
from handlers.presses import ALREADY, settle_press, take_press
from handlers.ringing import fall_silent, ring
from handlers.router import Reply, Router
from handlers.showing import title_of, working_view
from notifiers.cards.lead import CLOSED, transferred_to

router = Router("noticing")

SEEN = "已查看"


@router.button("noticed")
async def noticed(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    """知道了, on the second channel's card."""
    lead = await owned_lead(tx, sender, argument)
    card = await take_press(tx, press)
    if card is ALREADY:
        return None
    title = await title_of(tx, lead)
    await settle_press(tx, press, title, SEEN, client_id=lead.client_id)
    await put_aside(tx, lead, sender)
    if card is None:
        client = await tx.get(Client, lead.client_id)
        return f"好的，{client.display}的提醒不再响"
    return None


async def put_aside(tx: Transaction, lead: Lead, owner: Member) -> None:
    """He says that he knows: the lead is seen, and nothing rings for it. `lead` is locked."""
    await note_view(tx, lead, owner, how="desk")
    await fall_silent(tx, lead, SEEN)


@router.on(LeadViewed)
async def after_view(fact: LeadViewed, tx: Transaction) -> None:
    await _quiet(tx, fact.lead_id, SEEN)


@router.on(FollowedUp)
async def after_follow_up(fact: FollowedUp, tx: Transaction) -> None:
    await _quiet(tx, fact.lead_id, "已跟进")


@router.on(MessageOut)
async def after_words(fact: MessageOut, tx: Transaction) -> None:
    """Only the owner's own words to the client show that he knows."""
    lead = await tx.get(Lead, fact.lead_id)
    if fact.by is not None and fact.by == lead.owner_id:
        await _quiet(tx, fact.lead_id, "已回复客户")


@router.on(LeadAssigned)
async def after_assignment(fact: LeadAssigned, tx: Transaction) -> None:
    """Whom it went to hears of it himself; for everybody who had it before it is over."""
    lead = await tx.lock_lead(cast(int, fact.lead_id))
    owner = await tx.get(Member, fact.owner_id)
    await fall_silent(tx, lead, transferred_to(owner.name), but_for=lead.owner_id)


@router.on(LeadPooled)
async def after_pooling(fact: LeadPooled, tx: Transaction) -> None:
    await _quiet(tx, fact.lead_id, "已回公海")


@router.on(LeadClosed)
async def after_closing(fact: LeadClosed, tx: Transaction) -> None:
    await _quiet(tx, fact.lead_id, CLOSED)


@router.on(LeadFolded)
async def after_folding(fact: LeadFolded, tx: Transaction) -> None:
    await _quiet(tx, fact.lead_id, "已合并")


@router.on(PriorityRaised)
async def after_rise(
    fact: PriorityRaised, tx: Transaction, rules: Rules, links: Links, settings: Settings
) -> None:
    """Where only those of high intent ring, one rings when it becomes one."""
    if rules.desk.leads is not WhichLeads.HIGH:
        return
    lead = await tx.lock_lead(cast(int, fact.lead_id))
    if lead.carded and lead.owner_id is not None:
        owner = await tx.get(Member, lead.owner_id)
        view = await working_view(tx, lead, owner, links, rules)
        await ring(tx, lead, owner, view, rules, settings)


async def _quiet(tx: Transaction, lead_id: int | None, status: str) -> None:
    await fall_silent(tx, await tx.get(Lead, lead_id), status)
