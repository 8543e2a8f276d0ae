"""Revision 0013: who muted a client before there were kinds has muted every kind."""

from alembic import command
from sqlalchemy import text

from crm_store import schema
from crm_store.database import Database


async def test_mutes_of_before_stay_and_go_back(empty_url: str) -> None:
    database = Database(empty_url)
    try:
        await schema.upgrade(database, "0012")
        async with database.engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO clients (id, name, company, region, created_at)"
                    " VALUES (1, '', '', '', '2026-03-10 02:00:00+00:00')"
                )
            )
            await connection.execute(
                text("INSERT INTO mutes VALUES ('lina', 1, '2026-03-10 02:00:00+00:00')")
            )

        await schema.upgrade(database)

        async with database.engine.begin() as connection:
            rows = await connection.execute(text("SELECT member_id, client_id, what FROM mutes"))
            assert [tuple(row) for row in rows] == [("lina", 1, "")]
            await connection.execute(
                text(
                    "INSERT INTO mutes (member_id, client_id, what, since)"
                    " VALUES ('lina', 1, 'nudge', '2026-03-10 02:00:00+00:00')"
                )
            )
            await connection.run_sync(lambda sync: command.downgrade(schema._config(sync), "0012"))
            rows = await connection.execute(text("SELECT member_id, client_id FROM mutes"))
            assert [tuple(row) for row in rows] == [("lina", 1)]
    finally:
        await database.close()
