"""转派: a lead goes to a colleague of the manager's choice; a rep may pass on what is his own."""

import re

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.models import Member, Role
from crm_store.queries import absences, leads, members
from crm_store.store import Transaction
from handlers.allocation.assignment import give
from handlers.colleagues import the_colleague
from handlers.events import CardPress
from handlers.finding import manageable
from handlers.presses import ALREADY, settle_press, take_press
from handlers.router import Reply, Router
from handlers.showing import title_of
from notifiers.cards.choices import CandidateView, choose_owner
from notifiers.cards.wording import day_and_time

router = Router("reassign")

_OF_MANY = r"的(?:客户|线索|商机|咨询)(?:都|一律|自动|全部|全)?转"
"""「把上海的客户转给李娜」 is a rule in plain words."""

_COMMA = re.compile(r"[，,；;。]")
"""转给李娜，王磊太忙了: what follows the name is why."""


@router.command(
    "转派 {client} 给 {successor}",
    "把 {client} 转给 {successor}",
    "把 {client} 转派给 {successor}",
    "{client} 转给 {successor}",
    help="把客户交给同事：转派 赵主任 给 王磊",
    unless=_OF_MANY,
)
async def reassign(client: str, successor: str, sender: Member, tx: Transaction) -> Reply:
    lead = await manageable(tx, sender, client)
    name, _, reason = _COMMA.sub(",", successor, 1).partition(",")
    owner = await the_colleague(tx, name)
    title = await title_of(tx, lead)
    if owner.id == lead.owner_id:
        raise CrmError(f"「{title}」本来就由{owner.name}负责")
    await give(tx, lead, owner, reason="manual", by=sender.id, words=reason.strip() or None)
    return f"已将「{title}」转派给{owner.name}{await _if_away(tx, owner)}"


@router.command("转派 {client}", help="选一位同事接手：转派 赵主任")
async def ask_whom(client: str, sender: Member, tx: Transaction) -> Reply:
    lead = await manageable(tx, sender, client)
    loads = await leads.loads(tx)
    team = [
        member
        for member in await members.with_role(tx, Role.REP)
        if member.id != lead.owner_id and member.accounts()
    ]
    team.sort(key=lambda member: loads.get(member.id, 0) / member.capacity)
    return choose_owner(
        lead.ref,
        await title_of(tx, lead),
        [
            CandidateView(
                member.id,
                member.name,
                f"{'、'.join(member.lines) or '全部产品线'} · 手上 {loads.get(member.id, 0)} 条",
            )
            for member in team
        ],
    )


@router.button("assign")
async def chosen(
    argument: str, press: CardPress, sender: Member, tx: Transaction, rules: Rules
) -> Reply:
    """`assign:L12:wanglei` of the card above."""
    ref, _, member_id = argument.partition(":")
    lead = await manageable(tx, sender, ref)
    if await take_press(tx, press) is ALREADY:
        return None
    owner = await tx.find(Member, member_id)
    if owner is None or not owner.active:
        raise CrmError("这位同事已经不在名单里，请换一位")
    if owner.id != lead.owner_id:
        await give(tx, lead, owner, reason="manual", by=sender.id)
    await settle_press(
        tx, press, await title_of(tx, lead), f"已转给{owner.name}", client_id=lead.client_id
    )
    return None


async def _if_away(tx: Transaction, member: Member) -> str:
    back = (await absences.away(tx, tx.now)).get(member.id)
    return f"。他正在请假，{day_and_time(back)} 回来" if back is not None else ""
