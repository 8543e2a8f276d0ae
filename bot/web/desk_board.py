"""Who looks at which desk page, and what there is to show: one look at the database for everybody.

What is shown is the state (all that rings before somebody now), never a log of changes: nothing is
lost between two looks, between two processes or while a page was away, whatever order commits
come in. A look is one query by an index for everybody whose page is open here; only whose alerts
or roles changed are drawn.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.faults import describe
from bot.web.serving import Served
from crm_store.models import DeskSeat
from crm_store.queries import desk_alerts
from crm_store.view import View
from crm_store.wakeup import either
from handlers.desk.page import Ringing, ringing_before

log = structlog.get_logger(__name__)

_LOOK_EVERY_SECONDS = 1.0
_DRAWN_ANEW_AFTER = timedelta(hours=1)
"""Its links expire."""
_NOTED_EVERY = timedelta(minutes=1)


class Full(Exception):
    """More pages are open than are kept up to date."""


@dataclass(frozen=True)
class State:
    """What rings before one person."""

    version: str
    """Another one where anything else is shown."""
    ids: tuple[int, ...]
    roles: tuple[str, ...]
    """As whom he was shown it: what he may see of his own leads hangs on nothing else."""
    ringing: tuple[Ringing, ...]
    drawn_at: datetime


@dataclass(eq=False)
class Watcher:
    """One open page."""

    member_id: str
    seat: int
    state: State | None = None
    ended: str | None = None
    """Why it is not kept up to date any more; the page is told."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def shows(self, state: State) -> None:
        """The latest state takes the place of one that was not sent yet: nothing piles up before a
        page that reads slowly."""
        if self.state is None or self.state.version != state.version:
            self.state = state
            self.changed.set()

    def end(self, why: str) -> None:
        self.ended = self.ended or why
        self.changed.set()


class Board:
    """The pages that are open in this process."""

    def __init__(self, bot: Served, *, look_every: float = _LOOK_EVERY_SECONDS) -> None:
        self._bot = bot
        self._look_every = look_every
        self._watchers: list[Watcher] = []
        self._states: dict[str, State] = {}
        self._noted: dict[str, datetime] = {}
        self._somebody = asyncio.Event()
        self._fails = False

    @property
    def pages(self) -> int:
        return len(self._watchers)

    def join(self, member_id: str, seat: int) -> Watcher:
        """Raises Full. Of one person's pages the oldest makes room."""
        rules = self._bot.rules.current.desk
        if len(self._watchers) >= rules.pages:
            raise Full
        own = [one for one in self._watchers if one.member_id == member_id and not one.ended]
        for oldest in own[: max(0, len(own) + 1 - rules.pages_a_member)]:
            oldest.end("replaced")
        watcher = Watcher(member_id, seat)
        self._watchers.append(watcher)
        self._somebody.set()
        self._bot.wakeup.desk_ready.set()
        return watcher

    def leave(self, watcher: Watcher) -> None:
        if watcher in self._watchers:
            self._watchers.remove(watcher)
        if not any(one.member_id == watcher.member_id for one in self._watchers):
            self._states.pop(watcher.member_id, None)
            self._noted.pop(watcher.member_id, None)
        if not self._watchers:
            self._somebody.clear()

    def close(self) -> None:
        """The process stops: pages come back by themselves, to whoever answers then."""
        for watcher in self._watchers:
            watcher.end("stopping")

    async def run(self) -> None:
        """Looks while anybody looks at it, until cancelled."""
        ready = self._bot.wakeup.desk_ready
        while True:
            await self._somebody.wait()
            await either(ready, self._look_every)
            ready.clear()
            try:
                await self._look()
            except (SQLAlchemyError, OSError) as error:
                if not self._fails:
                    log.warning("desks_not_read", error=describe(error))
                self._fails = True
            else:
                self._fails = False

    async def _look(self) -> None:
        everybody = {watcher.member_id for watcher in self._watchers}
        if not everybody:
            return
        async with self._bot.store.view() as view:
            seats = await desk_alerts.seats(view, everybody)
            self._end_revoked(seats)
            ringing = await desk_alerts.ringing_of_members(view, everybody, now=view.now)
            for member_id in sorted(everybody & seats.keys()):
                ids, roles = ringing.get(member_id, ()), seats[member_id].roles
                if self._is_outdated(member_id, ids, roles, view.now):
                    self._states[member_id] = await self._drawn(view, member_id, ids, roles)
        for watcher in list(self._watchers):
            state = self._states.get(watcher.member_id)
            if state is not None and not watcher.ended:
                watcher.shows(state)
        await self._note_open()

    def _end_revoked(self, seats: Mapping[str, desk_alerts.Seat]) -> None:
        for watcher in self._watchers:
            seat = seats.get(watcher.member_id)
            if seat is None or not seat.is_active or seat.number != watcher.seat:
                watcher.end("revoked")

    def _is_outdated(
        self, member_id: str, ids: tuple[int, ...], roles: tuple[str, ...], now: datetime
    ) -> bool:
        state = self._states.get(member_id)
        if state is None or (state.ids, state.roles) != (ids, roles):
            return True
        return bool(ids) and not timedelta() <= now - state.drawn_at < _DRAWN_ANEW_AFTER

    async def _drawn(
        self, view: View, member_id: str, ids: tuple[int, ...], roles: tuple[str, ...]
    ) -> State:
        drawn = await ringing_before(view, member_id, ids, self._bot.links, self._bot.rules.current)
        shown = repr([(one.id, one.title, one.line) for one in drawn])
        stamp = f"{view.now:%Y%m%d%H}" if ids else ""
        version = hashlib.blake2s(f"{shown}{stamp}".encode(), digest_size=8).hexdigest()
        return State(version, ids, roles, tuple(drawn), view.now)

    async def _note_open(self) -> None:
        """Where the page goes first, other processes have to know whose is open."""
        if self._bot.rules.current.desk.first != "page":
            return
        now = self._bot.clock.now()
        stale = [
            member_id
            for member_id in {watcher.member_id for watcher in self._watchers}
            if member_id not in self._noted
            or not timedelta() <= now - self._noted[member_id] < _NOTED_EVERY
        ]
        if not stale:
            return
        async with self._bot.store.transaction() as tx:
            for member_id in sorted(stale):
                seat = await tx.find(DeskSeat, member_id)
                if seat is not None:
                    seat.open_at = tx.now
                    tx.add(seat)
        self._noted.update(dict.fromkeys(stale, now))
