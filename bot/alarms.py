"""Alarms that no event of a platform raised: they reach the admins the same way as all else."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.faults import describe
from crm_store.arrival import Arrival
from crm_store.store import Store
from handlers.events import AlarmRaised

log = structlog.get_logger(__name__)


class Alarms:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._on_their_way: set[asyncio.Task[None]] = set()

    def raise_later(self, subject: str, words: str) -> None:
        """For callers that cannot wait."""
        task = asyncio.create_task(self.raise_now(subject, words))
        self._on_their_way.add(task)
        task.add_done_callback(self._on_their_way.discard)

    async def raise_now(self, subject: str, words: str) -> None:
        try:
            await self._put(AlarmRaised(subject=subject, words=words))
        except (SQLAlchemyError, OSError) as error:
            # The log has it; an alarm must not end what raised it.
            log.error("alarm_not_stored", subject=subject, error=describe(error))  # noqa: TRY400

    async def _put(self, event: AlarmRaised) -> None:
        async with self._store.transaction() as tx:
            await tx.arrive(
                [
                    Arrival(
                        kind=event.kind,
                        key=f"alarm:{tx.fresh_id()}",
                        lane="alarms",
                        payload=event.model_dump(mode="json"),
                    )
                ]
            )
