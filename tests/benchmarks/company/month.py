"""Runs the month: turns the clock from one due minute to the next, brings what people do, and lets
the bot's processes work until nothing is due any more.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crm_store import outbox, timers
from crm_store.arrival import Arrival
from tests.benchmarks.company.branch import Branch, branch
from tests.benchmarks.company.clock import PostedClock
from tests.benchmarks.company.life import Deed, Life
from tests.benchmarks.company.screens import Sent

TICK = timedelta(minutes=1)
_IN_HAND = 30
"""Turns of the loop after which work is under way."""
_LINE = 1 << 26
"""Bytes of one answer: a busy minute's messages."""


@dataclass
class Ran:
    """What the run was like."""

    seconds: float = 0.0
    handled: int = 0
    ticks: int = 0
    restarts: int = 0
    slowest_tick: float = 0.0
    sent: list[Sent] = field(default_factory=list)
    """Everything that arrived on a screen."""
    facts: Counter[str] = field(default_factory=Counter)
    """How many of each kind the timeline has."""
    slowest: tuple[float, str] = (0.0, "")
    """Seconds and statement of the slowest query."""


class Here:
    """A branch in this process, for a database that only one may write to."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url
        self._open = AsyncExitStack()
        self._branch: Branch

    async def start(self) -> None:
        self._branch = await self._open.enter_async_context(branch(self._folder, self._url))

    async def work(self) -> dict[str, Any]:
        return await self._branch.work()

    async def dies_at_work(self) -> None:
        """What it had in hand is undone; another is opened in its place."""
        work = asyncio.create_task(self._branch.work())
        for _ in range(_IN_HAND):
            await asyncio.sleep(0)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await self.stop()
        await self.start()

    async def stop(self) -> None:
        await self._open.aclose()


class Apart:
    """A branch in a process of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url
        self._process: asyncio.subprocess.Process

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.company.branch"),
            *(str(self._folder), self._url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE,
        )
        assert await self._read() == b"ready\n"

    async def work(self) -> dict[str, Any]:
        self._tell()
        answer: dict[str, Any] = json.loads(await self._read())
        return answer

    async def dies_at_work(self) -> None:
        """Killed as soon as it has something in hand; another is started in its place."""
        self._tell()
        await asyncio.sleep(0)
        await self.stop()
        await self.start()

    async def stop(self) -> None:
        self._process.kill()
        await self._process.wait()

    def _tell(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")

    async def _read(self) -> bytes:
        assert self._process.stdout is not None
        return await self._process.stdout.readline()


Worker = Here | Apart


@asynccontextmanager
async def opened(workers: Sequence[Worker]) -> AsyncIterator[Sequence[Worker]]:
    started = list(workers)
    try:
        for one in started:
            await one.start()
        yield started
    finally:
        for one in started:
            await one.stop()


async def run_month(
    life: Life,
    clock: PostedClock,
    books: Branch,
    workers: Sequence[Worker],
    *,
    restarts: Sequence[datetime] = (),
    tells: Callable[[datetime, Ran], None] = lambda now, ran: None,
) -> Ran:
    """`books` looks at the database and brings what happens; `workers` do the work. At each of the
    `restarts` one of them is killed at work and started anew."""
    ran, began, ahead = Ran(), time.monotonic(), sorted(restarts)
    while (now := await _next(life, clock, books)) <= life.end:
        clock.turn_to(now)
        await _bring(life.due(now), books)
        tick = time.monotonic()
        if ahead and ahead[0] <= now:
            ahead.pop(0)
            await workers[0].dies_at_work()
            ran.restarts += 1
        await _work(workers, life, ran)
        ran.slowest_tick = max(ran.slowest_tick, time.monotonic() - tick)
        ran.ticks += 1
        ran.seconds = time.monotonic() - began
        tells(now, ran)
    return ran


async def _next(life: Life, clock: PostedClock, books: Branch) -> datetime:
    """The next whole minute by which something is due."""
    now = clock.now()
    async with books.store.view() as view:
        moments = [
            life.next_at(),
            await timers.next_due(view.session),
            await outbox.next_due(view.session, after=now),
            await books.scheduler.next_due(after=now),
        ]
    nearest = min(moment for moment in (*moments, life.end + TICK) if moment is not None)
    start = now.replace(second=0, microsecond=0)
    ticks = -(-(nearest - start) // TICK)
    return start + max(ticks, 1) * TICK


async def _bring(deeds: Sequence[Deed], books: Branch) -> None:
    if not deeds:
        return
    async with books.store.transaction() as tx:
        await tx.arrive(
            [
                Arrival(
                    kind=deed.event.kind,
                    key=f"month:{deed.number}",
                    lane=deed.lane,
                    payload=deed.event.model_dump(mode="json"),
                )
                for deed in deeds
            ]
        )


async def _work(workers: Sequence[Worker], life: Life, ran: Ran) -> None:
    """Each until it sees nothing due any more: what it left to another, that one brings to its
    end, and looks again."""
    answers = await asyncio.gather(*(worker.work() for worker in workers))
    for answer in answers:
        ran.handled += answer["handled"]
        ran.slowest = max(ran.slowest, tuple(answer["slowest"]))
        for message in answer["took"]:
            ran.sent.append(Sent.of(message))
            life.saw(message)
