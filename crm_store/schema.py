"""Bringing the database to the schema this code needs, and refusing to work on another."""

from pathlib import Path
from typing import Any, cast

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

import crm_store.tables  # noqa: F401 (the metadata must be complete)
from crm_store.database import Database
from crm_store.errors import SchemaOutdated

_FOLDER = Path(__file__).parent / "migrations"
_UPGRADING = 0x47656E6A696E
"""PostgreSQL's advisory lock for it, held until the commit."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision the code knows."""
    return cast(str, ScriptDirectory.from_config(_config()).get_current_head())


async def current(database: Database) -> str | None:
    """The database's revision; None where it is empty."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def upgrade(database: Database, revision: str = "head") -> str | None:
    """Whoever comes while another upgrades waits for him, and finds nothing left to do. Returns
    the revision that was found once it was his turn; None where the database was empty."""
    async with database.engine.begin() as connection:
        if not database.is_sqlite:  # there the first has the one writer
            await connection.execute(select(func.pg_advisory_xact_lock(_UPGRADING)))
        before = await connection.run_sync(_revision)
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), revision))
    return before


async def require_current(database: Database) -> None:
    """Raises SchemaOutdated, saying what to do, where code and database do not fit."""
    found = await current(database)
    if found == head():
        return
    await require_known(database)
    if found is None:
        raise SchemaOutdated("数据库是空的，请先运行 genjin migrate")
    raise SchemaOutdated(f"数据库的结构是 {found}，程序需要 {head()}，请先运行 genjin migrate")


async def require_known(database: Database) -> None:
    """Raises SchemaOutdated where the database was made by a newer program."""
    found = await current(database)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaOutdated(f"数据库的结构 {found} 比程序新，请升级程序，或换回原来的数据库")


async def write_migration(database: Database, message: str) -> Path:
    """Writes a migration for what the models have more than the database; its file."""

    def write(connection: Connection) -> Any:
        number = f"{len(list((_FOLDER / 'versions').glob('[0-9]*.py'))) + 1:04d}"
        return command.revision(
            _config(connection), message=message, autogenerate=True, rev_id=number
        )

    async with database.engine.begin() as connection:
        script = await connection.run_sync(write)
    return Path(script.path)
