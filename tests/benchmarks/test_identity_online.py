"""查重 of one record against 230,000 clients, on both databases: how long it takes, and what it
finds of those who were there already.

`BENCH_CLIENTS` asks for fewer. Making and normalising the crowd takes minutes.
"""

import gc
import multiprocessing
import os
import random
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from config.clock import TurnedClock
from config.schemas.identity import Identity
from crm_store import schema
from crm_store.database import Database
from crm_store.identity import index
from crm_store.identity.index import Entry
from crm_store.identity.record import Record
from crm_store.identity.veil import write
from crm_store.identity.verdict import Outcome
from crm_store.models import Client
from crm_store.vault import Vault
from handlers.records import RawClient, record_of
from tests.benchmarks.crowd import COLUMNS, crowd
from tests.benchmarks.loading import loading
from tests.benchmarks.processes import apart, percentile, pinned
from tests.crm_store.conftest import TUESDAY, Spine, spine_over
from tests.servers import Postgres, postgres

pytestmark = pytest.mark.bench

CLIENTS = int(os.environ.get("BENCH_CLIENTS", "230000"))
ASKED = 2_000
DESKS = 200
"""Of those asked: so many have a front desk's number, which hundreds have."""
WARM = 50
BOUNDS_MS = {"p50": 1.0, "p99": 6.0}
SEED = 8
DATABASES = ("SQLite", "PostgreSQL")
RULES = Identity()


@dataclass(frozen=True)
class Crowd:
    there: Sequence[Record]
    coming: Sequence[Record]
    """Held out: most of them are there already, as another source wrote them."""
    whose: Sequence[int]
    """Of each record, first of those that are there, the customer."""


