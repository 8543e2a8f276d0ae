"""What every room's tests may use: both databases, the server started once and only if needed."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from crm_store import schema
from crm_store.database import Database
from tests.servers import Postgres, postgres
from tests.world import fresh_database

_numbers = count(1)
_migrated: set[str] = set()
"""Addresses of databases that have their tables."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run."""
    with postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database of the test's own: the same test runs on both kinds."""
    if request.param == "sqlite":
        return await fresh_database(tmp_path / "genjin.db")
    server: Postgres = request.getfixturevalue("postgres_server")
    return await _emptied(server)


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"genjin_{next(_numbers)}"
    await _administer(server, f"CREATE DATABASE {name}")
    yield server.url(name)
    await _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _emptied(server: Postgres) -> str:
    """One database for all: emptying its tables is quicker than copying it."""
    url = server.url("genjin")
    if url not in _migrated:
        await _administer(server, "CREATE DATABASE genjin")
        database = Database(url)
        try:
            await schema.upgrade(database)
        finally:
            await database.close()
        _migrated.add(url)
        return url
    tables = ", ".join(f'"{table.name}"' for table in SQLModel.metadata.sorted_tables)
    await _administer(server, f"TRUNCATE {tables} RESTART IDENTITY", on="genjin")
    return url


async def _administer(server: Postgres, statement: str, *, on: str = "postgres") -> None:
    engine = create_async_engine(server.url(on), isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(statement)
    finally:
        await engine.dispose()
