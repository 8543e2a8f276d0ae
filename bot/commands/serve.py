"""`genjin serve`: the bot for real, until it is told to stop."""

import asyncio
import signal
from typing import Any

import structlog

from bot import heap
from bot.app import Bot, RunRole, running_bot
from bot.commands.failures import MISUSED, CommandFailed, cannot_listen
from bot.commands.ground import require_database
from bot.commands.output import say
from bot.faults import describe
from bot.version import version
from config.logging import configure
from config.settings import Settings
from crm_store.database import Database
from handlers.catching_up import look_everywhere

log = structlog.get_logger(__name__)


async def serve(
    settings: Settings, *, role: RunRole, host: str | None = None, port: int | None = None
) -> int:
    """Runs until SIGTERM or SIGINT; 1 where a part of it broke down."""
    configure()
    _check_role(settings, role)
    require_database(settings)
    told_to_stop = _listen_for_signals()
    async with running_bot(settings) as bot:
        heap.settle()
        if role in (RunRole.ALL, RunRole.WORKER):
            await _look_for_what_was_missed(bot)
        try:
            async with bot.serving(role, host=host, port=port) as broken:
                log.info("started", role=role.value, version=version(), address=bot.address)
                say(f"跟进已启动：{bot.address}")
                stopping = asyncio.create_task(told_to_stop.wait())
                either: set[asyncio.Future[Any]] = {stopping, broken}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
                failure = broken.exception() if broken.done() else None
                log.info("stopping", role=role.value, broken=failure is not None)
        except OSError as refused:
            where = f"{host or settings.listen.host}:{port or settings.listen.port}"
            raise cannot_listen(where, refused) from None
    log.info("stopped", role=role.value)
    if failure is not None:
        raise CommandFailed(f"有一部分停止了工作（{describe(failure)}），详情见日志，请重新启动")
    return 0


def _check_role(settings: Settings, role: RunRole) -> None:
    if Database(settings.database_url).is_sqlite and role is not RunRole.ALL:
        raise CommandFailed(
            "SQLite 只能由一个进程使用：请用 --role all，或把 database_url 换成 PostgreSQL",
            status=MISUSED,
        )


def _listen_for_signals() -> asyncio.Event:
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)
    return told_to_stop


async def _look_for_what_was_missed(bot: Bot) -> None:
    """Callbacks that came while nobody listened are gone; what they announced can be fetched."""
    if "wecom" not in bot.messengers:
        return
    async with bot.store.transaction() as tx:
        await look_everywhere(tx)
