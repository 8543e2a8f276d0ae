"""静音: no more reminders about a client for this rep. Transfers, the client's words and what
managers measure go on."""

from crm_store.errors import CrmError
from crm_store.facts import Muted, Unmuted
from crm_store.models import Member, Mute
from crm_store.store import Transaction
from handlers.finding import Found, find_lead
from handlers.router import Reply, Router

router = Router("mute")


@router.command("静音 {client}", "别再提醒我 {client}", help="不再提醒您跟进这位客户：静音 赵主任")
async def mute(client: str, sender: Member, tx: Transaction) -> Reply:
    return await _mute(tx, sender, await find_lead(tx, sender, client))


@router.button("mute")
async def mute_pressed(argument: str, sender: Member, tx: Transaction) -> Reply:
    return await _mute(tx, sender, await find_lead(tx, sender, argument))


async def _mute(tx: Transaction, sender: Member, found: Found) -> Reply:
    client = found.client
    if await tx.find(Mute, (sender.id, client.id)) is not None:
        return f"{client.display}的提醒本来就是关着的。要打开请回复：恢复 {client.display}"
    tx.add(Mute(member_id=sender.id, client_id=client.id, since=tx.now))
    await tx.record(
        Muted(
            at=tx.now,
            client_id=client.id,
            lead_id=found.lead.id,
            by=sender.id,
            member_id=sender.id,
        )
    )
    return f"好的，不再提醒您跟进{client.display}。要打开请回复：恢复 {client.display}"


@router.command("恢复 {client}", "取消静音 {client}", help="重新提醒：恢复 赵主任")
async def unmute(client: str, sender: Member, tx: Transaction) -> Reply:
    found = await find_lead(tx, sender, client)
    muted = await tx.find(Mute, (sender.id, found.client.id))
    if muted is None:
        raise CrmError(f"{found.client.display}的提醒本来就是开着的")
    await tx.session.delete(muted)
    await tx.record(
        Unmuted(
            at=tx.now,
            client_id=found.client.id,
            lead_id=found.lead.id,
            by=sender.id,
            member_id=sender.id,
        )
    )
    return f"好的，会继续提醒您跟进{found.client.display}"
