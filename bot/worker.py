"""收件箱 → handlers: takes the oldest due event of any lane and handles it, one transaction each.

An event whose handler fails is rolled back whole, tried again for a minute, then set aside with
where it failed. Pointers (what must be fetched) go the same way, but their fetching happens
outside any transaction, under a lease.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.dispatcher import Dispatcher
from bot.faults import describe, frames
from crm_store import inbox
from crm_store.arrival import Arrival, Route
from crm_store.inbox import Waiting
from crm_store.store import Store, Transaction
from crm_store.wakeup import LocalWakeup, either
from handlers.events import DeadLetter

log = structlog.get_logger(__name__)

_LOOK_EVERY_SECONDS = 1.0
_PULL_LEASE = timedelta(minutes=2)
_PULL_FOR = timedelta(days=3)
"""The platform keeps messages for three days; a pointer is tried for as long."""

Pull = Callable[[Waiting], Awaitable[None]]
"""Fetches what a pointer announces, stores it page by page and marks the pointer done."""


@dataclass
class Worker:
    """Handles events until told to stop; whoever dies in the middle leaves the event as it was."""

    store: Store
    dispatcher: Dispatcher
    wakeup: LocalWakeup
    pulls: Mapping[str, Pull]
    handled: int = 0
    failed: int = 0
    is_busy: bool = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Handles what is due until `stopping` is set; the event in hand is finished first."""
        while not stopping.is_set():
            self.wakeup.inbox_ready.clear()
            try:
                self.is_busy = True
                busy = await self.pull_one()
                busy = await self.handle_one() or busy
            except (SQLAlchemyError, OSError) as error:
                log.error("worker_without_database", error=describe(error))  # noqa: TRY400 (rows)
                busy = False
            finally:
                self.is_busy = False
            if not busy:
                await either(self.wakeup.inbox_ready, _LOOK_EVERY_SECONDS)

    async def handle_one(self) -> bool:
        """Handles the oldest due event; False where none is due."""
        row: Waiting | None = None
        try:
            async with self.store.transaction() as tx:
                row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
                if row is None:
                    return False
                with structlog.contextvars.bound_contextvars(event=row.id, kind=row.kind):
                    await self.dispatcher.dispatch(tx, row.kind, row.payload)
                await inbox.done(tx.session, row.id, now=tx.now, client_id=tx.touched_client)
        except Exception as error:
            if row is None:
                raise
            await self._note_failure(row, error)
        else:
            self.handled += 1
        return True

    async def pull_one(self) -> bool:
        """Pulls what the oldest due pointer announces; False where none is due."""
        async with self.store.transaction() as tx:
            row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault, route=Route.PULL)
            if row is None:
                return False
            await inbox.lease(tx.session, row.id, until=tx.now + _PULL_LEASE, attempts=row.attempts)
        try:
            await self.pulls[row.kind](row)
        except Exception as error:  # noqa: BLE001 (a loop that must survive)
            await self._note_failure(row, error, holds=_PULL_FOR)
        return True

    async def _note_failure(
        self, row: Waiting, error: Exception, *, holds: timedelta = inbox.HOLDS_LANE
    ) -> None:
        self.failed += 1
        where = describe(error)
        log.error("event_failed", event=row.id, kind=row.kind, error=where, frames=frames(error))
        async with self.store.transaction() as tx:
            is_dead = await inbox.failed(tx.session, row, now=tx.now, error=where, holds=holds)
            if is_dead and row.kind != DeadLetter.kind:
                await self._tell_admins(tx, row)

    async def _tell_admins(self, tx: Transaction, row: Waiting) -> None:
        letter = DeadLetter(inbox_id=row.id, event=row.kind, happened_at=tx.now)
        await tx.arrive(
            [
                Arrival(
                    kind=letter.kind,
                    key=f"dead:{row.id}:{tx.fresh_id()}",
                    lane="alarms",
                    payload=letter.model_dump(mode="json"),
                )
            ]
        )
