"""48 小时: the owner is reminded after 24 hours of silence, the manager decides after 48.

The manager's card shows the last facts and the whole history; 转派 gives the lead to whoever fits
best now, 需协同支持 tells the owner that help comes. Either way the clock starts again.
"""

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.facts import Escalated, LeadAssigned, LeadClosed, Reminded, SupportAsked
from crm_store.models import Client, Lead, LeadState, Member
from crm_store.queries import leads, members
from crm_store.store import Transaction
from crm_store.timers import is_set
from handlers.alarms import tell_admins
from handlers.allocation.assignment import choose, give, start_follow_up_clocks
from handlers.events import CardPress, TimerDue
from handlers.finding import find_lead
from handlers.hours import in_working_time
from handlers.links import Links
from handlers.presses import ALREADY, settle_press, take_press
from handlers.rights import may_assign
from handlers.router import Reply, Router
from handlers.showing import title_of, working_view
from handlers.telling import tell
from notifiers.card import Card, Text
from notifiers.cards.lead import lead_card
from notifiers.cards.watch import LAST_FACTS, EscalationView, FactLine, escalation_card

router = Router("escalation")

_NOT_TOLD = ("field_learned", "field_suggested", "priority_raised", "client_named")
"""What the machine noted: the manager is shown what people did."""


@router.timer("nudge")
async def remind_owner(
    due: TimerDue, tx: Transaction, rules: Rules, links: Links, calendar: WorkingCalendar
) -> None:
    """#33: a nudge the rep may mute; the manager's clock does not care."""
    lead = await _still_silent(tx, due)
    if lead is None or await leads.is_muted(tx, due.data["owner_id"], lead.client_id):
        return
    owner = await tx.get(Member, lead.owner_id)
    if not owner.active:
        return  # 48 hours bring the manager
    ahead = in_working_time(owner, tx.now, calendar)
    if ahead > tx.now:
        # Looked at again then: what is planned in the outbox could be outdated by then.
        await tx.set_timer("nudge", lead.ref, ahead, data=due.data)
        return
    view = await working_view(tx, lead, owner, links, rules)
    reminder = lead_card(view).model_copy(
        update={"text": f"已经 {rules.escalation.nudge.words}没有跟进"}
    )
    await tx.record(
        Reminded(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            member_id=owner.id,
            waited=rules.escalation.nudge.words,
        )
    )
    await tx.notify(
        owner,
        reminder,
        purpose="nudge",
        client_id=lead.client_id,
        lead_id=lead.id,
    )


@router.timer("quiet")
async def tell_manager(
    due: TimerDue, tx: Transaction, rules: Rules, links: Links, calendar: WorkingCalendar
) -> None:
    lead = await _still_silent(tx, due)
    if lead is None:
        return
    owner = await tx.get(Member, lead.owner_id)
    manager = await members.manager_of(tx, owner.id)
    await tx.set_timer(
        "quiet",
        lead.ref,
        calendar.due(tx.now, rules.escalation.quiet),
        data={"owner_id": owner.id},
    )
    await tx.record(
        Escalated(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            rung="quiet",
            waited=rules.escalation.quiet.words,
            to=manager.id if manager else None,
            owner_id=owner.id,
        )
    )
    if manager is None:
        title = await title_of(tx, lead)
        words = (
            f"「{title}」{rules.escalation.quiet.words}没有跟进，{owner.name}上面没有主管可以通知"
        )
        await tell_admins(tx, rules, words, subject=f"nobody_above:{lead.ref}")
        return
    await tx.notify(
        manager,
        await _snapshot(tx, lead, owner, manager, rules, links),
        purpose="escalation",
        client_id=lead.client_id,
        lead_id=lead.id,
        due_at=in_working_time(manager, tx.now, calendar),
    )


async def _still_silent(tx: Transaction, due: TimerDue) -> Lead | None:
    """The lead, locked and looked at again; None where the reason is gone."""
    lead = await tx.lock_lead(int(due.subject[1:]))
    if not lead.is_open or lead.owner_id != due.data["owner_id"]:
        return None
    if await is_set(tx.session, due.timer, due.subject):
        return None  # followed up while we waited for the lock: the clock runs anew
    return lead


