"""Databases at the newest schema, made once, then copied or emptied: migrating takes a second."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import create_async_engine

from crm_store import schema
from crm_store.database import Database
from crm_store.store import Transaction
from tests.servers import Postgres

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For a test of what PostgreSQL does not have."""
postgresql_only = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For a test of what several writers do to each other."""
MIGRATED = "genjin_migrated"
"""Never worked on: what others are copied from."""
_SHARED = "genjin"

_file: list[bytes] = []
"""A migrated SQLite database."""
_compiled: dict[str, tuple[Dialect, Any]] = {}
"""What is known of each kind of database, and its compiled statements."""
_prepared: set[int] = set()
"""Ports of the servers that have a migrated database."""

_EMPTY = """
DO $$
DECLARE filled regclass;
BEGIN
    SET LOCAL session_replication_role = replica; -- in any order: no foreign key is looked at
    FOR filled IN
        SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
          AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %s', filled);
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
END $$
"""
"""Ten milliseconds, where TRUNCATE takes two hundred and a copy of the database as much."""


def compiled_once(database: Database) -> None:
    """Statements come out alike for every test: the process compiles each once, as a bot does.
    The database has been connected to, so that its dialect knows the server."""
    for engine in (database.engine.sync_engine, database.reader.sync_engine):
        kept = _compiled.setdefault(engine.driver, (engine.dialect, engine._compiled_cache))
        engine.dialect, engine._compiled_cache = kept


async def fresh_database(file: Path) -> str:
    """The URL of an empty, migrated SQLite database in `file`."""
    url = f"sqlite+aiosqlite:///{file}"
    if not _file:
        await _upgrade(url)
        _remember(file)
    _restore(file)
    return url


def _remember(file: Path) -> None:
    _file.append(file.read_bytes())


def _restore(file: Path) -> None:
    file.write_bytes(_file[0])


async def migrate(server: Postgres) -> None:
    """Sees to it that the server has a database to copy from."""
    if server.port in _prepared:
        return
    await administer(server, f"CREATE DATABASE {MIGRATED}")
    await _upgrade(server.url(MIGRATED))
    await administer(server, f"CREATE DATABASE {_SHARED} TEMPLATE {MIGRATED}")
    _prepared.add(server.port)


async def emptied(server: Postgres) -> str:
    """The URL of one PostgreSQL database for all tests of a process, without a row in it."""
    await migrate(server)
    await administer(server, _EMPTY, on=_SHARED)
    return server.url(_SHARED)


async def administer(server: Postgres, statement: str, *, on: str = "postgres") -> None:
    engine = create_async_engine(server.url(on), isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(statement)
    finally:
        await engine.dispose()


async def _upgrade(url: str) -> None:
    database = Database(url)
    try:
        await schema.upgrade(database)
    finally:
        await database.close()


async def waits_for_a_lock(tx: Transaction) -> None:
    """Until somebody else of the same PostgreSQL server waits for what is held."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not (await tx.session.execute(waiting)).scalar_one():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
