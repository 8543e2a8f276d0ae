"""熔断: what happens when an app's settings turn out wrong, and when they are right again."""

import structlog

from crm_store import breakers
from crm_store.arrival import Arrival
from crm_store.store import Transaction
from notifiers.errors import Misconfigured

log = structlog.get_logger(__name__)


async def trip(tx: Transaction, error: Misconfigured, api: str) -> None:
    """Opens a breaker (the app's, or the one API's that it lacks the right to), or puts off its
    next probe; the first time the admins hear of it."""
    held = api if error.only_this_api else breakers.WHOLE_APP
    was_closed = await breakers.trip(
        tx.session, error.app, held, reason=error.reason, advice=error.advice, now=tx.now
    )
    if was_closed:
        name = breakers.named(error.app, held)
        log.warning("breaker_opened", app=name, code=error.code)
        await _tell(tx, name, "opened")


async def mended(tx: Transaction, app: str, api: str) -> None:
    """The platform took this call of the app: its settings are right, and so is this right."""
    for name in await breakers.close(tx.session, app, api):
        log.info("breaker_closed", app=name)
        await _tell(tx, name, "closed")


async def _tell(tx: Transaction, name: str, change: str) -> None:
    await tx.arrive(
        [
            Arrival(
                kind="breaker_changed",
                key=f"breaker:{name}:{change}:{tx.fresh_id()}",
                lane="alarms",
                payload={"app": name, "change": change, "happened_at": tx.now.isoformat()},
            )
        ]
    )
