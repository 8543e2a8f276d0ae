"""What every room's tests may use: both databases, servers started once a worker and if needed."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.databases import MIGRATED, administer, emptied, fresh_database, migrate
from tests.servers import Postgres, Valkey, postgres, valkey
from tests.world import Opens, company

pytest_plugins = ["tests.leaks.plugin"]
_numbers = count(1)


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
