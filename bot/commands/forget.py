"""`genjin forget`: erases one person's data for good; the facts stay."""

import sys

from bot.app import running_bot
from bot.commands.failures import MISUSED, CommandFailed
from bot.commands.ground import require_database
from bot.commands.output import complain, say
from bot.commands.person import person_called
from config.settings import Settings
from crm_store.erasure import Erasure, scour
from crm_store.models import Client
from handlers.forgetting import forget


async def forget_person(settings: Settings, person: str, *, sure: bool) -> int:
    require_database(settings)
    async with running_bot(settings) as bot:
        async with bot.store.view() as view:
            client = await person_called(view, person)
        if not sure and not _confirmed(client):
            say("没有删除")
            return 1
        async with bot.store.transaction() as tx:
            client = await tx.lock(Client, client.id)
            erasure: Erasure = await bot.dispatcher.act(tx, forget, {Client: client})
        say(
            f"已删除客户 {client.ref} 的资料：消息 {erasure.messages} 条、线索 {erasure.leads} 条"
            f"（{erasure.closed} 条未结的已关闭）、收发记录 {erasure.payloads} 条"
        )
        say("已发到同事手机上的旧消息收不回来；数据库的备份请另行处理")
        if not await scour(bot.database):
            complain("数据库正忙，文件里可能还有残留：请停下 genjin serve，用 sqlite3 运行 VACUUM")
            return 1
    return 0


def _confirmed(client: Client) -> bool:
    if not sys.stdin.isatty():
        raise CommandFailed("删除后不能恢复；确定要删除请加 --yes", status=MISUSED)
    answer = input(
        f"将删除客户 {client.ref}（{client.display}）的全部资料，不能恢复。确定吗？[y/N] "
    )
    return answer.strip().lower() in ("y", "yes", "是")
