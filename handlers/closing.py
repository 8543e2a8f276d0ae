"""关闭: a lead ends as won, lost or invalid; the client's next words open a new one."""

from crm_store.errors import CrmError
from crm_store.facts import LeadClosed
from crm_store.models import Lead, LeadState, Member
from crm_store.store import Transaction
from crm_store.timers import cancel_all
from handlers.allocation.assignment import settle_cards
from handlers.finding import find_lead
from handlers.finding_clients import look_up_client
from handlers.links import Links
from handlers.reading import Reader
from handlers.rights import scope_of
from handlers.router import Reply, Router
from handlers.showing import title_of
from notifiers.cards.lead import CLOSED

router = Router("closing")


@router.command("赢单 {client}", help="标记成交：赢单 赵主任")
async def won(client: str, sender: Member, tx: Transaction) -> Reply:
    return await _close(tx, sender, client, LeadState.WON, None)


@router.command("输单 {client} {reason}", help="标记输单并写明原因：输单 赵主任 选了别家")
async def lost(client: str, reason: str, sender: Member, tx: Transaction) -> Reply:
    return await _close(tx, sender, client, LeadState.LOST, reason)


@router.command("无效 {client} {reason}", help="标记无效并写明原因：无效 赵主任 打错了电话")
async def invalid(client: str, reason: str, sender: Member, tx: Transaction) -> Reply:
    return await _close(tx, sender, client, LeadState.INVALID, reason)


@router.command(
    "撤销赢单 {client}",
    "撤销输单 {client}",
    "撤销无效 {client}",
    "重新打开 {client}",
    help="关错了怎么接着跟：撤销赢单 赵主任",
)
async def cannot_be_undone(client: str, sender: Member, tx: Transaction, reader: Reader) -> Reply:
    """What is closed stays so (product.md: a new lead opens); he is told how to go on."""
    found, _ = await look_up_client(tx, sender, client, reader)
    return (
        f"关闭了的线索不能重开。{found.display}再来消息，会自动建一条新的；要现在接着跟，"
        f"请回复：线索 {found.display} 加上电话和产品。报表里记错的，请主管知道"
    )


async def _close(
    tx: Transaction, sender: Member, name: str, outcome: LeadState, reason: str | None
) -> str:
    found = await find_lead(tx, sender, name)
    lead = found.lead
    title = await title_of(tx, lead)
    if not (await scope_of(tx, sender)).governs(lead):
        owner = await tx.find(Member, lead.owner_id) if lead.owner_id else None
        raise CrmError(f"「{title}」由{owner.name if owner else '同事'}负责，请他来标记")
    if not lead.is_open:
        raise CrmError(f"「{title}」已经是{LeadState(lead.state).label}")
    await tx.record(
        LeadClosed(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=sender.id,
            outcome=outcome.value,
            words=reason,
        )
    )
    return f"「{title}」已标记为{outcome.label}"


@router.on(LeadClosed)
async def stop_clocks(fact: LeadClosed, tx: Transaction, links: Links) -> None:
    """No deadline outlives the lead, and its card says so."""
    lead = await tx.get(Lead, fact.lead_id)
    await cancel_all(tx.session, lead.ref)
    owner = await tx.find(Member, lead.owner_id) if lead.owner_id else None
    if owner is not None:
        status = f"{CLOSED} · {LeadState(lead.state).label}"
        await settle_cards(tx, lead, owner, status, links, still_owner=True)
