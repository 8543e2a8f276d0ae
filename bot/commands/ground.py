"""What most commands stand on: a database that is there, and a store over it."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.commands.failures import CommandFailed
from config.clock import SystemClock
from config.settings import Settings
from crm_store import schema
from crm_store.database import Database
from crm_store.keyring import open_vault
from crm_store.store import Store
from crm_store.wakeup import LocalWakeup


def sqlite_file(settings: Settings) -> Path | None:
    """The database's file; None where it is not SQLite's, or in memory."""
    _, _, path = settings.database_url.partition("sqlite+aiosqlite:///")
    path = path.partition("?")[0]
    return Path(path) if path and path != ":memory:" else None


def require_database(settings: Settings) -> None:
    """Raises CommandFailed where there is no database yet: looking must not make one."""
    file = sqlite_file(settings)
    if file is not None and not file.exists():
        raise CommandFailed(f"还没有数据库 {file}，请先运行 genjin migrate")


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """The database, at the schema of this program."""
    require_database(settings)
    database = Database(settings.database_url)
    try:
        await schema.require_current(database)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[Store]:
    """A store that nobody else in this process uses."""
    async with opened_database(settings) as database:
        vault = await open_vault(database, settings.encryption_keys)
        clock = SystemClock()
        yield Store(database, vault, clock, LocalWakeup(), fresh_id=lambda: uuid.uuid4().hex)
