"""What a tick and a claim cost where a million rows lie about, against a thousand, in one run."""

import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.scheduler import Scheduler
from config.clock import TurnedClock
from crm_store import inbox, schema, timers
from crm_store.arrival import Arrival
from crm_store.database import Database
from tests.benchmarks.processes import apart, pinned
from tests.crm_store.conftest import TUESDAY, Spine, spine_over
from tests.servers import Postgres, postgres

pytestmark = pytest.mark.bench

FEW, MANY = 1_000, 1_000_000
DUE = 100
ROUNDS = 15
TOGETHER = 16
"""Rows that a worker claims at once."""
BOUND = 2.0
DATABASES = ("SQLite", "PostgreSQL")

TIMERS = {
    "SQLite": """
        WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)
        INSERT INTO timers (kind, subject, due_at, data)
        SELECT 'first_view', 'F' || i,
               strftime('%Y-%m-%d %H:%M:%S.000000', :now, (60 + i) || ' seconds'), '{}'
        FROM n
    """,
    "PostgreSQL": """
        INSERT INTO timers (kind, subject, due_at, data)
        SELECT 'first_view', 'F' || i, CAST(CAST(:now AS text) AS timestamptz)
               + make_interval(secs => 60 + i), '{}'
        FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS i
    """,
}
EVENTS = {
    "SQLite": """
        WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)
        INSERT INTO inbox (key, lane, kind, route, payload, state, arrived_at, not_before, attempts,
                           settled_at)
        SELECT 'done' || i, 'lane' || i % 5000, 'member_message', 'handle', zeroblob(200), 'done',
               :now, :now, 0, :now
        FROM n
    """,
    "PostgreSQL": """
        INSERT INTO inbox (key, lane, kind, route, payload, state, arrived_at, not_before, attempts,
                           settled_at)
        SELECT 'done' || i, 'lane' || i % 5000, 'member_message', 'handle',
               decode(repeat('00', 200), 'hex'), 'done', at, at, 0, at
        FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS i,
             (SELECT CAST(CAST(:now AS text) AS timestamptz) AS at) AS present
    """,
}


@pytest.fixture
def server() -> Iterator[Postgres]:
    with postgres(durable=True) as running:
        yield running


@asynccontextmanager
async def opened(database: str, folder: Path, server: Postgres) -> AsyncIterator[Spine]:
    url = f"sqlite+aiosqlite:///{folder / 'scale.db'}"
    if database == "PostgreSQL":
        url = server.url("postgres")
    fresh = Database(url)
    try:
        await schema.upgrade(fresh)
    finally:
        await fresh.close()
    async with spine_over(url, TurnedClock(TUESDAY)) as spine:
        yield spine


async def fill(spine: Spine, statement: str, first: int, last: int) -> None:
    """Rows numbered from `first` to `last`, and the statistics that autovacuum would see to."""
    now = spine.now.strftime("%Y-%m-%d %H:%M:%S.%f")
    async with spine.database.writing() as session:
        await session.execute(text(statement), {"first": first, "last": last, "now": now})
    async with spine.database.writing() as session:
        await session.execute(text("ANALYZE"))
    if not spine.database.is_sqlite:
        # A million rows are still being written behind our back.
        async with spine.database.writing() as session:
            await session.execute(text("CHECKPOINT"))


@pytest.mark.parametrize("database", DATABASES)
async def test_a_tick_costs_what_is_due(tmp_path: Path, server: Postgres, database: str) -> None:
    async with opened(database, tmp_path, server) as spine, pinned(apart()[0]):
        scheduler = Scheduler(spine.store, spine.wakeup, (), TUESDAY.tzinfo)  # type: ignore[arg-type]
        await fill(spine, TIMERS[database], 1, FEW)
        few = [await _tick(spine, scheduler, number) for number in range(ROUNDS)]
        await fill(spine, TIMERS[database], FEW + 1, MANY)
        many = [await _tick(spine, scheduler, ROUNDS + number) for number in range(ROUNDS)]

    _judge(f"a tick with {DUE} due, {database}", "waiting", few, many)


async def _tick(spine: Spine, scheduler: Scheduler, number: int) -> float:
    async with spine.database.writing() as session:
        for due in range(DUE):
            moment = spine.now - timedelta(seconds=1)
            await timers.set_timer(session, "nudge", f"N{number}-{due}", moment)
    started = time.perf_counter()
    fired = await scheduler.tick()
    took = time.perf_counter() - started
    assert fired == DUE
    return took


@pytest.mark.parametrize("database", DATABASES)
async def test_a_claim_costs_what_waits(tmp_path: Path, server: Postgres, database: str) -> None:
    async with opened(database, tmp_path, server) as spine, pinned(apart()[0]):
        await fill(spine, EVENTS[database], 1, FEW)
        few = await _claims(spine, "few")
        await fill(spine, EVENTS[database], FEW + 1, MANY)
        many = await _claims(spine, "many")

    _judge(f"a claim of {TOGETHER} events, {database}", "done", few, many)


async def _claims(spine: Spine, mark: str) -> list[float]:
    """How long each claim took while a thousand events waited in two hundred lanes."""
    waiting = [
        Arrival(kind="member_message", key=f"{mark}{n}", lane=f"lane{n % 200}", payload={"n": n})
        for n in range(1_000)
    ]
    async with spine.database.writing() as session:
        await inbox.put(session, waiting, now=spine.now, vault=spine.vault)
    took = []
    for _ in range(ROUNDS * 2):
        async with spine.database.writing() as session:
            started = time.perf_counter()
            rows = await inbox.heads(session, now=spine.now, vault=spine.vault, limit=TOGETHER)
            took.append(time.perf_counter() - started)
            assert len(rows) == TOGETHER
            await inbox.all_done(session, {row.id: None for row in rows}, now=spine.now)
    async with spine.database.writing() as session:
        # What is left must not wait beside the next thousand.
        await session.execute(text("UPDATE inbox SET state = 'done' WHERE state = 'waiting'"))
    return took


def _judge(what: str, lying: str, few: list[float], many: list[float]) -> None:
    small, large = statistics.median(few) * 1000, statistics.median(many) * 1000
    print(
        f"\n{what}: {small:.2f} ms with {FEW:,} {lying}, {large:.2f} ms with {MANY:,} {lying}"
        f" (longest {max(few) * 1000:.1f} and {max(many) * 1000:.1f} ms)"
    )
    met = large <= BOUND * small
    print(f"  ratio {large / small:.2f}, bound {BOUND:g} {'met' if met else 'missed'}")