async def _snapshot(
    tx: Transaction, lead: Lead, owner: Member, manager: Member, rules: Rules, links: Links
) -> Card:
    """#31: the last facts, in sentences."""
    names = await members.names(tx)
    told = await leads.timeline(tx, lead, last=LAST_FACTS, without=_NOT_TOLD)
    # The manager does not own the client: phones in what was said are masked on his card.
    facts = [FactLine(at=entry.at, says=await tell(tx, entry, names, masks=True)) for entry in told]
    tx.audit(manager.id, "escalation", client_id=lead.client_id)
    muted = owner.id in await leads.muted_by(tx, lead.client_id)
    rule = f"{rules.escalation.quiet.words}没有跟进" + ("（已静音提醒）" if muted else "")
    return escalation_card(
        EscalationView(
            ref=lead.ref,
            title=await title_of(tx, lead),
            owner=owner.name,
            rule=rule,
            facts=facts,
            history_url=links.history(lead, manager),
        )
    )


@router.button("reassign")
async def reassign_pressed(
    argument: str, press: CardPress, sender: Member, tx: Transaction, rules: Rules
) -> Reply:
    """One tap: to whoever fits best now, the present owner apart."""
    lead = await manageable(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    before = await tx.find(Member, lead.owner_id) if lead.owner_id else None
    decision = await choose(tx, lead, rules, tried=lead.tried)
    if decision.chosen is None:
        decision = await choose(tx, lead, rules, tried=[lead.owner_id or ""])
    successor = await tx.find(Member, decision.chosen) if decision.chosen else None
    if successor is None:
        raise CrmError("没有其他人可以接手，请回复：转派 客户 给 姓名")
    await give(tx, lead, successor, reason="escalation", by=sender.id, why=decision.as_json())
    title = await title_of(tx, lead)
    done = f"已从{before.name}转给{successor.name}" if before else f"已转给{successor.name}"
    await settle_press(tx, press, title, done, client_id=lead.client_id)
    return None


@router.button("support")
async def support_pressed(
    argument: str,
    press: CardPress,
    sender: Member,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
) -> Reply:
    lead = await manageable(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    await ask_support(tx, lead, sender, rules, calendar)
    await settle_press(
        tx, press, await title_of(tx, lead), "已安排协同支持", client_id=lead.client_id
    )
    return None


async def ask_support(
    tx: Transaction, lead: Lead, sender: Member, rules: Rules, calendar: WorkingCalendar
) -> None:
    """需协同支持: recorded, the owner is told, the clock starts again."""
    owner = await tx.get(Member, lead.owner_id)
    client = await tx.get(Client, lead.client_id)
    await tx.record(
        SupportAsked(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=sender.id,
            owner_id=owner.id,
        )
    )
    await start_follow_up_clocks(tx, lead, rules, calendar)
    if owner.id != sender.id:
        await tx.notify(
            owner,
            Text(text=f"{sender.name}会协助您跟进{client.display}，有困难请直接沟通"),
            client_id=lead.client_id,
        )


@router.on(LeadAssigned)
async def decided_by_assignment(fact: LeadAssigned, tx: Transaction) -> None:
    owner = await tx.get(Member, fact.owner_id)
    await _settle_decisions(tx, fact.lead_id, f"已转给{owner.name}")


@router.on(SupportAsked)
async def decided_by_support(fact: SupportAsked, tx: Transaction) -> None:
    await _settle_decisions(tx, fact.lead_id, "已安排协同支持")


@router.on(LeadClosed)
async def decided_by_closing(fact: LeadClosed, tx: Transaction) -> None:
    await _settle_decisions(tx, fact.lead_id, f"已关闭 · {LeadState(fact.outcome).label}")


async def _settle_decisions(tx: Transaction, lead_id: int | None, status: str) -> None:
    """What was asked of managers on other cards is decided: their buttons go."""
    if lead_id is None:
        return
    lead = await tx.get(Lead, lead_id)
    title = await title_of(tx, lead)
    for card in await leads.live_cards(tx, lead.id, None, "escalation"):
        await tx.redraw(
            card, Card(title=title, status=status), settles=True, client_id=lead.client_id
        )


async def manageable(tx: Transaction, sender: Member, ref: str) -> Lead:
    """The open lead, locked; refuses whoever may not move it."""
    found = await find_lead(tx, sender, ref)
    if not found.lead.is_open:
        raise CrmError(f"{found.client.display}的线索已经关闭")
    if not await may_assign(tx, sender, found.lead):
        raise CrmError("转派要由主管来做")
    return found.lead
