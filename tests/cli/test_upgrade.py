"""A database that a former program filled: refused, upgraded, read, and worked on."""

import asyncio
from datetime import datetime

import orjson
import pytest
import sqlmodel
from sqlalchemy import select, text

from bot.app import Bot, running_bot
from config.clock import TurnedClock
from crm_store import breakers, inbox, schema
from crm_store.database import Database
from crm_store.errors import SchemaOutdated
from crm_store.models import ClientKey, IdentityKind, Lead
from crm_store.outbox import outbox
from crm_store.queries import leads
from crm_store.sealed import BY_CLIENT, BY_SERVICE
from crm_store.view import View
from tests.cli.installation import Installation
from tests.crm_store.former import Former, put_back

SENTENCE = "数据库的结构是 0001，程序需要 {head}，请先运行 genjin migrate"


@pytest.fixture
def former(home: Installation, empty_url: str) -> Former:
    """What the program of revision 0001 left, on each kind of database."""
    left = asyncio.run(put_back(empty_url, "0001"))
    home.write(database_url=empty_url, encryption_key=left.key)
    return left


def test_serve_refuses_until_it_is_migrated(home: Installation, former: Former) -> None:
    serve = home.start("serve")
    _, err = serve.communicate(timeout=60)

    assert serve.returncode == 1
    assert err.splitlines()[-1] == f"genjin: {SENTENCE.format(head=schema.head())}"


def test_serve_refuses_what_a_newer_program_left(home: Installation, former: Former) -> None:
    home.genjin("migrate")

    async def grows_newer() -> None:
        database = Database(home.loaded.database_url)
        async with database.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await database.close()

    asyncio.run(grows_newer())
    serve = home.start("serve")
    _, err = serve.communicate(timeout=60)

    assert serve.returncode == 1
    assert "数据库的结构 9999 比程序新" in err.splitlines()[-1]


def test_what_was_there_is_read_and_worked_on_after_migrate(
    home: Installation, former: Former
) -> None:
    said = home.genjin("migrate")
    assert (said.status, said.out.splitlines()[0]) == (
        0,
        f"数据库已升级：0001 → {schema.head()}",
    )

    asyncio.run(_is_read_and_worked_on(home, former.now))

    listed = home.genjin("dead", "list")
    assert listed.status == 0
    assert "unreadable" in listed.out
    exported = home.folder / "exported"
    assert home.genjin("export", str(exported)).status == 0
    manifest = orjson.loads((exported / "manifest.json").read_bytes())
    counts = {name: entry["rows"] for name, entry in _tables(manifest).items()}
    for name in ("clients", "leads", "identities", "lead_fields"):
        assert counts[name] == former.rows[name], name


def test_migrating_again_changes_nothing(home: Installation, former: Former) -> None:
    home.genjin("migrate")

    said = home.genjin("migrate")

    assert (said.status, said.out.splitlines()[0]) == (0, f"数据库已是最新（{schema.head()}）")


async def test_two_migrate_at_once(empty_url: str) -> None:
    await put_back(empty_url, "0001")
    databases = [Database(empty_url) for _ in range(2)]
    try:
        await asyncio.gather(*(schema.upgrade(database) for database in databases))

        await schema.require_current(databases[0])
        async with databases[0].reading() as session:
            assert len((await session.execute(select(outbox.c.id))).all()) > 0
    finally:
        for database in databases:
            await database.close()


async def test_the_database_is_not_touched_before(empty_url: str) -> None:
    await put_back(empty_url, "0001")
    database = Database(empty_url)
    try:
        with pytest.raises(SchemaOutdated, match="0001"):
            await schema.require_current(database)
        assert await schema.current(database) == "0001"
    finally:
        await database.close()


def _tables(manifest: dict[str, dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    return manifest["tables"]


async def _is_read_and_worked_on(home: Installation, now: datetime) -> None:
    async with running_bot(home.loaded, clock=TurnedClock(now)) as bot:
        async with bot.store.view() as view:
            await _opens_everything(view)
            identity = await view.identity(IdentityKind.PHONE, "+8613800001234")
            assert identity is not None
            said = await leads.last_words(view, identity.client_id, last=9)
            assert any("招标文件" in words for _, words in said)
            # Revision 0003 lets breakers go: what is still wrong shows at the next try.
            assert await breakers.opened(view.session) == []
        await _handles_what_waited(bot, identity.client_id)


async def _opens_everything(view: View) -> None:
    for sealed in BY_SERVICE:
        query = select(sealed.column).where(sealed.column.is_not(None))
        for value in (await view.session.execute(query)).scalars():
            view.vault.service.open(value, purpose=sealed.purpose)
    for key in (await view.session.exec(sqlmodel.select(ClientKey))).all():
        await view.cipher(key.client_id)
    assert BY_CLIENT


async def _handles_what_waited(bot: Bot, client_id: int) -> None:
    while await bot.worker.handle_one():
        pass

    async with bot.store.view() as view:
        newest = (await leads.last_words(view, client_id, last=1))[0][1]
        assert newest == "还在等你们的回复"
        assert (await view.get(Lead, 1)).client_id == client_id
        assert not await inbox.has_due(view.session, now=view.now)
