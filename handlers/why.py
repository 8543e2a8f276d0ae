"""为什么: why a lead is whose it is (#26), and what any field of it rests on."""

from crm_store.errors import CrmError
from crm_store.models import Lead, LeadState, Member
from crm_store.queries import leads
from crm_store.store import Transaction
from handlers.allocation.explained import why_his, why_pooled
from handlers.colleagues import the_colleague
from handlers.explaining import why_field
from handlers.fields import field_called, split_field
from handlers.finding import find_lead
from handlers.rights import scope_of
from handlers.router import Reply, Router
from notifiers.card import Text
from notifiers.cards.advice import nobody_card, reason_card, reason_text

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
    if lead.state == LeadState.POOLED:
        return nobody_card(await why_pooled(tx, lead))
    reason = await why_his(tx, lead, asker)
    if reason.how and not reason.criteria:
        return f"「{reason.title}」{'是' if reason.how.endswith('的') else ''}{reason.how}"
    return reason_text(reason)


@router.command(
    "为什么给 {colleague}",
    "为什么分给 {colleague}",
    "为什么是 {colleague}",
    help="同事最近一条线索为什么给他：为什么给李娜",
)
async def why_him(colleague: str, sender: Member, tx: Transaction) -> Reply:
    member = await _within(tx, sender, colleague)
    lead = await leads.latest_of_owner(tx, member.id)
    if lead is None:
        whose = "您" if member.id == sender.id else member.name
        raise CrmError(f"{whose}名下现在没有线索")
    found = await find_lead(tx, sender, lead.ref)
    return reason_card(await why_his(tx, found.lead, sender, member))


@router.command(
    "为什么把 {client} 给 {colleague}",
    "为什么把 {client} 分给 {colleague}",
    "{client} 为什么给 {colleague}",
    help="这位客户为什么给他，或者为什么不是他：为什么把 赵主任 给 李娜",
)
async def why_this_to_him(client: str, colleague: str, sender: Member, tx: Transaction) -> Reply:
    found = await find_lead(tx, sender, client)
    named = await the_colleague(tx, colleague, may_be=lambda _: True)
    if found.lead.state == LeadState.POOLED:
        return nobody_card(await why_pooled(tx, found.lead))
    return reason_card(await why_his(tx, found.lead, sender, named))


async def _within(tx: Transaction, sender: Member, name: str) -> Member:
    """The colleague of this name whose clients the asker may see. Whoever else there is, is not
    there for him."""
    owners = (await scope_of(tx, sender)).owners
    return await the_colleague(
        tx,
        name,
        may_be=lambda member: owners is None or member.id in owners,
        missing="没有找到您团队里的同事“{}”，请写全名",
    )
