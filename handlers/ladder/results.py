"""结果登记: after the first follow-up the owner is asked what came of it (#31), with a button each.

The words are the deployment's own, where it wants by product line: results.yaml.
"""

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.facts import LeadClosed, ResultGiven
from crm_store.models import Client, Lead, Member
from crm_store.queries import leads
from crm_store.store import Transaction
from handlers.events import CardPress
from handlers.finding import find_lead
from handlers.follow_up import owned_lead
from handlers.presses import ALREADY, settle_press, take_press
from handlers.router import Reply, Router
from handlers.showing import title_of
from notifiers.card import Card

router = Router("results")

_IN_A_STORY = r"^结果\s*(?:客户|对方|他|她|人家|我)"
"""结果客户没来 tells what happened, and names nobody."""


@router.command(
    "结果 {client} {result}",
    "登记结果 {client} {result}",
    "{client} 的结果是 {result}",
    help="登记跟进的结果：结果 赵主任 需要报价",
    unless=_IN_A_STORY,
)
async def give_result(
    client: str, result: str, sender: Member, tx: Transaction, rules: Rules
) -> Reply:
    found = await find_lead(tx, sender, client)
    if not found.lead.is_open:
        raise CrmError(f"{found.client.display}的线索已经关闭")
    said = _of_the_list(rules, found.lead, result)
    await _record(tx, found.lead, sender, said)
    return f"已登记{found.client.display}的结果：{said}"


@router.button("result")
async def pressed(
    argument: str, press: CardPress, sender: Member, tx: Transaction, rules: Rules
) -> Reply:
    """`result:L12:需试听`"""
    ref, _, result = argument.partition(":")
    lead = await owned_lead(tx, sender, ref)
    said = _of_the_list(rules, lead, result)
    card = await take_press(tx, press)
    if card is ALREADY:
        return None
    await _record(tx, lead, sender, said)
    if card is None:
        client = await tx.get(Client, lead.client_id)
        return f"已登记{client.display}的结果：{said}"
    title = await title_of(tx, lead)
    await settle_press(tx, press, title, f"结果：{said}", client_id=lead.client_id)
    return None


def _of_the_list(rules: Rules, lead: Lead, result: str) -> str:
    known = rules.results.for_line(lead.line)
    said = result.strip("「」“” 。.！!")
    if said not in known:
        raise CrmError(f"没有“{said}”这个结果，可以选：{'、'.join(known)}")
    return said


async def _record(tx: Transaction, lead: Lead, sender: Member, result: str) -> None:
    await tx.record(
        ResultGiven(
            at=tx.now, client_id=lead.client_id, lead_id=lead.id, by=sender.id, result=result
        )
    )


@router.on(ResultGiven)
async def settle_questions(fact: ResultGiven, tx: Transaction) -> None:
    """Asked once more meanwhile, or answered in words: nothing is left to press."""
    lead = await tx.get(Lead, fact.lead_id)
    await _settle_asked(tx, lead, f"结果：{fact.result}")


@router.on(LeadClosed)
async def nothing_to_ask(fact: LeadClosed, tx: Transaction) -> None:
    await _settle_asked(tx, await tx.get(Lead, fact.lead_id), "已关闭")


async def _settle_asked(tx: Transaction, lead: Lead, status: str) -> None:
    title = await title_of(tx, lead)
    for card in await leads.live_cards(tx, lead.id, None, "result"):
        drawn = Card(title=title, status=status)
        await tx.redraw(card, drawn, settles=True, client_id=lead.client_id)