@pytest.fixture(scope="module")
def people() -> Crowd:
    made = crowd(SEED, records=CLIENTS + ASKED, count=CLIENTS * 143 // 230)
    with multiprocessing.Pool() as pool:
        records = pool.map(_normalised, made.rows, chunksize=2_000)
    whose = [made.whose[row[0]] for row in made.rows]
    return Crowd(records[:CLIENTS], records[CLIENTS:], whose)


def _normalised(row: Sequence[str]) -> Record:
    said = dict(zip(COLUMNS, row, strict=True))
    at = said.pop("created_at")
    for name in ("id", "source"):
        del said[name]
    return record_of(RawClient(at=datetime.fromisoformat(at) if at else None, **said))


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres(durable=True) as running:
        yield running


@asynccontextmanager
async def filled(
    database: str, folder: Path, server: Postgres, people: Crowd
) -> AsyncIterator[Spine]:
    url = f"sqlite+aiosqlite:///{folder / 'index.db'}"
    if database == "PostgreSQL":
        url = server.url("postgres")
    fresh = Database(url)
    try:
        await schema.upgrade(fresh)
    finally:
        await fresh.close()
    async with spine_over(url, TurnedClock(TUESDAY)) as spine:
        started = time.perf_counter()
        await _fill(spine.database, spine.vault, people.there)
        print(f"\n{database}: {len(people.there):,} clients", end="")
        print(f", filled in {time.perf_counter() - started:.0f} s")
        yield spine


async def _fill(database: Database, vault: Vault, records: Iterable[Record]) -> None:
    entries = [Entry.of(record, vault) for record in records]
    numbered = list(enumerate(entries, start=1))
    async with loading(database) as load:
        now = load.moment(TUESDAY)
        await load.put(
            "clients",
            ("id", "name", "company", "region", "created_at"),
            ((number, "", "", "", now) for number, _ in numbered),
        )
        await load.put(
            "client_records",
            ("id", "client_id", "clear", "veiled"),
            ((number, number, *write(entry.record)) for number, entry in numbered),
        )
        await load.put(
            "record_keys",
            ("key", "record_id"),
            ((key, number) for number, entry in numbered for key in entry.keys.all),
        )


@pytest.mark.parametrize("database", DATABASES)
async def test_one_against_all(
    tmp_path: Path, server: Postgres, people: Crowd, database: str
) -> None:
    async with filled(database, tmp_path, server, people) as spine, pinned(apart()[0]):
        gc.collect()
        gc.freeze()  # the crowd is ours: no process of the bot's holds it
        await _asked(spine, people.coming[:WARM])
        once = await _asked(spine, people.coming)
        again = [await _asked(spine, people.coming) for _ in range(2)]
        _tell("resolve, as it came", once)
        _tell(
            "resolve, the quickest of three", [min(each) for each in zip(once, *again, strict=True)]
        )
        _tell("resolve, a front desk's number", await _asked(spine, _at_desks(people)))
        await _judge(spine, people)
        _tell("keep", await _kept(spine, people.coming))


def _at_desks(people: Crowd) -> list[Record]:
    """New firms under the numbers that most have."""
    counts: dict[str, int] = {}
    for record in people.there:
        for phone in record.phones:
            counts[phone] = counts.get(phone, 0) + 1
    desks = sorted(counts, key=counts.__getitem__)[-DESKS:]
    print(f"  front desks: {counts[desks[0]]} to {counts[desks[-1]]} records each")
    drawn = random.Random(SEED)
    return [
        replace(record, phones=(desk,))
        for desk, record in zip(desks, drawn.sample(list(people.coming), DESKS), strict=True)
    ]


async def _asked(spine: Spine, records: Sequence[Record]) -> list[float]:
    """Seconds for each from what the source said to the verdicts, in a transaction."""
    took = []
    async with spine.store.transaction() as tx:
        for record in records:
            started = time.perf_counter()
            await index.resolve(tx, Entry.of(record, tx.vault), RULES)
            took.append(time.perf_counter() - started)
    return took


async def _kept(spine: Spine, records: Sequence[Record]) -> list[float]:
    took = []
    async with spine.store.transaction() as tx:
        for record in records:
            client = Client(created_at=tx.now)
            tx.add(client)
            await tx.flush()
            entry = Entry.of(record, tx.vault)
            started = time.perf_counter()
            await index.keep(tx, client.id, entry)
            took.append(time.perf_counter() - started)
    return took


async def _judge(spine: Spine, people: Crowd) -> None:
    """By whom the crowd says that they are."""
    numbers: dict[int, set[int]] = {}
    for number, customer in enumerate(people.whose[: len(people.there)], start=1):
        numbers.setdefault(customer, set()).add(number)
    known = found = right = wrong = asked = 0
    async with spine.store.view() as view:
        for at, record in enumerate(people.coming, start=len(people.there)):
            his = numbers.get(people.whose[at], set())
            entry = Entry.of(record, view.vault)
            matches = await index.resolve(view, entry, RULES)
            same = {one.client_id for one in matches if one.verdict.outcome is Outcome.SAME}
            known += bool(his)
            right += bool(same & his)
            wrong += bool(same - his)
            asked += bool(matches) and not same
            if his:
                reached = await index.candidates(view, entry)
                found += any(one.record_id in his for one in reached)
    total = len(people.coming)
    print(
        f"  of {total:,} records {known:,} were there: {found:,} compared, {right:,} told the same"
    )
    print(f"  {wrong} told another's same, {asked:,} for a person to look at")


def _tell(what: str, took: Sequence[float]) -> None:
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    said = []
    for name, share in shares.items():
        figure = percentile(list(took), share) * 1000
        bound = BOUNDS_MS.get(name) if what.startswith("resolve") else None
        verdict = "" if bound is None else f" (bound {bound:g}, {_met(figure, bound)})"
        said.append(f"{name} {figure:.2f}{verdict}")
    print(f"  {what}: {', '.join(said)} ms")


def _met(figure: float, bound: float) -> str:
    return "met" if figure <= bound else "missed"
