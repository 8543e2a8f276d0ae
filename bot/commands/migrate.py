"""`genjin migrate`: the schema first; then, where the key was changed, everything sealed anew."""

import os

from bot.commands.failures import CommandFailed
from bot.commands.ground import sqlite_file
from bot.commands.output import say
from bot.commands.progress import LateBar
from config.settings import Settings
from crm_store import rekey, schema
from crm_store.database import Database
from crm_store.keyring import open_vault


async def migrate(settings: Settings) -> int:
    if settings.encryption_key.get_secret_value():
        _ = settings.encryption_keys  # that of the example is refused before anything is made
    _prepare_file(settings)
    database = Database(settings.database_url)
    try:
        await schema.require_known(database)
        before = await schema.upgrade(database)
        after = schema.head()
        if before == after:
            say(f"数据库已是最新（{after}）")
        else:
            say(f"数据库已升级：{before or '空'} → {after}")
        if settings.encryption_key.get_secret_value():
            await _change_key(database, settings)
    finally:
        await database.close()
    return 0


def _prepare_file(settings: Settings) -> None:
    """A new SQLite file is its owner's alone: names stand in it in clear."""
    file = sqlite_file(settings)
    if file is None or file.exists():
        return
    if not file.parent.is_dir():
        raise CommandFailed(f"没有文件夹 {file.parent}，请先建好，或改设置 database_url")
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


async def _change_key(database: Database, settings: Settings) -> None:
    keys = settings.encryption_keys
    await open_vault(database, keys)
    total = await rekey.outdated(database, keys)
    if total:
        with LateBar("换密钥", total) as bar:
            result = await rekey.reseal(database, keys, advance=bar.advance)
        if result.unreadable:
            where = "、".join(f"{name} {count} 条" for name, count in result.unreadable.items())
            raise CommandFailed(
                f"有内容用的密钥不在 encryption_key 里（{where}），请把那把旧密钥补在后面再运行一次"
            )
        say(f"已换用新密钥：{result.sealed} 条")
    if len(keys) > 1:
        say("所有进程都换上新密钥后，可以从 encryption_key 里去掉旧密钥")
