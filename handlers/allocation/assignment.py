"""分配: a new lead goes to the rep whom it fits best, and the reason is stored with it.

A rule in plain words is asked first; then the presets of assignment.yaml decide. Nothing here
waits for anybody's approval (#103): whoever is chosen has the lead in the same transaction.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.settings import Settings
from crm_store.errors import CrmError
from crm_store.facts import ClientNamed, LeadAssigned, LeadOpened, LeadPooled, MessageIn
from crm_store.models import Client, Lead, LeadState, Member
from crm_store.models.ladder import TO_THE_MANAGER
from crm_store.queries import leads, members, pool
from crm_store.store import Transaction
from handlers.allocation.assigning import Decision
from handlers.allocation.weighing import weigh
from handlers.hours import at_any_hour
from handlers.links import Links
from handlers.opening import KF_SOURCE
from handlers.plain_rules.deciding import ruled_owner
from handlers.ringing import ring
from handlers.router import Router
from handlers.showing import lead_view, working_view
from handlers.waiting_voice import waits_for_words
from notifiers.cards.lead import lead_card, settled_lead_card, transferred_to

router = Router("assignment")

NOBODY, BUSY = "nobody", "busy"
"""Why a lead comes to the pool: nobody sells its line, or all who do are full or away."""
ENTERED = "entered"
"""Why it is a rep's: he wrote it down himself."""
OWNERS_CARDS = ("lead", "nudge", "result", "appointment")
OWNERS_TIMERS = ("client_words", "suggestion")
"""What the present owner is to be told soon."""


async def choose(
    tx: Transaction,
    lead: Lead,
    rules: Rules,
    *,
    tried: Sequence[str],
    calendar: WorkingCalendar | None = None,
) -> Decision:
    """Who fits this lead best of those who have not had it. Without a `calendar` nobody is asked
    whether he is at work now."""
    # Of two leads at once, the second sees whom the first went to.
    await tx.turn("assignment")

    async def otherwise() -> str | None:
        return (await weigh(tx, lead, rules, tried=tried, calendar=calendar)).chosen

    ruled = await ruled_owner(tx, lead, rules, calendar=calendar, otherwise=otherwise)
    return await weigh(tx, lead, rules, tried=tried, calendar=calendar, ruled=ruled)


async def give(
    tx: Transaction,
    lead: Lead,
    owner: Member,
    *,
    reason: str,
    by: str | None = None,
    why: dict[str, Any] | None = None,
    words: str | None = None,
) -> None:
    """Makes him the owner. `by` is the colleague who said so, `words` why; None where a rule did.

    Refuses whoever does not sell: he could neither see the lead nor be told of it.
    """
    if not owner.may_own:
        raise CrmError(f"{owner.name}不能接手客户，请换一位销售或主管")
    owner.last_assigned_at = tx.now
    tx.add(owner)
    await tx.record(
        LeadAssigned(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=by,
            owner_id=owner.id,
            previous_id=lead.owner_id,
            automatic=by is None,
            reason=reason,
            why=why,
            words=words,
        )
    )


async def pass_on(
    tx: Transaction,
    lead: Lead,
    manager: Member | None,
    rules: Rules,
    calendar: WorkingCalendar,
    *,
    reason: str,
) -> None:
    """To whoever fits best of those who have not had it; else, or where it went round often
    enough, to the manager, if there is one."""
    decision = await choose(tx, lead, rules, tried=lead.tried, calendar=calendar)
    may_go_on = lead.automatic_reassignments < rules.assignment.max_automatic_reassignments
    chosen = decision.chosen if may_go_on else None
    successor = await tx.find(Member, chosen) if chosen else None
    if successor is not None:
        await give(tx, lead, successor, reason=reason, why=decision.as_json())
    elif manager is not None:
        await give(tx, lead, manager, reason=TO_THE_MANAGER, why=decision.as_json())


@router.on(LeadOpened)
async def assign_new(
    fact: LeadOpened, tx: Transaction, rules: Rules, calendar: WorkingCalendar
) -> None:
    await _find_owner(tx, cast(int, fact.lead_id), rules, calendar)


@router.on(MessageIn)
async def assign_pooled(
    fact: MessageIn, tx: Transaction, rules: Rules, calendar: WorkingCalendar
) -> None:
    """The client of a lead that nobody could take writes again: somebody may be there now."""
    lead = await tx.get(Lead, fact.lead_id)
    if lead.state == LeadState.POOLED:
        await _find_owner(tx, lead.id, rules, calendar)


