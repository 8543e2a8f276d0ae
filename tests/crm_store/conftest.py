"""The store by itself, over each database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from config.clock import TurnedClock
from crm_store.database import Database
from crm_store.keyring import open_vault
from crm_store.store import Store
from crm_store.vault import Vault
from crm_store.wakeup import LocalWakeup

KEY = bytes(range(32))
TUESDAY = datetime(2026, 3, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True)
class Spine:
    """One process's store; `another` is a second process on the same database."""

    url: str
    database: Database
    vault: Vault
    clock: TurnedClock
    wakeup: LocalWakeup
    store: Store

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @asynccontextmanager
    async def another(self) -> AsyncIterator["Spine"]:
        async with spine_over(self.url, self.clock, name="b") as other:
            yield other


@asynccontextmanager
async def spine_over(url: str, clock: TurnedClock, *, name: str = "a") -> AsyncIterator[Spine]:
    database = Database(url)
    try:
        vault = await open_vault(database, [KEY])
        wakeup = LocalWakeup()
        numbers = count(1)
        store = Store(database, vault, clock, wakeup, fresh_id=lambda: f"{name}{next(numbers)}")
        yield Spine(url, database, vault, clock, wakeup, store)
    finally:
        await database.close()


@pytest.fixture
async def spine(database_url: str) -> AsyncIterator[Spine]:
    async with spine_over(database_url, TurnedClock(TUESDAY)) as one:
        yield one
