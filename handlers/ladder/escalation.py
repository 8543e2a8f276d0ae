"""沉默升级: the manager decides on a lead that lies: 转派, 需协同支持, 再等一天.

转派 gives it to whoever fits best now, 需协同支持 tells the owner that help comes; either way the
clock starts again. 再等一天 lets it run a day on, once a silence.
"""

from datetime import datetime, timedelta

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.schemas.escalation import Action
from crm_store.errors import CrmError
from crm_store.facts import LeadAssigned, LeadClosed, MoreTimeGiven, SupportAsked
from crm_store.models import Client, Lead, LeadState, Member
from crm_store.models.ladder import iso
from crm_store.queries import leads
from crm_store.store import Transaction
from handlers.allocation.assignment import choose, give
from handlers.events import CardPress
from handlers.finding import manageable
from handlers.ladder.clocks import applies, counted_from
from handlers.ladder.saying import may_wait, snapshot
from handlers.ladder.standing import Ladder
from handlers.links import Links
from handlers.presses import ALREADY, settle_press, take_press
from handlers.router import Reply, Router
from handlers.showing import title_of
from notifiers.card import Card, Text
from notifiers.cards.wording import day_and_time

router = Router("escalation")

_A_DAY = timedelta(days=1)


@router.command(
    "升级 {client}", "看看 {client} 怎么办", help="看一位客户的经过并做决定：升级 赵主任"
)
async def show(client: str, sender: Member, tx: Transaction, ladder: Ladder, links: Links) -> Reply:
    """The card with the last facts and what may be done, for whoever may move the lead."""
    lead = await manageable(tx, sender, client, "升级")
    if lead.owner_id is None:
        raise CrmError(f"「{await title_of(tx, lead)}」还没有负责人，请先转派")
    # What a follow-up has answered is no reproach any more.
    steps = [
        (step, 0)
        for step in ladder.rules.escalation.steps
        if (since := counted_from(lead, step)) is not None
        and applies(lead, step)
        and _fired(lead, step.name, since)
    ]
    card = await snapshot(tx, lead, sender, ladder, links, steps=steps)
    await tx.notify(sender, card, purpose="escalation", client_id=lead.client_id, lead_id=lead.id)
    return None


@router.button("reassign")
async def reassign_pressed(
    argument: str,
    press: CardPress,
    sender: Member,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
) -> Reply:
    """One tap: to whoever fits best now, the present owner apart."""
    lead = await manageable(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    before = await tx.find(Member, lead.owner_id) if lead.owner_id else None
    decision = await choose(tx, lead, rules, tried=lead.tried, calendar=calendar)
    if decision.chosen is None:
        tried = [lead.owner_id or ""]
        decision = await choose(tx, lead, rules, tried=tried, calendar=calendar)
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
    argument: str, press: CardPress, sender: Member, tx: Transaction
) -> Reply:
    lead = await manageable(tx, sender, argument, "需协同支持")
    if await take_press(tx, press) is ALREADY:
        return None
    await ask_support(tx, lead, sender)
    await settle_press(
        tx, press, await title_of(tx, lead), "已安排协同支持", client_id=lead.client_id
    )
    return None


async def ask_support(tx: Transaction, lead: Lead, sender: Member) -> None:
    """需协同支持: recorded, the owner is told, the clock starts again."""
    if lead.owner_id is None:
        raise CrmError("这条线索还没有负责人，请先转派")
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
    if owner.id != sender.id:
        await tx.notify(
            owner,
            Text(text=f"{sender.name}会协助您跟进{client.display}，有困难请直接沟通"),
            client_id=lead.client_id,
        )


@router.button("wait")
async def wait_pressed(
    argument: str,
    press: CardPress,
    sender: Member,
    tx: Transaction,
    ladder: Ladder,
    calendar: WorkingCalendar,
) -> Reply:
    lead = await manageable(tx, sender, argument, "再等一天")
    if await take_press(tx, press) is ALREADY:
        return None
    until = await give_more_time(tx, lead, sender, ladder, calendar)
    status = f"再等一天，到 {day_and_time(until)}"
    await settle_press(tx, press, await title_of(tx, lead), status, client_id=lead.client_id)
    return None


@router.command(
    "再等一天 {client}", "{client} 再等一天", help="升级的线索再给负责人一天：再等一天 赵主任"
)
async def wait_asked(
    client: str, sender: Member, tx: Transaction, ladder: Ladder, calendar: WorkingCalendar
) -> Reply:
    lead = await manageable(tx, sender, client, "再等一天")
    until = await give_more_time(tx, lead, sender, ladder, calendar)
    return f"好的，「{await title_of(tx, lead)}」再等到 {day_and_time(until)}"


async def give_more_time(
    tx: Transaction, lead: Lead, sender: Member, ladder: Ladder, calendar: WorkingCalendar
) -> datetime:
    """Until when the rungs that were brought before a manager wait now."""
    if lead.owner_id == sender.id:
        raise CrmError("这条线索由您自己负责，请跟进一次，或请主管来定")
    rungs = [
        (step, since)
        for step in ladder.rules.escalation.steps
        if step.does(Action.WARN, Action.TAKEOVER) and not step.does(Action.REASSIGN)
        if (since := counted_from(lead, step)) is not None and _fired(lead, step.name, since)
    ]
    if not rungs:
        raise CrmError("这条线索刚刚有了新进展，没有在等您决定的升级")
    if not may_wait(lead, [step for step, _ in rungs]):
        raise CrmError("已经多等过一天了，请转派、给支持，或者接管")
    until = calendar.next_working_moment(tx.now + _A_DAY)
    for step, since in rungs:
        await tx.record(
            MoreTimeGiven(
                at=tx.now,
                client_id=lead.client_id,
                lead_id=lead.id,
                by=sender.id,
                rung=step.name,
                until=until,
                since=since,
            )
        )
    return until


def _fired(lead: Lead, rung: str, since: datetime) -> bool:
    entry = (lead.ladder or {}).get("fired", {}).get(rung)
    return entry is not None and entry["since"] == iso(since)


@router.on(LeadAssigned)
async def decided_by_assignment(fact: LeadAssigned, tx: Transaction) -> None:
    owner = await tx.get(Member, fact.owner_id)
    await _settle_decisions(tx, fact.lead_id, f"已转给{owner.name}")


@router.on(SupportAsked)
async def decided_by_support(fact: SupportAsked, tx: Transaction) -> None:
    await _settle_decisions(tx, fact.lead_id, "已安排协同支持")


@router.on(MoreTimeGiven)
async def decided_to_wait(fact: MoreTimeGiven, tx: Transaction) -> None:
    await _settle_decisions(tx, fact.lead_id, f"再等一天，到 {day_and_time(fact.until)}")


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
