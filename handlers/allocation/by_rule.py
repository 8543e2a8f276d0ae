"""规则生效: what active rules do to a lead as soon as their condition holds, once each.

A budget may be named in the third message: every fact about a lead is looked at. The owner changes
only while nobody has worked on the lead (ADR 31); all else a rule does at any time, as long as the
lead is open.
"""

from datetime import timedelta

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.settings import Settings
from crm_store.facts import (
    Fact,
    FieldCorrected,
    FieldLearned,
    LeadAssigned,
    MessageIn,
    PriorityRaised,
    RuleApplied,
)
from crm_store.models import Lead, LeadState, Member, Priority
from crm_store.queries import house_rules, leads, members
from crm_store.store import Transaction
from handlers.allocation import assignment, weighing
from handlers.hours import at_any_hour
from handlers.plain_rules.deciding import ruled_owner
from handlers.plain_rules.situation import situation_of
from handlers.plain_rules.standing import (
    Active,
    active,
    people_of,
    set_aside,
    wanted,
    why_broken,
)
from handlers.prompts.offering import offer_titles
from handlers.rights import scope_of
from handlers.router import Router
from handlers.showing import title_of
from nlp.ruling.rule import Notify, Push, Raise, TagIt
from notifiers.card import Text

router = Router("plain_rules")

YOUNG = timedelta(hours=24)
"""After that a lead stays with its owner, whatever is learned."""
_BY_ITSELF = frozenset({"first", "manager"})
"""Assignments that a rule may go over: nobody decided them, and nobody failed at them."""
_Looked = FieldLearned | FieldCorrected | PriorityRaised | MessageIn | LeadAssigned


@router.on(MessageIn)
async def upon_words(
    fact: MessageIn, tx: Transaction, rules: Rules, calendar: WorkingCalendar, settings: Settings
) -> None:
    await _look(fact, tx, rules, calendar, settings)


@router.on(FieldLearned)
async def upon_a_field(
    fact: FieldLearned, tx: Transaction, rules: Rules, calendar: WorkingCalendar, settings: Settings
) -> None:
    await _look(fact, tx, rules, calendar, settings)


@router.on(FieldCorrected)
async def upon_a_correction(
    fact: FieldCorrected,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
    settings: Settings,
) -> None:
    await _look(fact, tx, rules, calendar, settings)


@router.on(PriorityRaised)
async def upon_priority(
    fact: PriorityRaised,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
    settings: Settings,
) -> None:
    await _look(fact, tx, rules, calendar, settings)


@router.on(LeadAssigned)
async def upon_an_owner(
    fact: LeadAssigned, tx: Transaction, rules: Rules, calendar: WorkingCalendar, settings: Settings
) -> None:
    await _look(fact, tx, rules, calendar, settings)


def _is_last(fact: Fact, tx: Transaction) -> bool:
    """A message is a dozen facts; the rules are asked once, when all of them stand."""
    about = [
        one for _, one in tx.recorded if isinstance(one, _Looked) and one.lead_id == fact.lead_id
    ]
    return not about or about[-1] is fact


async def _look(
    fact: Fact, tx: Transaction, rules: Rules, calendar: WorkingCalendar, settings: Settings
) -> None:
    if fact.lead_id is None or not _is_last(fact, tx):
        return
    every = await active(tx)
    if not every:
        return
    lead = await tx.lock_lead(fact.lead_id)
    if not lead.is_open or lead.owner_id is None:
        return
    asked = frozenset(one for rule in every for one in rule.asks)
    situation = await situation_of(tx, lead, asked, calendar)
    fitting = [one for one in every if situation.fits(one.row.condition)]
    done = await house_rules.applied_to(tx, lead) if fitting else set()
    fitting = await _sound(tx, [one for one in fitting if one.key not in done], rules)
    if not fitting or await _moved(tx, lead, fitting, rules, calendar):
        return  # its new owner's assignment is looked at in its turn
    for one in fitting:
        await _apply(tx, lead, one, rules, settings)


async def _sound(tx: Transaction, fitting: list[Active], rules: Rules) -> list[Active]:
    """Those that name nothing that is gone; the others are set aside."""
    team = await members.reps(tx) if fitting else []
    sound = []
    for one in fitting:
        why = await why_broken(tx, one, rules, team)
        if why:
            await set_aside(tx, one.row, why)
        else:
            sound.append(one)
    return sound


