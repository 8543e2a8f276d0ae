"""The service's keys belong to one database, and a wrong one is noticed at the start."""

import asyncio

import pytest

from crm_store.database import Database
from crm_store.keyring import open_vault
from crm_store.vault import Unreadable
from tests.crm_store.conftest import KEY, Spine

OTHER = bytes(reversed(range(32)))


async def test_every_process_has_the_same_index_key(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    try:
        vaults = await asyncio.gather(*(open_vault(database, [KEY]) for database in databases))
    finally:
        for database in databases:
            await database.close()

    assert len({vault.lookup("phone", "1") for vault in vaults}) == 1


async def test_a_database_made_with_another_key_is_refused(spine: Spine) -> None:
    with pytest.raises(Unreadable):
        await open_vault(spine.database, [OTHER])


async def test_a_new_key_before_the_old_one_opens_the_database(spine: Spine) -> None:
    changed = await open_vault(spine.database, [OTHER, KEY])

    assert changed.lookup("phone", "1") == spine.vault.lookup("phone", "1")
