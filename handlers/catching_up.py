"""补拉: a pointer may be lost while we are down; what it announced can still be pulled."""

from crm_store.arrival import Arrival, Route
from crm_store.inbox import newest_waiting
from crm_store.queries import conversations
from crm_store.store import Transaction
from handlers.router import Router

router = Router("catching_up")


@router.schedule("*/15 * * * *")
async def every_quarter(tx: Transaction) -> None:
    await look_everywhere(tx)


async def look_everywhere(tx: Transaction) -> None:
    """One pointer for each 客服 account we know, unless one waits already."""
    for account in await conversations.accounts(tx):
        lane = f"kf-pull:{account}"
        if await newest_waiting(tx.session, lane) is not None:
            continue
        payload = {
            "open_kfid": account,
            "token": "",
            "app": "kf",
            "created_at": tx.now.isoformat(),
        }
        key = f"wecom:kf-look:{tx.fresh_id()}"
        await tx.arrive([Arrival("kf_pointer", key, lane, payload, route=Route.PULL)])
