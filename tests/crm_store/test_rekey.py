"""换密钥: afterwards the old key opens nothing, and is not needed."""

import asyncio
import base64
import contextlib
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from bot.app import running_bot
from config.clock import SystemClock
from crm_store import rekey
from crm_store.arrival import Arrival
from crm_store.database import Database
from crm_store.keyring import open_vault
from crm_store.models import Client, Draft, IdentityKind
from crm_store.outbox import outbox
from crm_store.sealed import BY_SERVICE, CLIENT_KEYS, INDEX_KEY
from crm_store.store import Store
from crm_store.vault import Unreadable, fresh_key
from crm_store.wakeup import LocalWakeup
from handlers.events import ClientMessage, Speaker
from tests.databases import emptied
from tests.eventually import eventually
from tests.servers import Postgres
from tests.world import STORY, company

PHONE = "+8613800001234"


def _key() -> bytes:
    return base64.urlsafe_b64decode(fresh_key())


async def _used(tmp_path: Path) -> tuple[Database, bytes]:
    """A database that was worked with, and the key it was made with."""
    async with company(tmp_path) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")
        async with office.store.transaction() as tx:
            body = tx.vault.service.seal("草稿".encode(), purpose="draft")
            tx.add(Draft(member_id="lina", body=body, created_at=tx.now))
        return Database(office.settings.database_url), office.settings.encryption_keys[0]


async def _store(database: Database, *keys: bytes) -> Store:
    vault = await open_vault(database, keys)
    return Store(database, vault, SystemClock(), LocalWakeup(), fresh_id=lambda: "k")


async def test_the_old_key_can_be_dropped(tmp_path: Path) -> None:
    database, old = await _used(tmp_path)
    new = _key()
    told: list[int] = []

    before = await rekey.outdated(database, [new, old])
    result = await rekey.reseal(database, [new, old], advance=told.append)

    assert result == rekey.Resealed(before, {})
    assert sum(told) == before > 0
    assert await rekey.outdated(database, [new]) == 0
    store = await _store(database, new)
    async with store.view() as view:
        identity = await view.identity(IdentityKind.PHONE, PHONE)
        assert identity is not None
        assert await view.open(identity.client_id, identity.value, purpose="identity") == PHONE
        for sealed in BY_SERVICE:
            query = select(sealed.column).where(sealed.column.is_not(None))
            for value in (await view.session.execute(query)).scalars():
                view.vault.service.open(value, purpose=sealed.purpose)
    with pytest.raises(Unreadable):
        await open_vault(database, [old])
    await database.close()


async def test_the_bot_goes_on_while_everything_is_sealed_anew(
    tmp_path: Path, database_url: str
) -> None:
    async with company(tmp_path, database_url) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")
        settings, old = office.settings, office.settings.encryption_keys[0]
        clock = office.clock
    new = fresh_key()
    both = SecretStr(f"{new},{settings.encryption_key.get_secret_value()}")
    changing = settings.model_copy(update={"encryption_key": both})
    keys = changing.encryption_keys
    async with running_bot(changing, clock=clock) as bot:
        for number in range(12):
            message = ClientMessage(
                account="wkShop",
                client_ref=f"wm{number % 4}",
                message_id=f"m{number}",
                sent_at=clock.now(),
                speaker=Speaker.CLIENT,
                text=f"想了解CT设备，电话1390000{number:04}",
            )
            payload = message.model_dump(mode="json")
            lane = f"kf:wkShop:wm{number % 4}"
            async with bot.store.transaction() as tx:
                await tx.arrive([Arrival(message.kind, message.message_id, lane, payload)])

        async def work() -> int:
            handled = 0
            while await bot.worker.handle_one():
                handled += 1
            return handled

        second = Database(settings.database_url)
        _, result, again = await asyncio.gather(
            work(), rekey.reseal(second, keys), rekey.reseal(second, keys)
        )
        last = await rekey.reseal(second, keys)

        assert result.unreadable == again.unreadable == last.unreadable == {}
        assert bot.worker.failed == 0
        assert await rekey.outdated(second, [keys[0]]) == 0
        await second.close()
    only = settings.model_copy(update={"encryption_key": SecretStr(new)})
    async with running_bot(only, clock=clock) as bot, bot.store.view() as view:
        assert await view.identity(IdentityKind.PHONE, "+8613900000011") is not None
        with pytest.raises(Unreadable):
            await open_vault(bot.database, [old])


async def test_rows_held_crosswise_only_make_it_start_over(
    tmp_path: Path, postgres_server: Postgres
) -> None:
    async with company(tmp_path, await emptied(postgres_server)) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")
        keys = [_key(), office.settings.encryption_keys[0]]
        url = office.settings.database_url
    held, sealing = Database(url), Database(url)
    lock = select(outbox.c.id).with_for_update()
    query = select(func.count()).select_from(text("pg_locks")).where(text("NOT granted"))
    async with held.writing() as session:
        first, *_, last = (await session.execute(select(outbox.c.id).order_by("id"))).scalars()
        await session.execute(lock.where(outbox.c.id == last))
        reseal = asyncio.create_task(rekey.reseal(sealing, keys))

        async def waits_for_us() -> bool:
            async with held.reading() as reader:
                return bool((await reader.execute(query)).scalar_one())

        await eventually(waits_for_us)
        with contextlib.suppress(DBAPIError):  # whichever of the two PostgreSQL throws out
            await session.execute(lock.where(outbox.c.id == first))
        await session.rollback()

    result = await reseal

    assert result.unreadable == {}
    assert await rekey.outdated(held, keys[:1]) == 0
    await held.close()
    await sealing.close()


async def test_changing_it_again_finds_nothing_to_do(tmp_path: Path) -> None:
    database, old = await _used(tmp_path)
    new = _key()
    await rekey.reseal(database, [new, old])

    assert await rekey.reseal(database, [new, old]) == rekey.Resealed(0, {})
    await database.close()


async def test_what_no_key_opens_is_left_alone_and_the_index_key_waits(tmp_path: Path) -> None:
    database, old = await _used(tmp_path)
    new, lost = _key(), _key()
    store = await _store(database, lost, old)
    async with store.transaction() as tx:
        client: Client = await tx.new_client(name="钱院长")
        await tx.add_identity(client.id, IdentityKind.EMAIL, "qian@example.com")

    result = await rekey.reseal(database, [new, old])

    assert result.unreadable == {CLIENT_KEYS.name: 1}
    async with database.reading() as session:
        outdated = select(func.count()).select_from(INDEX_KEY.table)
        outdated = outdated.where(rekey._is_outdated(INDEX_KEY, store.vault.service))
        assert (await session.execute(outdated)).scalar_one() == 1
    mended = await rekey.reseal(database, [new, old, lost])
    assert mended.unreadable == {}
    await database.close()
