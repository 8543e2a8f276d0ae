"""A bot of its own behind a real port, for pages that need no sandbox: ready in a second or two.

It runs in a thread with its own loop, for Playwright's synchronous interface has ours. The test
speaks to it over HTTP, and asks for links by name.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from crm_store.models import DeskSeat, Lead, Member
from tests.web.house import House, house

Answer = TypeVar("Answer")
PATIENCE = 60.0


class Served:
    """The house, and what a browser test asks of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._leaving: asyncio.Event | None = None
        self._office: House | None = None
        self._run: Future[None] | None = None

    def __enter__(self) -> "Served":
        self._thread.start()
        ready: Future[None] = Future()
        self._run = asyncio.run_coroutine_threadsafe(self._stay(ready), self._loop)
        self._run.add_done_callback(lambda run: _pass_on(run, ready))
        ready.result(PATIENCE)
        return self

    def __exit__(self, *error: object) -> None:
        assert self._leaving is not None
        assert self._run is not None
        self._loop.call_soon_threadsafe(self._leaving.set)
        self._run.result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    async def _stay(self, ready: "Future[None]") -> None:
        self._leaving = asyncio.Event()
        async with house(self._folder) as office:
            self._office = office
            ready.set_result(None)
            await self._leaving.wait()

    @property
    def office(self) -> House:
        assert self._office is not None
        return self._office

    def does(self, deed: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(PATIENCE)

    def submits(self, **given: Any) -> None:
        self.does(self.office.submits(**given))

    def follow_up_page(self, member: str = "lina", lead: int = 1) -> str:
        return self.does(self._follow_up_page(member, lead))

    async def _follow_up_page(self, member: str, number: int) -> str:
        bot = self.office.bot
        async with bot.store.view() as view:
            lead, who = await view.get(Lead, number), await view.get(Member, member)
        return self._here(bot.links.follow_up(lead, who))

    def desk_page(self, member: str = "lina") -> str:
        return self.does(self._desk_page(member))

    async def _desk_page(self, member: str) -> str:
        bot = self.office.bot
        async with bot.store.transaction() as tx:
            seat = await tx.find(DeskSeat, member) or DeskSeat(member_id=member)
            tx.add(seat)
            return self._here(bot.links.desk(await tx.get(Member, member), seat.seat))

    def _here(self, url: str) -> str:
        public = self.office.bot.settings.public_url.rstrip("/")
        return self.office.address + url.removeprefix(public)

    def opens(self, url: str) -> None:
        """On another device than the test's browser."""
        status, _ = self.does(self.office.page(url.removeprefix(self.office.address)))
        assert status == 200

    def lead(self, number: int = 1) -> Lead:
        return self.does(self.office.lead(number))


def _pass_on(run: "Future[None]", ready: "Future[None]") -> None:
    """Why it never became ready."""
    if not ready.done():
        ready.set_exception(run.exception() or RuntimeError("it closed before it was ready"))
