"""Stores what a pointer announced: a page, the cursor and the pointer, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.platforms import kf
from config.clock import Clock
from crm_store import cursors, inbox
from crm_store.arrival import Arrival
from crm_store.inbox import Waiting
from crm_store.store import Store
from notifiers.breaking import mended, trip
from notifiers.errors import Misconfigured
from notifiers.messenger import Messenger

_APP, _API = "wecom.kf", "kf/sync_msg"


@dataclass
class PointedPages:
    """One pull of one pointer. Fills bot/platforms/kf.py's CursorStore."""

    store: Store
    pointer: Waiting
    _covers: int | None = None
    """The last pointer that was there before the first fetch: this pull serves it too."""

    async def cursor(self, open_kfid: str) -> str:
        async with self.store.view() as view:
            if self._covers is None:
                newest = await inbox.newest_waiting(view.session, self.pointer.lane)
                self._covers = max(newest or 0, self.pointer.id)
            return await cursors.position(view.session, f"kf:{open_kfid}")

    async def store_page(
        self,
        open_kfid: str,
        old_cursor: str,
        new_cursor: str,
        arrivals: Sequence[Arrival],
        *,
        pointer_done: bool,
    ) -> bool:
        async with self.store.transaction() as tx:
            is_ours = await cursors.move(
                tx.session, f"kf:{open_kfid}", old=old_cursor, new=new_cursor, now=tx.now
            )
            if not is_ours:
                return False
            await mended(tx, _APP, _API)
            await tx.arrive(arrivals)
            if pointer_done:
                covered = self._covers or self.pointer.id
                await inbox.done_up_to(tx.session, self.pointer.lane, covered, now=tx.now)
            return True


@dataclass(frozen=True)
class KfPull:
    """The inbound step for `kf_pointer`."""

    store: Store
    messenger: Messenger
    clock: Clock

    async def __call__(self, pointer: Waiting) -> None:
        pages = PointedPages(self.store, pointer)
        try:
            await kf.pull(pointer.payload, call=self.messenger.call, store=pages, clock=self.clock)
        except Misconfigured as error:
            # The pointer is tried again by itself; the admins hear which setting is wrong.
            async with self.store.transaction() as tx:
                await trip(tx, error, _API)
            raise
