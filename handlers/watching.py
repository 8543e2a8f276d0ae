"""看守: what waits too long, or failed for good, is told to the administrators; so is its end."""

from datetime import datetime, timedelta

from config.rules import Rules
from crm_store import cursors
from crm_store.queries.operations import (
    SetAside,
    dead_letters,
    inbox_lag,
    newest_dead_letter,
    outbox_lag,
)
from crm_store.store import Transaction
from crm_store.timers import is_set
from handlers.alarms import tell_admins
from handlers.events import DeadLetter, SlotDue, TimerDue
from handlers.router import Router

router = Router("watching")

_TOLD = "alarm_told"
"""A timer that is set while the administrators believe that something is late."""
_DEAD_TOLD = "alarms:dead"
"""The cursor: which dead letter was the newest told of, as `moment id`."""
_LOOKED = "alarms:looked"
"""The cursor: the slot of the last look."""
_LOOKS_MISSED = timedelta(minutes=2)
_MINUTE = 60


@router.schedule("* * * * *", is_watch=True)
async def look_at_backlog(slot: SlotDue, tx: Transaction, rules: Rules) -> None:
    """Every minute. Where no worker runs nobody hears this either: /metrics shows it."""
    if await _looked_a_minute_ago(slot, tx):
        await _watch_lags(tx, rules)
    await _tell_of_dead(tx, rules)


async def _looked_a_minute_ago(slot: SlotDue, tx: Transaction) -> bool:
    """Else the clock jumped, or nobody ran: what seems late since then has had no time to go."""
    looked = await cursors.position(tx.session, _LOOKED)
    await cursors.move(tx.session, _LOOKED, old=looked, new=slot.slot.isoformat(), now=tx.now)
    return bool(looked) and slot.slot - datetime.fromisoformat(looked) <= _LOOKS_MISSED


async def _watch_lags(tx: Transaction, rules: Rules) -> None:
    lag = await inbox_lag(tx)
    await _watch(
        tx,
        rules,
        "inbox",
        late=lag >= rules.alarms.inbox_wait_seconds,
        words=f"有事件等了{_span(lag)}还没有处理：请看 genjin serve 是不是都在运行，数据库忙不忙",
        over="积压的事件处理完了",
    )
    lag = await outbox_lag(tx)
    await _watch(
        tx,
        rules,
        "outbox",
        late=lag >= rules.alarms.outbox_wait_seconds,
        words=f"有消息等了{_span(lag)}还没有发出：请运行 genjin doctor 看平台能不能连上",
        over="积压的消息都发出了",
    )


@router.on(DeadLetter)
async def dead_letter(event: DeadLetter, tx: Transaction, rules: Rules) -> None:
    """At once; those that could not be read when they came are found by the look of the minute."""
    await _tell_of_dead(tx, rules)


async def _watch(
    tx: Transaction, rules: Rules, what: str, *, late: bool, words: str, over: str
) -> None:
    if late:
        if await tell_admins(tx, rules, words, subject=f"lag:{what}"):
            # Longer than the silence: as long as it is late this is set again before it ends.
            believed = 2 * timedelta(minutes=rules.alarms.repeat_minutes)
            await tx.set_timer(_TOLD, what, tx.now + believed)
    elif await is_set(tx.session, _TOLD, what):
        await tx.cancel_timer(_TOLD, what)
        await tell_admins(tx, rules, over)


async def _tell_of_dead(tx: Transaction, rules: Rules) -> None:
    newest = await newest_dead_letter(tx)
    if newest is None:
        return
    told = await cursors.position(tx.session, _DEAD_TOLD)
    if _was_told(newest, told, tx.now):
        return
    count = await dead_letters(tx)
    if count < rules.alarms.dead_letters:
        return
    last = f"#{newest.id}（{newest.kind}）"
    words = f"有 {count} 个事件处理不了，最近的是 {last}，请运行 genjin dead list"
    if await tell_admins(tx, rules, words, subject="dead"):
        new = f"{newest.since.isoformat()} {newest.id}"
        await cursors.move(tx.session, _DEAD_TOLD, old=told, new=new, now=tx.now)


def _was_told(newest: SetAside, told: str, now: datetime) -> bool:
    if not told:
        return False
    moment, _, number = told.partition(" ")
    since = datetime.fromisoformat(moment)
    if since > now:
        # The clock was put back: all that fails from now on would be before it.
        return str(newest.id) == number
    return newest.since <= since


@router.timer(_TOLD)
async def believed_no_more(due: TimerDue) -> None:
    """Nothing to do: the looks of the minute stopped, so nobody knows how it ended."""


def _span(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f" {round(seconds)} 秒"
    return f" {round(seconds / _MINUTE)} 分钟"
