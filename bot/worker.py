"""收件箱 → handlers: takes the oldest due events, each of another lane, and handles them.

They share a commit as long as all goes well. Where one fails they are rolled back and handled one
by one: only what fails alone is tried again, for a minute, then set aside with where it failed.
Pointers (what must be fetched) go the same way, but their fetching happens outside any
transaction, under a lease.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.dispatcher import Dispatcher
from bot.faults import describe, frames
from config import tracing
from crm_store import inbox
from crm_store.arrival import Arrival, Route
from crm_store.database import is_in_trouble
from crm_store.inbox import Waiting
from crm_store.store import Store, Transaction
from crm_store.wakeup import LocalWakeup, either
from handlers.events import DeadLetter

log = structlog.get_logger(__name__)

_TROUBLE_HOLDS = timedelta(hours=1)
"""The database's own troubles (a full disk, a restart) are not the event's fault."""
_LOOK_EVERY_SECONDS = 1.0
_PULL_LEASE = timedelta(seconds=20)
"""As long as clients' words wait for the successor of a process that died. A pull that takes longer
is begun again beside it, which costs calls and doubles nothing: the cursor moves once."""
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
    together: int = 16
    """Events, each of another lane, that share a commit."""
    together_for: float = 0.05
    """Seconds after which no further event joins a commit: callbacks wait for the same writer."""
    at_once: int = 1
    """Loops that handle side by side; one where the database has one writer."""
    handled: int = 0
    failed: int = 0
    turns: int = 0
    """Begun ones; who looks twice sees whether something was in hand between."""
    _busy: int = 0

    @property
    def is_busy(self) -> bool:
        return self._busy > 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Handles what is due until `stopping` is set; the events in hand are finished first."""
        async with asyncio.TaskGroup() as loops:
            for _ in range(self.at_once):
                loops.create_task(self._loop(stopping))

    async def _loop(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            self.wakeup.inbox_ready.clear()
            if not await self._survive():
                await either(self.wakeup.inbox_ready, _LOOK_EVERY_SECONDS)

    async def _survive(self) -> bool:
        self._busy += 1
        self.turns += 1
        try:
            return await self.handle_some()
        except (SQLAlchemyError, OSError) as error:
            log.error("worker_without_database", error=describe(error))  # noqa: TRY400 (rows)
            return False
        finally:
            self._busy -= 1

    async def handle_some(self) -> bool:
        """Handles the oldest due events in one commit; False where none is due.

        Where one of them fails nothing of them all is kept, and each is handled by itself.
        """
        rows: list[Waiting] = []
        try:
            async with self.store.transaction() as tx:
                rows = await inbox.heads(
                    tx.session, now=tx.now, vault=tx.vault, limit=self.together
                )
                clients = await self._handle_together(tx, rows)
                await inbox.all_done(tx.session, clients, now=tx.now)
        except Exception as error:
            if not rows:
                raise
            log.info("events_taken_apart", events=len(rows), error=type(error).__name__)
            for _ in rows:
                await self.handle_one()
            return True
        self.handled += len(clients)
        for row in rows:
            if row.id in clients:
                log.info("event_handled", inbox=row.id, kind=row.kind, trace=row.trace)
        return bool(rows)

    async def _handle_together(
        self, tx: Transaction, rows: Sequence[Waiting]
    ) -> dict[int, int | None]:
        """Row → the client it was about, of those that were handled: the rest would keep others
        from writing for too long."""
        clients: dict[int, int | None] = {}
        until = asyncio.get_running_loop().time() + self.together_for
        for row in rows:
            one = tx.apart(is_careful=False)
            await self._dispatch(one, row)
            clients[row.id] = one.touched_client
            if asyncio.get_running_loop().time() >= until:
                break
        return clients

    async def _dispatch(self, tx: Transaction, row: Waiting) -> None:
        of_row = structlog.contextvars.bound_contextvars(inbox=row.id, kind=row.kind)
        with tracing.traced(row.trace), of_row:
            await self.dispatcher.dispatch(tx, row.kind, row.payload)

    async def handle_one(self) -> bool:
        """Handles the oldest due event; False where none is due."""
        row: Waiting | None = None
        try:
            async with self.store.transaction() as tx:
                row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
                if row is None:
                    return False
                await self._dispatch(tx, row)
                await inbox.done(tx.session, row.id, now=tx.now, client_id=tx.touched_client)
        except Exception as error:
            if row is None:
                raise
            self.failed += 1
            holds = _TROUBLE_HOLDS if is_in_trouble(error) else inbox.HOLDS_LANE
            await note_failure(self.store, row, error, holds=holds)
        else:
            self.handled += 1
            log.info("event_handled", inbox=row.id, kind=row.kind, trace=row.trace)
        return True


@dataclass
class Puller:
    """Fetches what pointers announce, in a loop of its own: a slow platform holds up nothing."""

    store: Store
    wakeup: LocalWakeup
    pulls: Mapping[str, Pull]
    is_busy: bool = False
    turns: int = 0
    """Begun ones, as the worker's."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Pulls what is due until `stopping` is set; the page in hand is stored first."""
        while not stopping.is_set():
            self.wakeup.pointers_ready.clear()
            if not await self._survive():
                await either(self.wakeup.pointers_ready, _LOOK_EVERY_SECONDS)

    async def _survive(self) -> bool:
        self.turns += 1
        try:
            self.is_busy = True
            return await self.pull_one()
        except (SQLAlchemyError, OSError) as error:
            log.error("puller_without_database", error=describe(error))  # noqa: TRY400 (rows)
            return False
        finally:
            self.is_busy = False

    async def pull_one(self) -> bool:
        """Pulls what the oldest due pointer announces; False where none is due."""
        async with self.store.view() as view:
            if not await inbox.has_due(view.session, now=view.now, route=Route.PULL):
                return False
        async with self.store.transaction() as tx:
            row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault, route=Route.PULL)
            if row is None:
                return False
            await inbox.lease(tx.session, row.id, until=tx.now + _PULL_LEASE, attempts=row.attempts)
        try:
            with tracing.traced(row.trace):
                await self.pulls[row.kind](row)
        except Exception as error:  # noqa: BLE001 (a loop that must survive)
            await note_failure(self.store, row, error, holds=_PULL_FOR)
        return True


async def note_failure(
    store: Store, row: Waiting, error: Exception, *, holds: timedelta = inbox.HOLDS_LANE
) -> None:
    """Writes down where it failed, and tells the admins where it was the last time."""
    where = describe(error)
    # Not `exception`: a traceback would show values.
    log.error(
        "event_failed",
        inbox=row.id,
        kind=row.kind,
        trace=row.trace,
        error=where,
        frames=frames(error),
    )
    with tracing.traced(row.trace):
        await _write_failure(store, row, where, holds=holds)


async def _write_failure(store: Store, row: Waiting, where: str, *, holds: timedelta) -> None:
    async with store.transaction() as tx:
        is_dead = await inbox.failed(tx.session, row, now=tx.now, error=where, holds=holds)
        if is_dead and row.kind != DeadLetter.kind:
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
