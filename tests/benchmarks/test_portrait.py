"""360°: all that is known of a client, and finding him by name, among 230,000 clients and 5,000,000
facts, on both databases. The database is filled once for all of a kind's figures.

`BENCH_CLIENTS` and `BENCH_FACTS` ask for fewer; filling takes minutes.
"""

import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from config.clock import TurnedClock
from crm_store import schema
from crm_store.database import Database
from crm_store.queries import aliases, leads
from crm_store.queries.portrait import portrait
from crm_store.view import View
from tests.benchmarks.populace import CLIENTS, FACTS, Person, Populace, populate
from tests.benchmarks.processes import apart, percentile, pinned
from tests.crm_store.conftest import TUESDAY, Spine, spine_over
from tests.servers import Postgres, postgres

pytestmark = pytest.mark.bench

ASKED = 500
WARM = 20
BOUND_MS = 20.0
DATABASES = ("SQLite", "PostgreSQL")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@asynccontextmanager
async def populated(
    database: str, folder: Path, server: Postgres
) -> AsyncIterator[tuple[Spine, Populace]]:
    url = f"sqlite+aiosqlite:///{folder / 'populace.db'}"
    if database == "PostgreSQL":
        url = server.url("postgres")
    fresh = Database(url)
    try:
        await schema.upgrade(fresh)
    finally:
        await fresh.close()
    async with spine_over(url, TurnedClock(TUESDAY)) as spine:
        started = time.perf_counter()
        populace = await populate(
            spine.database,
            spine.vault,
            clients=int(os.environ.get("BENCH_CLIENTS", CLIENTS)),
            facts=int(os.environ.get("BENCH_FACTS", FACTS)),
        )
        took = time.perf_counter() - started
        print(f"\n{database}: {populace.clients:,} clients, {populace.facts:,} facts", end="")
        print(f", filled in {took:.0f} s")
        yield spine, populace


@pytest.mark.parametrize("database", DATABASES)
async def test_all_there_is_of_a_client(tmp_path: Path, server: Postgres, database: str) -> None:
    async with populated(database, tmp_path, server) as (spine, populace), pinned(apart()[0]):
        drawn = random.Random(5)
        everybody = drawn.choices(range(1, populace.clients + 1), k=ASKED)

        async def look(view: View, number: int) -> None:
            found = await portrait(view, await aliases.live(view, number))
            assert found.identities
            assert found.contacts.last is not None

        for whose, numbers in (
            ("anybody", everybody),
            ("with 150 facts", drawn.choices(populace.busy, k=ASKED)),
            ("with 2,000 facts", drawn.choices(populace.heavy, k=ASKED)),
        ):
            _judge(f"portrait, {whose}", await _took(spine, look, numbers), BOUND_MS)

        async def find(view: View, number: int) -> None:
            """By the firm's brand and trade, as colleagues speak of it."""
            person = Person.of(number)
            said = person.company[2:8] or person.name
            await leads.named(view, said, owners=None, with_won=False)

        _judge("found by a part of his firm's name", await _took(spine, find, everybody), None)


async def _took(
    spine: Spine, asks: Callable[[View, int], Awaitable[None]], numbers: Sequence[int]
) -> list[float]:
    """Seconds for each, in a transaction of its own, as a handler asks."""
    took = []
    for number in numbers:
        async with spine.store.transaction() as tx:
            started = time.perf_counter()
            await asks(tx, number)
            took.append(time.perf_counter() - started)
    return took[WARM:]


def _judge(what: str, took: Sequence[float], bound: float | None) -> None:
    p50, p95, p99 = (percentile(list(took), share) * 1000 for share in (0.5, 0.95, 0.99))
    verdict = "" if bound is None else f", bound {bound:g} {'met' if p99 <= bound else 'missed'}"
    print(f"  {what}: p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms{verdict}")
