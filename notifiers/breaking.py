"""熔断: what happens when an app's settings turn out wrong, and when they are right again."""

import structlog

from crm_store import breakers
from crm_store.arrival import Arrival
from crm_store.store import Transaction
from notifiers.errors import Misconfigured

log = structlog.get_logger(__name__)


async def trip(tx: Transaction, error: Misconfigured) -> None:
    """Opens the app's breaker, or puts off its next probe; the first time the admins hear of it."""
    was_closed = await breakers.trip(
        tx.session, error.app, reason=error.reason, advice=error.advice, now=tx.now
    )
    if was_closed:
        log.warning("breaker_opened", app=error.app, code=error.code)
        await _tell(tx, error.app, "opened")


async def mended(tx: Transaction, app: str) -> None:
    """The platform took a call of this app: its settings are right."""
    if await breakers.close(tx.session, app):
        log.info("breaker_closed", app=app)
        await _tell(tx, app, "closed")


async def _tell(tx: Transaction, app: str, change: str) -> None:
    await tx.arrive(
        [
            Arrival(
                kind="breaker_changed",
                key=f"breaker:{app}:{change}:{tx.fresh_id()}",
                lane="alarms",
                payload={"app": app, "change": change, "happened_at": tx.now.isoformat()},
            )
        ]
    )
