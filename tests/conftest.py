"""What every room's tests may use: both databases, servers started once a worker and if needed."""

import os
from collections.abc import AsyncIterator, Iterator
from functools import partial
from inspect import signature
from itertools import count
from pathlib import Path

import pytest

from tests.databases import MIGRATED, administer, emptied, fresh_database, migrate
from tests.servers import Postgres, Valkey, postgres, valkey
from tests.world import Opens, company

pytest_plugins = ["tests.leaks.plugin"]
_numbers = count(1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is said and what is understood is the same on either database: a module marked `words`
    runs on SQLite, and on both in `make soak`. A test of it that asks for `database_url` itself has
    its reason to, and runs on both."""
    if os.environ.get("GENJIN_SOAK"):
        return
    left_out = [item for item in items if _is_said_on_the_other(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def _is_said_on_the_other(item: pytest.Item) -> bool:
    if item.get_closest_marker("words") is None or not isinstance(item, pytest.Function):
        return False
    database = item.callspec.params.get("database_url") if hasattr(item, "callspec") else None
    return database == "postgresql" and "database_url" not in signature(item.function).parameters


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
