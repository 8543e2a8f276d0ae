"""Durable callbacks a second, against a null handler and against the usual way, in one run.

The server has a core of its own; the driver, and PostgreSQL where it is asked, share the other.
"""

import resource
import statistics
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from tests.benchmarks.corp import requests
from tests.benchmarks.driver import Run, drive
from tests.benchmarks.processes import apart, cpu_seconds, pinned, resident_kib, spoken
from tests.servers import Postgres, postgres

pytestmark = pytest.mark.bench

CONNECTIONS = 64
ROUNDS = 3
STEADY, STEADY_SECONDS = 500, 10
CROWD = 2_500
"""Connections that call at once: more than may wait to be stored (2,000)."""
NULL, PLAIN, DURABLE = "null", "plain", "durable"
REQUESTS = {NULL: 20_000, PLAIN: 1_500, DURABLE: 10_000}
"""A few seconds of each."""
AGAINST_PLAIN = {"SQLite": 4.0, "PostgreSQL": 2.5}
AGAINST_NULL = 0.35
STEADY_P99_MS = 100.0

bench_numbers = count(1)


@dataclass
class Server:
    port: int
    pid: int


@dataclass
class Measured:
    """The rounds of one kind of server on one kind of database."""

    runs: list[Run] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    """Processor time of the server a request, in seconds."""

    @property
    def middle(self) -> Run:
        return sorted(self.runs, key=lambda run: run.per_second)[len(self.runs) // 2]


@pytest.fixture(scope="module")
def database_server() -> Iterator[Postgres]:
    """A PostgreSQL that syncs, beside the driver."""
    with postgres(durable=True) as server:
        yield server


@asynccontextmanager
async def serving(
    kind: str, database: str, folder: Path, database_server: Postgres
) -> AsyncIterator[Server]:
    url = f"sqlite+aiosqlite:///{folder / 'bench.db'}"
    if database == "PostgreSQL":
        url = await _fresh(database_server)
    server_on, _ = apart()
    arguments = (kind, str(folder), url)
    async with spoken("tests.benchmarks.servers", *arguments, on=server_on) as server:
        yield Server(await server.tells(), server.pid)


async def _fresh(server: Postgres) -> str:
    name = f"bench{next(bench_numbers)}"
    engine = create_async_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(f"CREATE DATABASE {name}")
    finally:
        await engine.dispose()
    return server.url(name)


async def test_durable_callbacks(tmp_path: Path, database_server: Postgres) -> None:
    kinds = [(NULL, "")]
    kinds += [(kind, database) for database in AGAINST_PLAIN for kind in (PLAIN, DURABLE)]
    measured = {kind: Measured() for kind in kinds}
    server_on, driver_on = apart()

    for number in range(ROUNDS):
        for (kind, database), found in measured.items():
            bodies = requests(REQUESTS[kind])
            folder = tmp_path / f"{kind}{database}{number}"
            folder.mkdir()
            async with serving(kind, database, folder, database_server) as server:
                before = cpu_seconds(server.pid)
                async with pinned(driver_on):
                    found.runs.append(drive(server.port, bodies, connections=CONNECTIONS))
                found.cpus.append((cpu_seconds(server.pid) - before) / len(bodies))

    print(
        f"\ncallbacks, {CONNECTIONS} connections, middle of {ROUNDS} rounds;"
        f" server on core {_named(server_on)}, driver and PostgreSQL on {_named(driver_on)}"
    )
    print("  | server | a second | p50 ms | p99 ms | server ms of processor a request |")
    print("  |---|---|---|---|---|")
    for (kind, database), found in measured.items():
        run = found.middle
        print(
            f"  | {kind} {database} | {run.per_second:,.0f} | {run.at(0.5):.1f} |"
            f" {run.at(0.99):.1f} | {statistics.median(found.cpus) * 1000:.2f} |"
        )
    null = measured[NULL, ""].middle.per_second
    for database, bound in AGAINST_PLAIN.items():
        durable = measured[DURABLE, database].middle.per_second
        plain = measured[PLAIN, database].middle.per_second
        _judge(f"durable / plain on {database}", durable / plain, bound)
        _judge(f"durable / null on {database}", durable / null, AGAINST_NULL)


@pytest.mark.parametrize("database", AGAINST_PLAIN)
async def test_a_steady_stream(tmp_path: Path, database_server: Postgres, database: str) -> None:
    bodies = requests(STEADY * STEADY_SECONDS)
    _, driver_on = apart()

    async with serving(DURABLE, database, tmp_path, database_server) as server:
        before = cpu_seconds(server.pid)
        async with pinned(driver_on):
            run = drive(server.port, bodies, connections=CONNECTIONS, rate=STEADY)
        cpu = cpu_seconds(server.pid) - before

    print(
        f"\ncallbacks, {STEADY}/s for {STEADY_SECONDS} s on {database}: {len(run.took)} answered"
        f" 200, p50 {run.at(0.5):.1f} ms, p99 {run.at(0.99):.1f} ms, longest {run.at(1):.1f} ms;"
        f" server {cpu / run.seconds:.2f} cores, driver {run.cpu / run.seconds:.2f}"
    )
    met = run.at(0.99) < STEADY_P99_MS and not run.refused
    print(f"  bound p99 < {STEADY_P99_MS:g} ms: {'met' if met else 'missed'}")


async def test_more_at_once_than_may_wait(tmp_path: Path, database_server: Postgres) -> None:
    bodies = requests(CROWD * 2)
    _, driver_on = apart()

    with many_files(CROWD + 100):
        async with serving(DURABLE, "SQLite", tmp_path, database_server) as server:
            idle = resident_kib(server.pid)
            async with pinned(driver_on):
                run = drive(server.port, bodies, connections=CROWD)
            after = resident_kib(server.pid)

    print(
        f"\ncallbacks, {CROWD} connections that call at once, twice: {len(run.took)} answered 200"
        f" (p99 {run.at(0.99):.0f} ms), {run.refused} answered 503;"
        f" the server holds {idle / 1024:.0f} MiB before, {after / 1024:.0f} MiB after"
    )


@contextmanager
def many_files(wanted: int) -> Iterator[None]:
    """Room for so many connections, here and in what is started meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"this machine lets a process open {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _judge(what: str, ratio: float, bound: float) -> None:
    print(f"  {what}: {ratio:.2f}, bound {bound:g} {'met' if ratio >= bound else 'missed'}")


def _named(some: frozenset[int]) -> str:
    return ", ".join(str(core) for core in sorted(some)) or "any"
