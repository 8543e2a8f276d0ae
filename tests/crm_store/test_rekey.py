"""换密钥: afterwards the old key opens nothing, and is not needed."""

import base64
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.clock import SystemClock
from crm_store import rekey
from crm_store.database import Database
from crm_store.keyring import open_vault
from crm_store.models import Client, Draft, IdentityKind
from crm_store.sealed import BY_SERVICE, CLIENT_KEYS, INDEX_KEY
from crm_store.store import Store
from crm_store.vault import Unreadable, fresh_key
from crm_store.wakeup import LocalWakeup
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
