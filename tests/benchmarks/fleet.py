"""The bot's processes, as an operator would start them, with the town outside."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import text

from crm_store import schema
from crm_store.database import Database
from tests.benchmarks.processes import ROOT, Spoken, cpu_seconds, percentile, pin, spoken
from tests.servers import free_port

_STARTS_WITHIN_SECONDS = 60.0
_STALLED_AFTER_SECONDS = 60.0


@dataclass
class Fleet:
    """A town and the bot that serves it."""

    town: Spoken
    database_url: str
    folder: Path
    redis_url: str | None = None
    bots: dict[str, int] = field(default_factory=dict)
    """Process ids by role."""
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def pids(self) -> list[int]:
        return list(self.bots.values())

    async def add(self, role: str, port: int | None = None, *, on: Iterable[int]) -> None:
        """Starts one more process of the bot."""
        bot = _bot(self.folder, role, port or free_port(), on, self.redis_url)
        self.bots[f"{role}{len(self.bots)}"] = await self.stack.enter_async_context(bot)

    async def handled(self) -> tuple[int, float]:
        """How many words of clients have been handled, and from the first to the last in how many
        seconds."""
        query = (
            "SELECT count(*), min(settled_at), max(settled_at) FROM inbox"
            " WHERE kind = 'client_message' AND state = 'done'"
        )
        database = Database(self.database_url)
        try:
            async with database.reading() as session:
                count, first, last = (await session.execute(text(query))).one()
        finally:
            await database.close()
        return count, (_moment(last) - _moment(first)).total_seconds() if count else 0.0

    async def has_handled(self, messages: int) -> None:
        """Returns once so many have been; gives up where nothing moves for a minute."""
        known, seen_at = -1, time.monotonic()
        while known < messages:
            count, _ = await self.handled()
            if count > known:
                known, seen_at = count, time.monotonic()
            elif time.monotonic() - seen_at > _STALLED_AFTER_SECONDS:
                raise TimeoutError(f"{known} of {messages} messages were handled")
            await asyncio.sleep(0.5)

    async def talk(
        self, rate: float, seconds: float, *, patience: float, database: int | None = None
    ) -> dict[str, Any]:
        """What came of it, with what it cost in processor time."""
        before = cpu_seconds(*self.pids)
        served = cpu_seconds(database) if database is not None else 0.0
        told: dict[str, Any] = await self.town.ask(
            do="talk", rate=rate, seconds=seconds, patience=patience
        )
        told["bot_cpu"] = cpu_seconds(*self.pids) - before
        told["database_cpu"] = cpu_seconds(database) - served if database is not None else 0.0
        return told


@asynccontextmanager
async def fleet(
    folder: Path,
    database_url: str,
    roles: Sequence[str],
    *,
    bots_on: Iterable[int],
    town_on: Iterable[int],
    redis_url: str | None = None,
) -> AsyncIterator[Fleet]:
    """Starts the town, migrates, then starts a process for each role."""
    ports = [free_port() for _ in roles]
    async with AsyncExitStack() as stack:
        arguments = (str(folder), database_url, str(ports[0]))
        town = await stack.enter_async_context(
            spoken("tests.benchmarks.town", *arguments, on=town_on)
        )
        await town.tells()
        await _migrate(database_url)
        running = Fleet(town, database_url, folder, redis_url, stack=stack)
        for role, port in zip(roles, ports, strict=True):
            await running.add(role, port, on=bots_on)
        await town.ask(do="connect", url=f"http://127.0.0.1:{ports[0]}")
        yield running


@asynccontextmanager
async def _bot(
    folder: Path, role: str, port: int, on: Iterable[int], redis_url: str | None
) -> AsyncIterator[int]:
    log = folder / f"{role}-{port}.log"
    with log.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve", "--role", role, "--port", str(port)),
            *("--config", str(folder / "genjin.yaml")),
            cwd=ROOT,
            env={**os.environ, **({"GENJIN_REDIS_URL": redis_url} if redis_url else {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    pin(process.pid, on)
    try:
        async with asyncio.timeout(_STARTS_WITHIN_SECONDS):
            while not await _is_ready(port):
                if process.returncode is not None:
                    raise RuntimeError(f"the bot ended: {log.read_text()[-2000:]}")
                await asyncio.sleep(0.05)
        yield process.pid
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _migrate(database_url: str) -> None:
    database = Database(database_url)
    try:
        await schema.upgrade(database)
    finally:
        await database.close()


async def _is_ready(port: int) -> bool:
    address = f"http://127.0.0.1:{port}/readyz"
    try:
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, OSError):
        return False


async def waits(database_url: str) -> list[tuple[str, int, float, float]]:
    """How long events waited for their turn, by kind: (kind, how many, median s, p99 s)."""
    database = Database(database_url)
    try:
        async with database.reading() as session:
            rows = (
                await session.execute(
                    text("SELECT kind, arrived_at, settled_at FROM inbox WHERE state = 'done'")
                )
            ).all()
    finally:
        await database.close()
    by_kind: dict[str, list[float]] = {}
    for kind, arrived, settled in rows:
        by_kind.setdefault(kind, []).append((_moment(settled) - _moment(arrived)).total_seconds())
    return [
        (kind, len(took), percentile(took, 0.5), percentile(took, 0.99))
        for kind, took in sorted(by_kind.items())
    ]


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
