"""The migrations make exactly the tables that the code speaks of, on both databases."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from crm_store import schema
from crm_store.database import Database
from crm_store.errors import SchemaOutdated
from crm_store.search.table import is_ours


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection,
        opts={"compare_type": True, "compare_server_default": True, "include_name": is_ours},
    )
    return list(compare_metadata(context, SQLModel.metadata))


async def test_from_empty_to_head_leaves_no_difference(empty_url: str) -> None:
    database = Database(empty_url)
    try:
        await schema.upgrade(database)

        async with database.engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
        assert await schema.current(database) == schema.head()
        await schema.require_current(database)
        await schema.upgrade(database)
    finally:
        await database.close()


async def test_an_empty_and_a_foreign_database_are_refused_in_words(empty_url: str) -> None:
    database = Database(empty_url)
    try:
        with pytest.raises(SchemaOutdated, match="genjin migrate"):
            await schema.require_current(database)

        await schema.upgrade(database)
        async with database.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = 'ff99'"))
        with pytest.raises(SchemaOutdated, match="ff99"):
            await schema.require_current(database)
    finally:
        await database.close()
