"""SQLite's writer: who waits for another process may give up, and nobody closes it under way."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from crm_store import inline_sqlite
from crm_store.database import Database, is_in_trouble

INSERT = text("INSERT INTO words (said) VALUES (:said)")


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    path = tmp_path / "words.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE words (said TEXT)")
    other.close()
    return path


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{file}")
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def another_process_writes(file: Path) -> Iterator[None]:
    other = sqlite3.connect(file, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("COMMIT")
    finally:
        other.close()


async def says(database: Database, said: str) -> None:
    async with database.writing() as session:
        await session.execute(INSERT, {"said": said})


async def said(database: Database) -> list[str]:
    async with database.reading() as session:
        return list((await session.execute(text("SELECT said FROM words"))).scalars())


async def test_whoever_waits_for_another_process_may_give_up_and_the_next_goes_on(
    database: Database, file: Path
) -> None:
    with another_process_writes(file):
        waiting = asyncio.create_task(says(database, "given up"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await waiting
        assert waiting.cancelled()

    await says(database, "later")
    assert await said(database) == ["later"]


async def test_who_has_patience_gets_his_turn(database: Database, file: Path) -> None:
    with another_process_writes(file):
        waiting = asyncio.create_task(says(database, "patient"))
        # Longer than SQLite itself waits.
        await asyncio.wait([waiting], timeout=inline_sqlite.STEP_MS / 1000 * 1.5)
        assert not waiting.done()

    await waiting
    assert await said(database) == ["patient"]


async def test_patience_ends(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline_sqlite, "PATIENCE_SECONDS", 0.0)
    with another_process_writes(file), pytest.raises(OperationalError) as raised:
        await says(database, "never")
    assert is_in_trouble(raised.value)


async def test_nobody_closes_it_under_a_writer(database: Database) -> None:
    began, goes_on = asyncio.Event(), asyncio.Event()

    async def writes() -> None:
        async with database.writing() as session:
            began.set()
            await goes_on.wait()
            await session.execute(INSERT, {"said": "to the end"})

    writer = asyncio.create_task(writes())
    await began.wait()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    goes_on.set()
    await asyncio.gather(writer, closing)

    assert await said(database) == ["to the end"]
