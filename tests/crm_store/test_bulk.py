"""Many rows at once: the same rows, in order, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, select
from sqlalchemy.exc import DBAPIError

from crm_store.bulk import insert_new
from crm_store.database import Database
from crm_store.types import BigId, Moment

things = Table(
    "things",
    MetaData(),
    Column("id", BigId, primary_key=True),
    Column("key", String(8), nullable=False, unique=True),
    Column("body", LargeBinary),
    Column("at", Moment),
    Column("tries", Integer, nullable=False),
)
NOON = datetime(2026, 3, 10, 12, 0, 0, 5, tzinfo=UTC)


def thing(
    key: str, *, body: bytes | None = b"\0\xff", at: datetime | None = NOON
) -> dict[str, object]:
    return {"key": key, "body": body, "at": at, "tries": 3}


async def kept(url: str, *batches: list[dict[str, object]]) -> list[tuple[object, ...]]:
    """What is in the table after each batch had a transaction of its own."""
    database = Database(url)
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(things.drop, checkfirst=True)
            await connection.run_sync(things.create)
        for batch in batches:
            async with database.writing() as session:
                await insert_new(await session.connection(), things, batch, key="key")
        async with database.reading() as session:
            rows = await session.execute(select(things).order_by(things.c.id))
            return [tuple(row)[1:] for row in rows]
    finally:
        async with database.engine.begin() as connection:
            await connection.run_sync(things.drop)
        await database.close()


async def test_rows_come_out_as_they_went_in_and_in_their_order(database_url: str) -> None:
    batch = [thing(f"k{9 - n}") for n in range(9)] + [thing("none", body=None, at=None)]

    found = await kept(database_url, batch)

    assert found == [tuple(row.values()) for row in batch]


async def test_a_known_key_is_left_out_and_nothing_else(database_url: str) -> None:
    found = await kept(
        database_url, [thing("a"), thing("b")], [], [thing("c"), thing("b", body=b""), thing("c")]
    )

    assert found == [tuple(thing(key).values()) for key in ("a", "b", "c")]


async def test_what_is_too_long_is_not_cut(database_url: str) -> None:
    long = "k" * 9

    if database_url.startswith("postgresql"):
        with pytest.raises(DBAPIError, match="too long"):
            await kept(database_url, [thing(long)])
    else:
        assert [key for key, *_ in await kept(database_url, [thing(long)])] == [long]
