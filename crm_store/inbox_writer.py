"""Group commit: events that arrive together share a transaction before they are answered."""

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy.exc import DBAPIError

from config.clock import Clock
from crm_store.arrival import Arrival
from crm_store.database import Database
from crm_store.errors import NotStored
from crm_store.inbox import put
from crm_store.vault import Vault
from crm_store.wakeup import Wakeup

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 4.5
"""WeCom hangs up after five (developer.work.weixin.qq.com/document/path/90238)."""

_ROLLED_BACK = "40"
"""SQLSTATE's class of transactions that may succeed as they are."""


class InboxWriter:
    """Group commit: takes whatever is queued, stores it in one transaction, then says so.

    It costs nothing where little happens and lets thousands of callbacks a second share a commit.
    The queue is bounded: past it, on any database error, and once it was stopped, `accept` raises
    NotStored (503).
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        wakeup: Wakeup,
        *,
        most_queued: int = 2_000,
        most_together: int = 256,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._wakeup = wakeup
        self._most_together = most_together
        self._patience = patience
        self._queue: asyncio.Queue[tuple[Sequence[Arrival], asyncio.Future[None]]]
        self._queue = asyncio.Queue(most_queued)
        self.accepted = 0
        """How many events were new."""
        self._is_stopped = False

    async def accept(self, arrivals: Sequence[Arrival]) -> None:
        """Returns once the arrivals are durable; raises NotStored where they are not in time.

        Whoever was told so sends them again, so what nobody waits for any more is not stored: it
        would come after what was said later.
        """
        if self._is_stopped:
            raise NotStored("the program is stopping")
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((arrivals, stored))
        except asyncio.QueueFull:
            raise NotStored("too many events wait to be stored") from None
        try:
            async with asyncio.timeout(self._patience):
                await stored
        except TimeoutError:
            raise NotStored("the database does not answer") from None

    async def run(self) -> None:
        """Stores what arrives until cancelled; what is queued by then is stored first."""
        try:
            while True:
                first = await self._queue.get()
                in_hand = asyncio.create_task(self._store(first), name="store")
                try:
                    await asyncio.shield(in_hand)
                except asyncio.CancelledError:
                    # A commit under way is carried to its end: somebody waits for the answer.
                    await in_hand
                    raise
        finally:
            self._is_stopped = True
            while not self._queue.empty():
                await self._store(self._queue.get_nowait())

    async def _store(self, first: tuple[Sequence[Arrival], asyncio.Future[None]]) -> None:
        together = [first]
        while len(together) < self._most_together and not self._queue.empty():
            together.append(self._queue.get_nowait())
        together = [(batch, stored) for batch, stored in together if not stored.done()]
        if not together:
            return
        arrivals = [arrival for batch, _ in together for arrival in batch]
        try:
            new = await self._put(arrivals)
        except Exception as error:  # noqa: BLE001 (a loop that must survive: all wait for it)
            # Not `exception`: a traceback would show the rows.
            log.error(  # noqa: TRY400
                "inbox_not_stored", error=type(error).__name__, arrivals=len(arrivals)
            )
            for _, stored in together:
                if not stored.done():
                    stored.set_exception(NotStored("the database refused the events"))
            return
        self.accepted += new
        log.info("events_stored", trace=" ".join(arrival.trace for arrival in arrivals))
        for _, stored in together:
            if not stored.done():
                stored.set_result(None)
        self._wakeup.inbox()

    async def _put(self, arrivals: Sequence[Arrival]) -> int:
        """How many were new. Two writers that were sent the same events may wait for each other:
        who gives way tries once more, for all that share his commit would come again for it."""
        try:
            return await self._put_once(arrivals)
        except DBAPIError as error:
            if not _gave_way(error):
                raise
        log.info("inbox_gave_way", arrivals=len(arrivals))
        return await self._put_once(arrivals)

    async def _put_once(self, arrivals: Sequence[Arrival]) -> int:
        async with self._database.writing() as session:
            return await put(session, arrivals, now=self._clock.now(), vault=self._vault)


def _gave_way(error: DBAPIError) -> bool:
    """Whether PostgreSQL rolled it back for the sake of another (a deadlock)."""
    return str(getattr(error.orig, "sqlstate", "")).startswith(_ROLLED_BACK)
