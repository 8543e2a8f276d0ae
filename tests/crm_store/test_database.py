"""Transactions: one writer on SQLite, nothing half done, and readers that cannot write."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crm_store.database import is_in_trouble, journal_mode, was_thrown_out
from tests.crm_store.conftest import Spine

INSERT = text("INSERT INTO cursors (source, position, moved_at) VALUES (:s, 'x', '2026-03-10')")


async def _count(spine: Spine) -> int:
    async with spine.database.reading() as session:
        found = await session.execute(text("SELECT count(*) FROM cursors"))
        return int(found.scalar_one())


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
    ],
)
def test_the_write_ahead_log_is_used_where_it_is_sound(
    version: tuple[int, int, int], mode: str
) -> None:
    assert journal_mode(version) == mode


async def test_what_raises_leaves_nothing(spine: Spine) -> None:
    async def half() -> None:
        async with spine.database.writing() as session:
            await session.execute(INSERT, {"s": "a"})
            raise RuntimeError

    await asyncio.gather(half(), return_exceptions=True)
    assert await _count(spine) == 0


async def test_a_cancelled_transaction_leaves_nothing_and_the_next_goes_on(spine: Spine) -> None:
    began = asyncio.Event()

    async def slow() -> None:
        async with spine.database.writing() as session:
            await session.execute(INSERT, {"s": "a"})
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(slow())
    await began.wait()
    task.cancel()
    await asyncio.wait([task])

    async with spine.database.writing() as session:
        await session.execute(INSERT, {"s": "b"})
    assert await _count(spine) == 1


async def test_readers_cannot_write(spine: Spine) -> None:
    async def write() -> None:
        async with spine.database.reading() as session:
            await session.execute(INSERT, {"s": "a"})
            await session.commit()

    with pytest.raises(DBAPIError):
        await write()
    assert await _count(spine) == 0


async def test_writers_of_one_process_take_turns(spine: Spine) -> None:
    async def write(name: str) -> None:
        async with spine.database.writing() as session:
            await session.execute(INSERT, {"s": name})
            await asyncio.sleep(0)

    await asyncio.gather(*(write(f"s{n}") for n in range(40)))
    assert await _count(spine) == 40


async def test_an_error_does_not_show_its_parameters(spine: Spine) -> None:
    async def write() -> None:
        async with spine.database.writing() as session:
            await session.execute(INSERT, {"s": "13800001234"})
            await session.execute(INSERT, {"s": "13800001234"})

    with pytest.raises(DBAPIError) as refused:
        await write()
    assert "[SQL parameters hidden" in str(refused.value)


async def test_a_mistake_of_ours_is_told_from_the_databases_trouble(spine: Spine) -> None:
    async def fails(statement: str) -> BaseException:
        with pytest.raises(DBAPIError) as refused:
            async with spine.database.writing() as session:
                await session.execute(text(statement))
        return refused.value

    assert not is_in_trouble(await fails("SELECT * FROM a_table_that_is_gone"))
    assert not is_in_trouble(await fails("INSERT INTO cursors (source) VALUES ('x')"))
    assert not is_in_trouble(ValueError())
    if spine.database.is_sqlite:
        async with spine.database.writing() as session:
            await session.execute(text("PRAGMA max_page_count=1"))
        blob = "INSERT INTO keyring (name, wrapped) VALUES ('x', zeroblob(1000000))"
        assert is_in_trouble(await fails(blob))
    else:
        assert is_in_trouble(await fails("SELECT pg_terminate_backend(pg_backend_pid())"))
        async with spine.database.writing() as session:
            await session.execute(INSERT, {"s": "after"})


async def test_who_is_thrown_out_of_a_deadlock_may_try_again_at_once(spine: Spine) -> None:
    if spine.database.is_sqlite:
        return  # one writer: nobody stands in anybody's way
    turn = text("SELECT pg_advisory_xact_lock(:key)")
    has_one = [asyncio.Event(), asyncio.Event()]

    async def takes(first: int, then: int) -> None:
        async with spine.database.writing() as session:
            await session.execute(turn, {"key": first})
            has_one[first].set()
            await has_one[then].wait()
            await session.execute(turn, {"key": then})

    results = await asyncio.gather(takes(0, 1), takes(1, 0), return_exceptions=True)

    (thrown,) = [error for error in results if error is not None]
    assert was_thrown_out(thrown)
    assert not was_thrown_out(ValueError())