async def _find_owner(
    tx: Transaction, lead_id: int, rules: Rules, calendar: WorkingCalendar
) -> None:
    lead = await tx.lock_lead(lead_id)
    if lead.owner_id is not None:
        return
    since = tx.now - timedelta(days=rules.assignment.pool.again_after_days)
    tried = await pool.let_go_of(tx, lead, since) if lead.tried else ()
    decision = await choose(tx, lead, rules, tried=sorted(tried), calendar=calendar)
    owner = await tx.find(Member, decision.chosen) if decision.chosen else None
    if owner is not None:
        await give(tx, lead, owner, reason="first", why=decision.as_json())
        return
    if rules.assignment.nobody_fits == "manager":
        manager = await members.anyone_in_charge(tx)
        if manager is not None:
            await give(tx, lead, manager, reason=TO_THE_MANAGER, why=decision.as_json())
            return
    if lead.state != LeadState.POOLED:
        await tx.record(
            LeadPooled(
                at=tx.now,
                client_id=lead.client_id,
                lead_id=lead.id,
                reason=BUSY if decision.somebody_busy else NOBODY,
                why=decision.as_json(),
            )
        )


@router.on(LeadAssigned)
async def drop_what_waits(fact: LeadAssigned, tx: Transaction) -> None:
    """What his predecessor was to be told is not his; deadlines are the ladder's."""
    lead = await tx.lock_lead(cast(int, fact.lead_id))
    if lead.owner_id == fact.owner_id:  # else tried again after the lead went on
        await tx.cancel_timers(OWNERS_TIMERS, lead.ref)


@router.on(LeadAssigned)
async def show_to_owner(
    fact: LeadAssigned, tx: Transaction, links: Links, settings: Settings, rules: Rules
) -> None:
    """The card goes out at once; a brand-new client's waits the moment his nickname takes."""
    lead = await tx.lock_lead(cast(int, fact.lead_id))
    if lead.owner_id != fact.owner_id:
        return
    client = await tx.get(Client, lead.client_id)
    name_is_asked_for = lead.source == KF_SOURCE and not client.name
    if not name_is_asked_for or fact.previous_id is not None:
        says = f"已建线索 {lead.ref}，由您负责" if fact.reason == ENTERED else ""
        await send_card(tx, lead, links, settings, rules, says=says)


@router.on(ClientNamed)
async def show_when_named(
    fact: ClientNamed, tx: Transaction, links: Links, settings: Settings, rules: Rules
) -> None:
    lead = await tx.lock_lead(cast(int, fact.lead_id))
    if not lead.carded and lead.owner_id is not None and not await waits_for_words(tx, lead):
        await send_card(tx, lead, links, settings, rules)


async def send_card(
    tx: Transaction, lead: Lead, links: Links, settings: Settings, rules: Rules, *, says: str = ""
) -> None:
    """`says`: where the card is the answer to what its owner just wrote, at whatever hour."""
    owner = await tx.get(Member, lead.owner_id)
    view = await working_view(tx, lead, owner, links, rules)
    await ring(tx, lead, owner, view, rules, settings)
    told_up_to = await leads.newest_message(tx, lead.client_id)
    lead.carded, lead.told_up_to = True, told_up_to
    tx.add(lead)
    await tx.notify(
        owner,
        lead_card(view).model_copy(update={"text": says}),
        purpose="lead",
        client_id=lead.client_id,
        lead_id=lead.id,
        due_at=tx.now if says else at_any_hour(owner, tx.now, settings.zone),
    )


@router.on(LeadAssigned)
async def settle_old_cards(fact: LeadAssigned, tx: Transaction, links: Links) -> None:
    """The predecessor's cards lose phone and words and say who has the lead now."""
    if fact.previous_id is None or fact.previous_id == fact.owner_id:
        return
    lead = await tx.get(Lead, fact.lead_id)
    before = await tx.get(Member, fact.previous_id)
    owner = await tx.get(Member, fact.owner_id)
    status = transferred_to(owner.name)
    await settle_cards(tx, lead, before, status, links, still_owner=False)


async def settle_cards(
    tx: Transaction, lead: Lead, member: Member, status: str, links: Links, *, still_owner: bool
) -> None:
    """Takes the buttons off every card of this lead that the member was shown as its owner."""
    cards = await leads.live_cards(tx, lead.id, member.id, *OWNERS_CARDS)
    if not cards:
        return
    view = await lead_view(tx, lead, member, links)
    settled = settled_lead_card(view, status, still_owner=still_owner)
    for card in cards:
        await tx.redraw(card, settled, settles=True, client_id=lead.client_id)
