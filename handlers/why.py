"""为什么: why a lead is whose it is (#26), and what any field of it rests on."""

from crm_store.errors import CrmError
from crm_store.models import Lead, Member
from crm_store.queries import leads
from crm_store.store import Transaction
from handlers.explaining import why_field
from handlers.fields import field_called, split_field
from handlers.finding import find_lead
from handlers.router import Reply, Router
from handlers.showing import title_of
from notifiers.card import Text
from notifiers.cards.advice import CriterionView, ReasonView, RivalView, reason_text

router = Router("why")


@router.button("why")
async def why_pressed(argument: str, sender: Member, tx: Transaction) -> Reply:
    found = await find_lead(tx, sender, argument)
    return await _why(tx, found.lead, sender)


@router.command("为什么给我", "为什么分给我", "为什么是我", "为什么", help="最近一条线索为什么给您")
async def why_me(sender: Member, tx: Transaction) -> Reply:
    lead = await leads.latest_of_owner(tx, sender.id)
    if lead is None:
        raise CrmError("您名下现在没有线索")
    found = await find_lead(tx, sender, lead.ref)
    return await _why(tx, found.lead, sender)


@router.command(
    "为什么 {client}",
    "{client} 为什么给我",
    "为什么给我 {client}",
    "为什么把 {client} 给我",
    help="这位客户为什么由现在的人负责",
)
async def why_this(client: str, sender: Member, tx: Transaction) -> Reply:
    named = split_field(client)
    if named is not None:
        return await _why_field(tx, sender, *named)
    found = await find_lead(tx, sender, client)
    return await _why(tx, found.lead, sender)


@router.command(
    "为什么 {client} {field}",
    "为什么 {client} 的 {field}",
    help="这一项是客户哪句话说的，之前是什么：为什么 赵主任 预算",
)
async def why_that(client: str, field: str, sender: Member, tx: Transaction) -> Reply:
    name = field_called(field.removeprefix("的"))
    if name is None:  # 「为什么 张总 CT设备」: the client's name has a blank in it
        return await why_this(f"{client} {field}", sender, tx)
    return await _why_field(tx, sender, client, name)


async def _why_field(tx: Transaction, sender: Member, client: str, name: str) -> Text:
    return await why_field(tx, await find_lead(tx, sender, client), name, sender)


async def _why(tx: Transaction, lead: Lead, asker: Member) -> Reply:
    """#26: the stored decision, criterion by criterion."""
    entry = await leads.decision(tx, lead)
    if entry is None or lead.owner_id is None:
        raise CrmError("这条线索还没有分配")
    title = await title_of(tx, lead)
    owner = await tx.get(Member, lead.owner_id)
    whose = "" if owner.id == asker.id else owner.name
    giver = await tx.find(Member, entry.by) if entry.by else None
    stored = entry.why or {}
    mine = [c for c in stored.get("candidates", []) if c["member_id"] == owner.id]
    others = [c for c in stored.get("candidates", []) if c["member_id"] != owner.id]
    if not mine or mine[0]["excluded"]:
        if giver is not None and giver.id == owner.id:
            return f"「{title}」是{whose or '您'}自己录入的"
        if giver is not None:
            return reason_text(
                ReasonView(title=title, score=0, criteria=(), by=giver.name, owner=whose)
            )
        return f"「{title}」没有其他人可分，由{owner.name}负责"
    reasons = reason_text(
        ReasonView(
            title=title,
            score=mine[0]["score"],
            criteria=[
                CriterionView(c["name"], c["points"], c["most"], c["reason"])
                for c in mine[0]["criteria"]
            ],
            rivals=[RivalView(c["name"], c["score"], c["excluded"]) for c in others],
            tie=stored.get("tie", ""),
            owner=whose,
        )
    )
    if giver is None:
        return reasons
    return Text(text=f"{giver.name}转派，按规则选出接手的人。\n{reasons.text}")
