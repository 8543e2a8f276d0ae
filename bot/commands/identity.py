"""`genjin identity rebuild`: all clients compared with each other at once."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice

from sqlalchemy.exc import DBAPIError

from bot.app import Bot, running_bot
from bot.commands.ground import require_database
from bot.commands.output import say
from bot.commands.progress import LateBar
from config.settings import Settings
from crm_store.database import was_thrown_out
from crm_store.identity.bulk.deciding import STEPS, Decided, decide
from crm_store.queries import records
from crm_store.queries.records import Kept
from handlers.rebuilding import (
    Finding,
    Findings,
    Rebuilt,
    Unindexed,
    carry_out,
    fill_index,
)

_INDEXED_AT_ONCE = 200
_AT_ONCE = 20
"""Pairs of a transaction on SQLite, where nobody else writes meanwhile."""
_TRIES = 5


async def rebuild(settings: Settings, *, dry_run: bool = False) -> int:
    """Killed at any moment it leaves whole merges; run again, it goes on with what is left."""
    require_database(settings)
    async with running_bot(settings) as bot:
        done = Rebuilt()
        if not dry_run:
            done.indexed = await _fill(bot)
        kept = await _read(bot)
        decided = _decide(bot, kept)
        same, doubtful = _pairs(kept, decided)
        if dry_run:
            say(f"会合并 {len(same)} 处，会问主管 {len(doubtful)} 对；没有改动")
            return 0
        at_once = _AT_ONCE if bot.database.is_sqlite else 1
        with LateBar("合并", len(same) + len(doubtful)) as bar:
            for part in _parts(_findings(kept, decided, (*same, *doubtful)), at_once):
                came = await _carry_out(bot, part)
                done.merged += came.merged
                done.asked += came.asked
                bar.advance(len(part))
        async with bot.store.transaction() as tx:
            tx.audit("command", "identity_rebuild")
    _tell(done, len(kept))
    return 0


async def _fill(bot: Bot) -> int:
    """Clients of before the index get a record of what is known of them."""
    indexed = after = 0
    with LateBar("补索引") as bar:
        while True:
            async with bot.store.view() as view:
                numbers = await records.without(view, after=after, limit=_INDEXED_AT_ONCE)
            if not numbers:
                return indexed
            after = numbers[-1]
            async with bot.store.transaction() as tx:
                came = await bot.dispatcher.act(tx, fill_index, {Unindexed: Unindexed(numbers)})
            indexed += came.indexed
            bar.advance(len(numbers))


async def _carry_out(bot: Bot, part: Sequence[Finding]) -> Rebuilt:
    """Again where somebody else wanted the same clients in another order."""
    for attempt in count(1):
        try:
            async with bot.store.transaction() as tx:
                came: Rebuilt = await bot.dispatcher.act(tx, carry_out, {Findings: Findings(part)})
                return came
        except DBAPIError as error:
            if attempt == _TRIES or not was_thrown_out(error):
                raise
    raise AssertionError("it counts without an end")


async def _read(bot: Bot) -> list[Kept]:
    kept: list[Kept] = []
    async with bot.store.view() as view:
        total = await records.count(view)
    with LateBar("读客户", total) as bar:
        async for page in records.all_kept(bot.store):
            kept += page
            bar.advance(len(page))
    return kept


def _decide(bot: Bot, kept: Sequence[Kept]) -> Decided:
    with LateBar("比对", STEPS) as bar:
        return decide(
            [one.record for one in kept],
            bot.rules.current.identity,
            processes=os.cpu_count() or 1,
            step=lambda: bar.advance(1),
        )


_Pair = tuple[int, int]


def _pairs(kept: Sequence[Kept], decided: Decided) -> tuple[list[_Pair], list[_Pair]]:
    """Places of those to be merged, the surest first, and of those to be asked about; not of
    numbers that are one client already."""

    def apart(places: Iterable[_Pair]) -> list[_Pair]:
        return [
            (one, other) for one, other in places if kept[one].client_id != kept[other].client_id
        ]

    clusters = decided.clusters
    return (
        apart((link.one, link.other) for link in clusters.merged),
        apart((link.one, link.other) for link in clusters.review),
    )


def _findings(kept: Sequence[Kept], decided: Decided, places: Iterable[_Pair]) -> Iterator[Finding]:
    for one, other in places:
        verdict = decided.verdict_on(one, other)
        yield Finding(kept[one].number, kept[other].number, verdict)


def _parts(findings: Iterator[Finding], size: int) -> Iterator[list[Finding]]:
    while part := list(islice(findings, size)):
        yield part


def _tell(done: Rebuilt, records_: int) -> None:
    say(f"比对了 {records_} 份客户资料：合并 {done.merged} 处，请主管看 {done.asked} 对")
    if done.indexed:
        say(f"其中 {done.indexed} 份是索引建立之前的，已补上")
    if not (done.merged or done.asked or done.indexed):
        say("没有要改的")