async def _moved(
    tx: Transaction,
    lead: Lead,
    fitting: list[Active],
    rules: Rules,
    calendar: WorkingCalendar,
) -> bool:
    """Gives the lead to whom the first fitting rule wants, where nobody has worked on it."""
    if not any(one.rule.assigns for one in fitting) or not await _is_free(tx, lead):
        return False
    present = lead.owner_id

    async def otherwise() -> str | None:
        return present

    await tx.turn("assignment")
    ruled = await ruled_owner(tx, lead, rules, calendar=calendar, otherwise=otherwise)
    if ruled is None or present in ruled.wanted:
        return False
    if not any(one.key == (ruled.number, ruled.version) for one in fitting):
        return False  # it had its turn: whoever has the lead now came after it
    decision = await weighing.weigh(tx, lead, rules, calendar=calendar, ruled=ruled)
    if decision.chosen not in ruled.wanted:
        return False
    owner = await tx.get(Member, decision.chosen)
    await assignment.give(tx, lead, owner, reason="rule", why=decision.as_json())
    return True


async def _is_free(tx: Transaction, lead: Lead) -> bool:
    """Young, untouched, and its owner's by no more than the machine's first choice."""
    if lead.first_touched_at is not None or lead.state not in (
        LeadState.ASSIGNED,
        LeadState.VIEWED,
    ):
        return False
    if tx.now - lead.opened_at > YOUNG or lead.automatic_reassignments:
        return False
    last = await leads.decision(tx, lead)
    return last is not None and last.by is None and last.data["reason"] in _BY_ITSELF


async def _apply(
    tx: Transaction, lead: Lead, one: Active, rules: Rules, settings: Settings
) -> None:
    owner = await tx.get(Member, lead.owner_id)
    own = None if one.row.is_house_wide else await people_of(tx, one.row.author_id)
    if own is not None and owner.id not in own:
        return
    whom = one.rule.assigns
    if whom is not None and not one.rule.others:
        team = await members.reps(tx)
        if owner.id not in wanted(whom, team):
            return  # it did not come to that
    await tx.record(
        RuleApplied(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            rule_id=one.row.number,
            version=one.row.version,
        )
    )
    await _mark(tx, lead, one)
    titles = [deed.title for deed in one.rule.do if isinstance(deed, Push)]
    if titles:
        await offer_titles(tx, lead, owner, titles, rules, settings, why=f"规则 {one.row.number}")
    for deed in one.rule.do:
        if isinstance(deed, Notify):
            await _tell(tx, lead, one, deed, owner, settings)


async def _mark(tx: Transaction, lead: Lead, one: Active) -> None:
    """High priority and tags, as one fact."""
    tags = [
        deed.tag for deed in one.rule.do if isinstance(deed, TagIt) and deed.tag not in lead.tags
    ]
    rises = lead.priority != Priority.HIGH and any(isinstance(deed, Raise) for deed in one.rule.do)
    if not tags and not rises:
        return
    lead.tags = [*lead.tags, *tags]
    if rises:
        lead.priority = Priority.HIGH
    tx.add(lead)
    await tx.record(
        PriorityRaised(
            at=tx.now, client_id=lead.client_id, lead_id=lead.id, tags=tags, to=lead.priority
        )
    )


async def _tell(
    tx: Transaction, lead: Lead, one: Active, deed: Notify, owner: Member, settings: Settings
) -> None:
    """Who may not see the client learns of him no more than his number."""
    member = await _meant(tx, one, deed, owner)
    if member is None or not member.active:
        return
    sees = (await scope_of(tx, member)).covers(lead)
    what = f"「{await title_of(tx, lead)}」" if sees else f"线索 {lead.ref}"
    whose = "您" if member.id == owner.id else owner.name
    await tx.notify(
        member,
        Text(text=f"{what}符合规则 {one.row.number}，由{whose}负责。\n{one.row.sentence}"),
        client_id=lead.client_id,
        lead_id=lead.id,
        due_at=at_any_hour(member, tx.now, settings.zone),
    )


async def _meant(tx: Transaction, one: Active, deed: Notify, owner: Member) -> Member | None:
    if deed.person:
        return await tx.find(Member, deed.person)
    if deed.who == "owner":
        return owner
    if deed.who == "manager":
        return await members.manager_of(tx, owner.id)
    return await tx.find(Member, one.row.author_id)
