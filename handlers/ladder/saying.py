"""What the rungs that acted on a lead come to for each person: one message."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from config.schemas.escalation import Action, CardKind, Channel, Step
from crm_store.models import Lead, Member
from crm_store.queries import absences, leads, members, mutes, promises
from crm_store.store import Transaction
from handlers.alarms import tell_admins
from handlers.hours import in_working_time
from handlers.ladder.announcing import announce, in_words
from handlers.ladder.bundling import Note, takes_a_card
from handlers.ladder.clocks import Deadline
from handlers.ladder.standing import Ladder
from handlers.links import Links
from handlers.promises.views import all_drawn
from handlers.rights import leads_people
from handlers.ringing import ring_again
from handlers.showing import ACTIONS, title_of, why_in_short, working_view
from handlers.telling import tell
from notifiers.card import Card
from notifiers.cards.lead import lead_card
from notifiers.cards.promises import PromiseView
from notifiers.cards.rungs import ResultView, nudge_card, result_card
from notifiers.cards.watch import (
    LAST_FACTS,
    EscalationView,
    FactLine,
    TransferView,
    escalation_card,
    transfer_warning,
)

_NOT_TOLD = (
    *("field_learned", "field_suggested", "priority_raised", "client_named"),
    *("rung_passed", "rung_announced", "result_asked"),
)
"""What the machine noted: the manager is shown what people did."""
_MOST_PROMISES = 3


@dataclass
class ForOwner:
    reminded: list[Step] = field(default_factory=list)
    asked: list[Step] = field(default_factory=list)
    announced: list[Deadline] = field(default_factory=list)


@dataclass(frozen=True)
class Transfer:
    step: Step
    unseen_by: Member
    assigned_at: datetime


@dataclass
class ForManager:
    manager: Member | None = None
    owner: Member | None = None
    steps: list[tuple[Step, int]] = field(default_factory=list)
    """With how often each acted before."""
    transfer: Transfer | None = None


async def tell_owner(
    tx: Transaction, lead: Lead, told: ForOwner, ladder: Ladder, links: Links
) -> None:
    owner = await tx.get(Member, lead.owner_id)
    every = (*told.reminded, *told.asked)
    says, kinds = "；".join(step.rule for step in every), tuple(step.name for step in every)
    on = {step.owners_card for step in every} - {CardKind.NONE}
    note = Note("nudge", says, kinds)
    if not every:
        await announce(tx, owner, lead, told.announced)
        return
    view = await working_view(tx, lead, owner, links, ladder.rules)
    if any(step.channel is Channel.STRONG for step in every):
        await ring_again(tx, lead, owner, view, f"已经 {says}", ladder.rules.desk)
    if not await takes_a_card(tx, owner, lead, note, ladder, wants_one=bool(on)):
        await announce(tx, owner, lead, told.announced)
        return
    coming = [
        await in_words(tx, lead, one.step, one.acts_at, ladder)
        for one in told.announced
        if one.acts_at
    ]
    results = ladder.rules.results.for_line(lead.line) if told.asked else ()
    if CardKind.LEAD in on:
        steps = told.reminded or told.asked
        card = nudge_card(lead_card(view), lead.ref, steps, results, coming)
    else:
        title = await title_of(tx, lead)
        card = result_card(ResultView(lead.ref, title, results, told.asked[0]), coming)
    await tx.notify(
        owner,
        card,
        purpose="nudge" if CardKind.LEAD in on else "result",
        client_id=lead.client_id,
        lead_id=lead.id,
    )


async def tell_manager(
    tx: Transaction, lead: Lead, told: ForManager, ladder: Ladder, links: Links
) -> None:
    if told.owner is None:
        return
    manager = told.manager
    if manager is None and told.steps and leads_people(told.owner):
        manager = told.owner  # nobody is above him: he decides himself
    if manager is None:
        await _nobody_above(tx, lead, told, ladder)
        return
    if told.transfer is not None and lead.owner_id == manager.id:
        return  # nobody else was left: the lead's own card tells him whose it was
    due_at = in_working_time(manager, tx.now, ladder.times.calendar)
    steps = [told.transfer.step] if told.transfer else [step for step, _ in told.steps]
    has_card = any(step.told_on is not CardKind.NONE for step in steps)
    if told.transfer is not None:
        current = await tx.get(Member, lead.owner_id)
        says = f"{told.transfer.step.rule}，已转给{current.name}"
        card = await _transfer(tx, lead, told.transfer, manager, links)
        purpose, due_at = "transfer", tx.now
    else:
        says = "；".join(step.rule for step, _ in told.steps)
        card = await snapshot(tx, lead, manager, ladder, links, steps=told.steps)
        purpose = "escalation"
    note = Note(purpose, says, whose=told.owner.id)
    if not await takes_a_card(tx, manager, lead, note, ladder, wants_one=has_card):
        return
    await tx.notify(
        manager, card, purpose=purpose, client_id=lead.client_id, lead_id=lead.id, due_at=due_at
    )


async def _nobody_above(tx: Transaction, lead: Lead, told: ForManager, ladder: Ladder) -> None:
    if not told.steps or told.owner is None:
        return  # it went to a colleague: nobody has to decide
    title = await title_of(tx, lead)
    rules = "；".join(step.rule for step, _ in told.steps)
    words = f"「{title}」{rules}，{told.owner.name}上面没有主管可以通知"
    await tell_admins(tx, ladder.rules, words, subject=f"nobody_above:{lead.ref}")


async def _transfer(
    tx: Transaction, lead: Lead, transfer: Transfer, manager: Member, links: Links
) -> Card:
    now = await tx.get(Member, lead.owner_id)
    return transfer_warning(
        TransferView(
            ref=lead.ref,
            title=await title_of(tx, lead),
            unseen_by=transfer.unseen_by.name,
            waited=transfer.step.words,
            missed=transfer.step.missed,
            assigned_at=transfer.assigned_at,
            moved_to=now.name,
            why=await why_in_short(tx, lead),
            history_url=links.history(lead, manager),
        )
    )


async def snapshot(
    tx: Transaction,
    lead: Lead,
    manager: Member,
    ladder: Ladder,
    links: Links,
    *,
    steps: Sequence[tuple[Step, int]] = (),
) -> Card:
    """#31: the last facts, in sentences, and what was promised."""
    names = await members.names(tx)
    told = await leads.timeline(tx, lead, last=LAST_FACTS, without=_NOT_TOLD)
    owner = await tx.get(Member, lead.owner_id)
    is_own = owner.id == manager.id
    # Who does not own the client is shown no phone of what was said.
    facts = [
        FactLine(at=entry.at, says=await tell(tx, entry, names, masks=not is_own)) for entry in told
    ]
    if not is_own:
        tx.audit(manager.id, "escalation", client_id=lead.client_id)
    notes = []
    if await mutes.kinds(tx, owner.id, lead.client_id) - {mutes.PROMPTS}:
        notes.append("已静音提醒")
    if owner.id in await absences.away(tx, tx.now):
        notes.append("请假中")
    if lead.next_contact_at is not None and lead.next_contact_at > tx.now:
        notes.append(f"约好 {lead.next_contact_at.astimezone(ladder.times.zone):%m-%d} 联系")
    return escalation_card(
        EscalationView(
            ref=lead.ref,
            title=await title_of(tx, lead),
            owner=owner.name,
            rule="；".join(_rule(step, nth) for step, nth in steps) or "请您决定",
            notes=tuple(notes),
            facts=facts,
            promises=await _promised(tx, lead),
            may_wait=not is_own and may_wait(lead, [step for step, _ in steps]),
            may_take=not is_own and any(step.does(Action.TAKEOVER) for step, _ in steps),
            may_support=not is_own,
            history_url=links.history(lead, manager),
        )
    )


def _rule(step: Step, nth: int) -> str:
    return f"{step.rule}（第 {nth + 1} 次）" if nth else step.rule


def may_wait(lead: Lead, steps: Sequence[Step]) -> bool:
    """再等一天 is given once a silence: else it would be the way to let a client slip."""
    fired, more = ((lead.ladder or {}).get(part, {}) for part in ("fired", "more"))
    counts = {fired[step.name]["since"] for step in steps if step.name in fired}
    return bool(counts) and counts.isdisjoint(entry["since"] for entry in more.values())


async def _promised(tx: Transaction, lead: Lead) -> list[PromiseView]:
    """What he is owed, by what was said where it has no name."""
    found = (await promises.pending_of_lead(tx, lead.id))[:_MOST_PROMISES]
    drawn = await all_drawn(tx, found, masks=True)
    return [
        one if promise.action in ACTIONS else replace(one, deed=one.words)
        for promise, one in zip(found, drawn, strict=True)
    ]
