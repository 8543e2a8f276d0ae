"""What every room's tests may use: both databases, servers started once a worker and if needed."""

import os
from collections.abc import AsyncIterator, Iterator
from functools import partial
from inspect import signature
from itertools import count
from pathlib import Path
from zlib import crc32

import pytest

from bot import heap
from tests.databases import MIGRATED, administer, emptied, fresh_database, migrate
from tests.servers import Postgres, Valkey, postgres, valkey
from tests.world import Opens, company

pytest_plugins = ["tests.leaks.plugin"]
_numbers = count(1)


def pytest_collection_finish() -> None:
    """As `genjin serve` has it."""
    heap.settle()


_ALTERNATING = ("bot", "handlers", "notifiers", "web")
"""Rooms whose tests are seldom about a database."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the rooms above half of the tests run on SQLite and half on PostgreSQL; all on both in
    `make soak`. A module marked `both`, and a test that asks for `database_url` or chooses one,
    has its reason to."""
    if os.environ.get("GENJIN_SOAK"):
        return
    left_out = [item for item in items if _is_tried_on_the_other(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def _is_tried_on_the_other(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return False
    database = item.callspec.params.get("database_url")
    room = item.path.relative_to(Path(__file__).parent).parts[0]
    if database is None or room not in _ALTERNATING or item.get_closest_marker("both"):
        return False
    chosen = any("database_url" in mark.args for mark in item.iter_markers("parametrize"))
    if chosen or "database_url" in signature(item.function).parameters:
        return False
    kinds = ("sqlite", "postgresql")
    drawn = item.nodeid.replace(str(database), "")
    return database != kinds[crc32(drawn.encode()) % len(kinds)]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run (of each process that runs tests)."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def _valkey_server() -> Iterator[Valkey]:
    with valkey() as server:
        yield server


@pytest.fixture
def valkey_server(_valkey_server: Valkey) -> Valkey:
    """A Valkey that is up and empty, whatever the test before did to it."""
    _valkey_server.stop()
    _valkey_server.start()
    return _valkey_server


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database of the test's own: the same test runs on both kinds."""
    if request.param == "sqlite":
        return await fresh_database(tmp_path / "genjin.db")
    server: Postgres = request.getfixturevalue("postgres_server")
    return await emptied(server)


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"genjin_{next(_numbers)}"
    await administer(server, f"CREATE DATABASE {name}")
    yield server.url(name)
    await administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def postgres_url(postgres_server: Postgres) -> AsyncIterator[str]:
    """A migrated PostgreSQL database that nobody shares, for processes that may outlive a test."""
    await migrate(postgres_server)
    name = f"genjin_{next(_numbers)}"
    await administer(postgres_server, f"CREATE DATABASE {name} TEMPLATE {MIGRATED}")
    yield postgres_server.url(name)
    await administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def opens(tmp_path: Path, database_url: str) -> Opens:
    """A company of the test's own choosing, on either database."""
    return partial(company, tmp_path, database_url)
