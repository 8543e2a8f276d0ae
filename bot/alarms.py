"""Alarms that no event of a platform raised: they reach the admins the same way as all else."""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.faults import describe
from crm_store.arrival import Arrival
from crm_store.store import Store
from handlers.events import AlarmRaised

log = structlog.get_logger(__name__)

_END_WITHIN = timedelta(seconds=5)


class Alarms:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._on_their_way: set[asyncio.Task[None]] = set()

    def raise_later(self, subject: str, words: str) -> None:
        """For callers that cannot wait. `close` waits for what is on its way."""
        task = asyncio.create_task(self.raise_now(subject, words))
        self._on_their_way.add(task)
        task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._on_their_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("alarm_failed", error=describe(error))

    async def close(self, within: timedelta = _END_WITHIN) -> None:
        """Once nobody raises any more: waits for what is on its way, and gives up the rest."""
        if not self._on_their_way:
            return
        _, late = await asyncio.wait(set(self._on_their_way), timeout=within.total_seconds())
        for task in late:
            log.warning("alarm_given_up")
            task.cancel()
        if late:
            await asyncio.wait(late)

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
