"""Promises follow the lead: another owner has to keep them, a lead that ended takes them along."""

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.facts import LeadAssigned, LeadClosed, LeadPooled
from crm_store.models import LeadState, Member, PromiseState
from crm_store.queries import collaborators, promises
from crm_store.store import Transaction
from handlers.promises.clocks import set_clocks
from handlers.promises.standing import drop
from handlers.router import Router

router = Router("handing_on")


@router.on(LeadAssigned)
async def to_the_new_owner(
    fact: LeadAssigned, tx: Transaction, rules: Rules, calendar: WorkingCalendar
) -> None:
    """What his predecessor promised is his to keep: his card says so, and he is reminded anew.
    What a collaborator promised stays with that one."""
    if fact.lead_id is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    if lead.owner_id != fact.owner_id:
        return  # tried again after the lead went on
    beside = {one.member_id for one in await collaborators.on_leads(tx, [lead.id])}
    owner = await tx.get(Member, fact.owner_id)
    for promise in await promises.pending_of_lead(tx, lead.id):
        if promise.owner_id == owner.id or promise.owner_id in beside:
            continue
        promise.owner_id = owner.id
        promise.shown_at = tx.now
        tx.add(promise)
        if promise.state == PromiseState.OPEN:
            promise.reminded_at = None
            await set_clocks(tx, promise, owner, rules, calendar, since=tx.now)


@router.on(LeadPooled)
async def to_nobody(fact: LeadPooled, tx: Transaction) -> None:
    """Whoever takes the lead finds them; until then nobody can be reminded."""
    if fact.lead_id is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    beside = {one.member_id for one in await collaborators.on_leads(tx, [lead.id])}
    if lead.owner_id is not None:
        return
    for promise in await promises.pending_of_lead(tx, lead.id):
        if promise.owner_id not in beside:
            promise.owner_id = None
            tx.add(promise)


@router.on(LeadClosed)
async def ends_with_the_lead(fact: LeadClosed, tx: Transaction) -> None:
    """Of a lost client nothing is owed. What a won one was promised is still to be kept."""
    if fact.lead_id is None or fact.outcome == LeadState.WON:
        return
    lead = await tx.lock_lead(fact.lead_id)
    for promise in await promises.pending_of_lead(tx, lead.id):
        if promise.client_id == lead.client_id:
            await drop(tx, promise, by=fact.by)
