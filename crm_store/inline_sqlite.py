"""SQLite's writing connection, run where it is asked: a statement costs microseconds, a hop to
aiosqlite's thread and back a fifth of a millisecond, and an event is some dozens of statements.

What may wait (BEGIN IMMEDIATE for another process, COMMIT and its fsync) has a thread of its own,
so the loop goes on meanwhile. Takes aiosqlite's place behind SQLAlchemy's `async_creator`.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")

_WAITS = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")
"""First words of what may wait for a lock or the disk."""
STEP_MS = 250
"""How long SQLite itself waits for a lock, in the connection's thread."""
PATIENCE_SECONDS = 15.0
"""How long in all."""


class InlineCursor:
    """The part of aiosqlite's cursor that SQLAlchemy uses."""

    def __init__(self, connection: "InlineConnection") -> None:
        self._connection = connection
        self._cursor = connection.raw.cursor()

    async def __aenter__(self) -> "InlineCursor":
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        if statement.startswith(_WAITS):
            await self._connection.patiently(self._cursor.execute, statement, parameters)
        else:
            self._cursor.execute(statement, parameters)

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self._cursor.executemany(statement, rows)

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid


class InlineConnection:
    """The part of aiosqlite's connection that SQLAlchemy uses."""

    def __init__(self, raw: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self.raw = raw
        self._thread = thread
        self._connection: sqlite3.Connection | None = raw
        """None once closed: what SQLAlchemy's adapter looks at before it commits."""

    async def aside(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Runs what may wait in the connection's thread, one after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def patiently(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """The same for what another process may hold up: in short steps, between which whoever
        waits may be cancelled."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_SECONDS
        while True:
            try:
                return await self.aside(work, *arguments)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or loop.time() >= until:
                    raise

    def cursor(self) -> InlineCursor:
        return InlineCursor(self)

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """A statement by itself that may take long (VACUUM INTO)."""
        await self.patiently(self.raw.execute, statement, parameters)

    async def commit(self) -> None:
        if self.raw.in_transaction:
            await self.patiently(self.raw.commit)

    async def rollback(self) -> None:
        await self.aside(self.raw.rollback)

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        self.raw.create_function(*arguments, **options)

    async def close(self) -> None:
        if self._connection is not None:
            await self.aside(self.raw.close)
            self.stop()

    def stop(self) -> None:
        """Without waiting: what SQLAlchemy calls where no loop runs any more."""
        self._connection = None
        self._thread.shutdown(wait=False)


async def connect(file: str) -> InlineConnection:
    """Opens the file, transactions begun and ended by statements only."""
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")

    def opened() -> sqlite3.Connection:
        return sqlite3.connect(file, isolation_level=None, check_same_thread=False)

    try:
        raw = await asyncio.get_running_loop().run_in_executor(thread, opened)
    except BaseException:
        thread.shutdown(wait=False)
        raise
    return InlineConnection(raw, thread)
