"""The connection to the database: one writer and some readers on SQLite, a pool on PostgreSQL.

SQLite before 3.51.3 (3.50.7, 3.44.6) can lose a committed transaction when two connections write
and checkpoint a write-ahead log at the same instant, so the journal mode follows the library's
version and exactly one connection of ours ever writes. Every commit is durable (synchronous=FULL).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from sqlalchemy import event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.ext.asyncio import AsyncSession as PlainSession
from sqlalchemy.pool import StaticPool
from sqlmodel import Session as SyncSession
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store import inline_sqlite

_BUSY_MS = 15_000
_WAL_IS_SAFE_FROM = (3, 51, 3)
_WAL_WAS_MENDED_IN = {(3, 50): (3, 50, 7), (3, 44): (3, 44, 6)}


_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
_TROUBLED_CLASSES = ("08", "25P03", "40", "53", "55", "57", "58")
"""SQLSTATE: connections, a transaction left idle, rollbacks, resources, locks, intervention, the
system."""

_NOBODY_IS_WAITED_FOR = {
    "idle_in_transaction_session_timeout": "60000",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""PostgreSQL would else wait hours for a machine that lost its power, and keep the lanes and the
clients locked that it had in hand. No transaction of ours stands idle for a minute."""


def is_in_trouble(error: BaseException) -> bool:
    """Whether the database was at fault (full, away, a deadlock) and not what was asked of it:
    the same work may succeed later."""
    if isinstance(error, OSError | PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return (
        error.connection_invalidated
        or isinstance(error, InterfaceError)
        or (isinstance(state, str) and state.startswith(_TROUBLED_CLASSES))
        or code & 0xFF in _TROUBLE
    )


def was_thrown_out(error: BaseException) -> bool:
    """Whether two transactions stood in each other's way, and this was the one that had to go: it
    succeeds as soon as it is tried again."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(state, str) and state.startswith("40")


def journal_mode(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> str:
    """WAL where the library's write-ahead log is sound, else a rollback journal."""
    mended = _WAL_WAS_MENDED_IN.get(version[:2])
    sound = version >= _WAL_IS_SAFE_FROM or (mended is not None and version >= mended)
    return "WAL" if sound else "TRUNCATE"


class _Holding(SyncSession):
    """Holds on to every row it has read or written: what a transaction has seen is read once."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.rows: list[Any] = []


@event.listens_for(_Holding, "loaded_as_persistent")
@event.listens_for(_Holding, "pending_to_persistent")
def _hold(session: Any, row: Any) -> None:
    session.rows.append(row)


class Session(AsyncSession):
    """SQLModel's session, with SQLAlchemy's own `execute` beside `exec`: Core statements (inbox,
    outbox, timers) need it, and SQLModel warns at each use."""

    sync_session_class = _Holding
    execute = PlainSession.execute


class Database:
    """Sessions that write, one at a time on SQLite, and sessions that only read."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url: URL = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._pool_size = pool_size
        self._writer = self._engine(read_only=False)
        self._reader = (
            self._engine(read_only=True)
            if self.is_sqlite
            else self._writer.execution_options(postgresql_readonly=True)
        )
        self._turn = asyncio.Lock()

    @property
    def engine(self) -> AsyncEngine:
        return self._writer

    @property
    def reader(self) -> AsyncEngine:
        return self._reader

    def _engine(self, *, read_only: bool) -> AsyncEngine:
        if not self.is_sqlite:
            return create_async_engine(
                self.url,
                pool_size=self._pool_size,
                max_overflow=5,
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args={"server_settings": _NOBODY_IS_WAITED_FOR},
            )
        if read_only:
            engine = create_async_engine(
                self.url, pool_size=4, max_overflow=4, hide_parameters=True
            )
        else:
            engine = create_async_engine(
                self.url,
                async_creator=partial(inline_sqlite.connect, self.url.database or ":memory:"),
                poolclass=StaticPool,
                hide_parameters=True,
            )
        _prepare_sqlite(engine, read_only=read_only)
        return engine

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits at the end, or rolls back where the block raises."""
        turn = self._turn if self.is_sqlite else nullcontext()
        opened = Session(self._writer, expire_on_commit=False)
        async with turn, opened as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that cannot write; keep it short, on SQLite it holds up the writer's commit."""
        async with Session(self._reader, expire_on_commit=False) as session:
            yield session

    async def keep_at_hand(self, mebibytes: int) -> None:
        """How much of an SQLite file the writer holds in memory: for much work in a row."""
        if self.is_sqlite:
            async with self.writing() as session:
                await session.execute(text(f"PRAGMA cache_size=-{mebibytes * 1024}"))

    async def close(self) -> None:
        if not self.is_sqlite:
            await self._writer.dispose()
            return
        async with self._turn:  # not from under a writer
            await self._writer.dispose()
        await self._reader.dispose()


def _prepare_sqlite(engine: AsyncEngine, *, read_only: bool) -> None:
    """Takes transaction control from the driver, which would begin too late and too weakly."""

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        if read_only:
            connection.isolation_level = None
        cursor = connection.cursor()
        if read_only:
            cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
            cursor.execute("PRAGMA query_only=ON")
        else:
            cursor.execute(f"PRAGMA busy_timeout={inline_sqlite.STEP_MS}")
            # A spill would wait for readers in the middle of a statement, on the loop's time.
            cursor.execute("PRAGMA cache_spill=OFF")
            cursor.execute(f"PRAGMA journal_mode={journal_mode()}")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
            # What erasure overwrites must not linger in free pages.
            cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
