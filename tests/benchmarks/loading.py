"""Millions of rows into the real schema: without its indexes, which are made again at the end.

    async with loading(database) as load:
        await load.put("clients", ("id", "name", …), rows)

Moments go through `load.moment`, once each; JSON is text; a column that is not named stays NULL.
Nothing is checked: whoever fills knows what points at what.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import asyncpg

from crm_store.database import Database

Row = tuple[Any, ...]


class Load(Protocol):
    def moment(self, at: datetime) -> Any:
        """The aware moment as the driver takes it."""
        ...

    async def put(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None: ...


@asynccontextmanager
async def loading(database: Database) -> AsyncIterator[Load]:
    """Nobody else may be at the database meanwhile."""
    open_load = _in_sqlite if database.is_sqlite else _in_postgresql
    async with open_load(database) as load:
        yield load


# -- SQLite ------------------------------------------------------------------------------------


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._indexes: dict[str, str] = {}

    def moment(self, at: datetime) -> str:
        return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    async def put(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        self._bare(table)
        marks = ", ".join("?" * len(columns))
        names = ", ".join(f'"{column}"' for column in columns)
        self._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)

    def _bare(self, table: str) -> None:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql"
        for name, made_by in self._connection.execute(f"{query} IS NOT NULL", (table,)).fetchall():
            self._indexes[name] = made_by
            self._connection.execute(f"DROP INDEX {name}")

    def finish(self) -> None:
        for made_by in self._indexes.values():
            self._connection.execute(made_by)
        self._connection.execute("ANALYZE")


@asynccontextmanager
async def _in_sqlite(database: Database) -> AsyncIterator[Load]:
    connection = sqlite3.connect(database.url.database or "", isolation_level=None)
    try:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        load = _Sqlite(connection)
        yield load
        load.finish()
        connection.execute("COMMIT")
    finally:
        connection.close()


# -- PostgreSQL --------------------------------------------------------------------------------


class _Postgresql:
    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self._connection = connection
        self._indexes: dict[str, str] = {}
        self.filled: set[str] = set()

    def moment(self, at: datetime) -> datetime:
        return at.astimezone(UTC)

    async def put(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        await self._bare(table)
        self.filled.add(table)
        await self._connection.copy_records_to_table(table, columns=columns, records=rows)

    async def _bare(self, table: str) -> None:
        query = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1 AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass)"
        )
        for name, made_by in await self._connection.fetch(query, table):
            self._indexes[name] = made_by
            await self._connection.execute(f"DROP INDEX {name}")

    async def finish(self) -> None:
        for made_by in self._indexes.values():
            await self._connection.execute(made_by)
        for table in self.filled:
            await self._count_on(table)
        # As autovacuum would have seen to it: what can be read from an index alone is.
        for table in self.filled:
            await self._connection.execute(f"VACUUM ANALYZE {table}")

    async def _count_on(self, table: str) -> None:
        """The next row's number follows ours."""
        sequence = "SELECT pg_get_serial_sequence($1, a.attname) FROM pg_attribute a WHERE"
        named = f"{sequence} a.attrelid = $1::regclass AND a.attname = 'id'"
        counter = await self._connection.fetchval(named, table)
        if counter:
            last = f"(SELECT max(id) FROM {table})"
            await self._connection.execute(f"SELECT setval('{counter}', {last})")


@asynccontextmanager
async def _in_postgresql(database: Database) -> AsyncIterator[Load]:
    url = database.url
    connection = await asyncpg.connect(
        host=url.host, port=url.port, user=url.username, database=url.database
    )
    try:
        await connection.execute("SET session_replication_role = replica")  # no foreign keys
        await connection.execute("SET maintenance_work_mem = '256MB'")
        load = _Postgresql(connection)
        yield load
        await load.finish()
    finally:
        await connection.close()
