"""doctor at home: the key, the database, Redis, the people."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.commands.check import unreachable
from bot.commands.failures import in_one_line
from bot.commands.findings import Finding, Findings, fault, good, note
from bot.commands.ground import sqlite_file
from config.clock import SystemClock
from config.rules import Rules
from config.schemas.staff import Role
from config.settings import Settings, SettingsError
from crm_store import breakers, inbox, keyring, rekey, schema
from crm_store.database import Database, journal_mode
from crm_store.errors import SchemaOutdated
from crm_store.vault import Unreadable

_REDIS_SECONDS = 3
NOTICED = timedelta(seconds=30)
"""A clock that is further off is told."""


async def database(settings: Settings) -> Findings:
    """Reachable, of this program's schema, opened by the key; and what lies in it untended."""
    file = sqlite_file(settings)
    if file is not None and not file.exists():
        if file.parent.is_dir():
            yield fault(f"还没有数据库 {file}", "运行 genjin migrate")
        else:
            yield fault(f"没有放数据库的文件夹 {file.parent}", "先建好，或改设置 database_url")
        yield _key_alone(settings)
        return
    opened = Database(settings.database_url)
    try:
        if opened.is_sqlite:
            yield good(f"SQLite {sqlite3.sqlite_version}，日志方式 {journal_mode()}")
        await schema.require_current(opened)
        yield good(f"数据库能连上，结构是最新的（{schema.head()}）")
        async for finding in _key(settings, opened):
            yield finding
        if not opened.is_sqlite:
            yield await _clock(opened)
        async for finding in _untended(opened):
            yield finding
    except SchemaOutdated as outdated:
        backup = "先备份，再" if await schema.current(opened) else ""
        yield fault(str(outdated), f"{backup}运行 genjin migrate")
        yield _key_alone(settings)
    except (SQLAlchemyError, OSError) as failed:
        yield fault(in_one_line(failed) or "数据库连不上", "核对设置 database_url")
    finally:
        await opened.close()


def _key_alone(settings: Settings) -> Finding:
    try:
        count = len(settings.encryption_keys)
    except SettingsError as missing:
        return fault(str(missing), "密钥要另外备份：丢了它，已存的资料就读不出来了")
    return good(f"有 {count} 把密钥")


async def _key(settings: Settings, opened: Database) -> Findings:
    try:
        keys = settings.encryption_keys
        is_in_use = await keyring.fits(opened, keys)
    except SettingsError as missing:
        yield fault(str(missing), "密钥要另外备份：丢了它，已存的资料就读不出来了")
        return
    except Unreadable:
        yield fault("encryption_key 打不开这个数据库", "填回原来的密钥；更换时写“新,旧”")
        return
    yield good("密钥能打开数据库" if is_in_use else "有密钥，数据库还没有用过")
    left = await rekey.outdated(opened, keys)
    if left:
        yield note(f"还有 {left} 条内容用的是旧密钥", "运行 genjin migrate，之后才能去掉旧密钥")
    elif len(keys) > 1:
        yield note("旧密钥已经没有用处", "所有进程都换上新密钥后，从 encryption_key 里去掉它")


async def _clock(opened: Database) -> Finding:
    """The processes go by the database's; the log's times are this machine's."""
    async with opened.reading() as session:
        theirs: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    drift = theirs - SystemClock().now()
    if abs(drift) <= NOTICED:
        return good("本机时钟与数据库的一致")
    seconds = round(abs(drift.total_seconds()))
    slow = "慢" if drift > timedelta() else "快"
    return note(
        f"本机时钟比数据库的{slow} {seconds} 秒",
        "两台机器都打开时间同步（timedatectl set-ntp true）",
    )


async def _untended(opened: Database) -> Findings:
    async with opened.reading() as session:
        letters = await inbox.dead_letters(session, limit=1_000)
        open_breakers = await breakers.opened(session)
    if letters:
        yield note(f"有 {len(letters)} 条处理不了的事件", "运行 genjin dead list 查看")
    for breaker in open_breakers:
        yield note(f"{breaker.name} 因设置有误暂停发送（{breaker.reason}）", breaker.advice)


async def redis(settings: Settings) -> Findings:
    if settings.redis_url is None:
        return
    client = Redis.from_url(settings.redis_url, socket_connect_timeout=_REDIS_SECONDS)
    try:
        await client.ping()
        yield good("Redis 能连上")
    except (RedisError, OSError) as failed:
        yield fault(f"Redis 连不上（{type(failed).__name__}）", "核对设置 redis_url，或写 null")
    finally:
        await client.aclose()


def people(settings: Settings, rules: Rules) -> Iterator[Finding]:
    """Somebody to give leads to, to warn, and to tell what is wrong."""
    where = f"{settings.rules_dir or 'rules_dir'}/staff.yaml"
    active = [member for member in rules.staff.members if member.active]
    if not active:
        yield fault("还没有员工", f"照 config/defaults/staff.yaml 写 {where}，设置 rules_dir")
        return
    yield good(f"在职员工 {len(active)} 人")
    mute = unreachable(settings, rules)
    if mute:
        yield fault(
            f"这些人收不到消息，也分不到线索：{'、'.join(mute)}",
            f"在 {where} 里给他们写上已接平台的账号（wecom 或 dingtalk）",
        )
    lacking = {
        Role.REP: "线索没有人可分",
        Role.MANAGER: "超时没有人可通知",
        Role.ADMIN: "出了故障没有人会知道",
    }
    for role, consequence in lacking.items():
        if not any(role in member.roles for member in active):
            yield note(f"没有 {role.value}：{consequence}", f"在 {where} 里给人加上 {role.value}")
    if settings.archive.consent is not None:
        yield good("写了会话存档的依据")
