"""What the bot stands on goes away under load and comes back: PostgreSQL, Redis, the disk, time."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import text

from bot.app import Bot, running_bot
from bot.demo import OPENING, settings_for, staff_of
from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from crm_store.vault import fresh_key
from tests.databases import fresh_database
from tests.e2e.conftest import IS_SOAK
from tests.e2e.crowd import Judge, mark_of
from tests.e2e.deployment import Deployment, write_rules
from tests.e2e.storm import CAST, RULES, everything_arrived, storm
from tests.eventually import eventually
from tests.servers import Postgres, Valkey, free_port

HOUR = timedelta(hours=1)
MOST_PAGES = 1_000_000
RESTARTS = 25 if IS_SOAK else 1
"""Of each kind."""


@pytest.mark.timeout(240 + 60 * RESTARTS)
async def test_postgresql_restarted_under_load(many: Deployment, postgres_server: Postgres) -> None:
    """Politely, and then as where the power fails."""
    modes: list[Literal["fast", "immediate"]] = ["fast", "immediate"]
    async with storm(many.sandbox) as raging:
        for mode in modes * RESTARTS:
            await raging.grows(by=8)
            await asyncio.to_thread(postgres_server.stop, mode)
            try:
                await raging.is_refused()
            finally:
                await asyncio.to_thread(postgres_server.start)
        await raging.grows(by=8)

    await everything_arrived(raging)
    for process in many.processes:
        process.require_life()


@pytest.mark.timeout(300)
async def test_redis_stopped_started_and_flushed_under_load_is_noticed_by_nobody(
    many: Deployment, valkey_server: Valkey
) -> None:
    async with storm(many.sandbox) as raging:
        await raging.grows(by=8)
        await asyncio.to_thread(valkey_server.flush)
        await raging.grows(by=8)
        await asyncio.to_thread(valkey_server.stop)
        await raging.grows(by=12)
        await asyncio.to_thread(valkey_server.start)
        await raging.grows(by=8)
        await asyncio.to_thread(valkey_server.flush)
        await raging.grows(by=3)

    await everything_arrived(raging)
    assert raging.driver.refused == []
    for process in many.processes:
        process.require_life()


async def test_without_redis_several_processes_still_do_everything(
    many: Deployment, valkey_server: Valkey
) -> None:
    await asyncio.to_thread(valkey_server.stop)
    sandbox, judge = many.sandbox, Judge(many.sandbox)

    await sandbox.client_writes("client00", "你好，想了解CT设备，编号K00-00，电话13900000000")
    await sandbox.member_writes("wanglei", f"静音 {mark_of(1, 0)}")

    await eventually(lambda: judge.lead_cards()["编号K00"] == 1, within=30)
    await eventually(lambda: judge.answers("wanglei") == [mark_of(1, 0)], within=30)


@dataclass(frozen=True)
class Beside:
    """A bot in this process whose clock is not the platforms'."""

    sandbox: Sandbox
    bot: Bot
    clock: TurnedClock

    async def limit_pages(self, most: int) -> None:
        """A disk with so much room and no more (SQLite never goes below what it has)."""
        async with self.bot.database.writing() as session:
            await session.execute(text(f"PRAGMA max_page_count={most}"))


@pytest.fixture
async def beside(tmp_path: Path) -> AsyncIterator[Beside]:
    async with _beside(tmp_path) as running:
        yield running


@asynccontextmanager
async def _beside(folder: Path) -> AsyncIterator[Beside]:
    sandbox = Sandbox(TurnedClock(OPENING, seconds=time.monotonic), CAST())
    await sandbox.start()
    try:
        settings = settings_for(sandbox, folder, port=free_port(), key=fresh_key())
        await fresh_database(folder / "genjin.db")
        write_rules(folder / "rules", {"staff": staff_of(sandbox.cast), **RULES})
        clock = TurnedClock(OPENING, seconds=time.monotonic)
        async with running_bot(settings, clock=clock) as bot, bot.serving():
            clock.on_turn(bot.wakeup.everything)
            sandbox.connect(bot.address)
            yield Beside(sandbox, bot, clock)
    finally:
        await sandbox.stop()


async def test_a_full_disk_is_a_503_until_there_is_room_again(beside: Beside) -> None:
    async with storm(beside.sandbox) as raging:
        await raging.grows(by=12)
        await beside.limit_pages(1)
        await raging.is_refused(times=6)
        statuses = {
            attempt.status
            for push in beside.sandbox.ledger.pushes
            if push.platform == "wecom" and not push.accepted
            for attempt in push.attempts
        }
        await beside.limit_pages(MOST_PAGES)
        await raging.grows(by=12)

    assert statuses <= {503, None}
    assert 503 in statuses
    await everything_arrived(raging)


@pytest.mark.parametrize("by", [-HOUR, HOUR])
async def test_a_clock_that_is_wrong_for_a_while_costs_no_message(
    beside: Beside, by: timedelta
) -> None:
    """It refuses callbacks while it is wrong: their stamps seem old, or of the future."""
    async with storm(beside.sandbox) as raging:
        await raging.grows(by=20)
        beside.clock.set_forward(by) if by > timedelta() else beside.clock.forward(by)
        await raging.is_refused(times=6)
        beside.clock.set_forward(-by) if by < timedelta() else beside.clock.forward(-by)
        await raging.grows(by=20)

    await everything_arrived(raging)


@pytest.mark.parametrize("by", [-HOUR, HOUR])
async def test_a_clock_put_right_under_load_costs_no_message(beside: Beside, by: timedelta) -> None:
    """Ours and the platforms' jump together, as the machine's does when it was wrong before."""
    async with storm(beside.sandbox) as raging:
        await raging.grows(by=20)
        for clock in (beside.sandbox.world.clock, beside.clock):
            clock.set_forward(by) if by > timedelta() else clock.forward(by)
        await raging.grows(by=20)

    await everything_arrived(raging)
