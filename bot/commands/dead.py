"""`genjin dead`: events that failed for good, and another try for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commands.ground import opened_database, opened_store
from bot.commands.output import complain, say
from config.settings import Settings
from crm_store import inbox

_MOST_LISTED = 200


async def list_dead(settings: Settings) -> int:
    async with opened_database(settings) as database, database.reading() as session:
        letters = await inbox.dead_letters(session, limit=_MOST_LISTED)
    if not letters:
        say("没有处理不了的事件")
    for letter in letters:
        at = letter["settled_at"].astimezone(settings.zone)
        say(
            f"{letter['id']:>8}  {at:%Y-%m-%d %H:%M}  {letter['kind']:<20} "
            f"试了 {letter['attempts']} 次  {letter['error'] or ''}  {_trace(letter)}".rstrip()
        )
    if letters:
        more = "，只列出最早的" if len(letters) == _MOST_LISTED else ""
        say(f"共 {len(letters)} 条{more}；改好原因后运行 genjin dead retry 编号")
    return 0


async def retry_dead(settings: Settings, ids: Sequence[int]) -> int:
    async with opened_store(settings) as store, store.transaction() as tx:
        taken = await inbox.retry(tx.session, ids, now=tx.now)
        if taken:
            tx.audit("command", "dead_retry")
    if taken:
        say(f"已放回 {len(taken)} 条，正在运行的 genjin serve 会处理：{_listed(taken)}")
    missed = [number for number in ids if number not in set(taken)]
    if missed:
        complain(f"这些编号不能重试（不在 genjin dead list 里，或内容已读不出）：{_listed(missed)}")
        return 1
    return 0


def _trace(letter: Mapping[str, Any]) -> str:
    """What finds it in the log; none of before there were any."""
    return f"日志 {letter['trace']}" if letter["trace"] else ""


def _listed(ids: Sequence[int]) -> str:
    return "、".join(map(str, ids))
