"""How a promise ends or changes: kept, moved, dropped, handed on. The client is held."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.facts import PromiseDropped, PromiseKept, PromiseMoved, PromiseReopened
from crm_store.models import Member, Promise, PromiseState
from crm_store.store import Transaction
from handlers.promises.clocks import EVERY, GRACE, calendar_of, set_clocks, whole_minute


async def held(tx: Transaction, number: int) -> Promise | None:
    """The promise as it is now, and its client before it, held; None where it is gone."""
    while True:
        promise = await tx.find(Promise, number)
        if promise is None:
            return None
        client = await tx.lock_client(promise.client_id)
        promise = await tx.lock(Promise, number)
        if promise.client_id == client.id:
            return promise


async def of_timer(tx: Transaction, subject: str) -> Promise | None:
    """P12, held."""
    return await held(tx, int(subject[1:]))


async def locked(tx: Transaction, found: Sequence[Promise]) -> list[Promise]:
    """Of several clients at once, none of whom is held: only these rows change, in their order."""
    return [await tx.lock(Promise, number) for number in sorted(one.id for one in found)]


async def keep(
    tx: Transaction,
    promise: Promise,
    *,
    how: str,
    by: str | None,
    message_id: int | None = None,
    follow_up_id: int | None = None,
) -> None:
    await _settle(tx, promise, PromiseState.KEPT)
    await tx.record(
        PromiseKept(
            **_about(tx, promise, by),
            how=how,
            message_id=message_id,
            follow_up_id=follow_up_id,
        )
    )


async def reopen(
    tx: Transaction,
    promise: Promise,
    *,
    by: str | None,
    rules: Rules,
    calendar: WorkingCalendar,
) -> None:
    """What seemed to keep it was taken back. Late before, it is late still, on no second card."""
    was_late = (
        promise.due_at is not None
        and promise.settled_at is not None
        and promise.due_at <= promise.settled_at
    )
    promise.state = PromiseState.LATE if was_late else PromiseState.OPEN
    promise.settled_at = None
    tx.add(promise)
    owner = await tx.find(Member, promise.owner_id) if promise.owner_id else None
    if not was_late:
        await set_clocks(tx, promise, owner, rules, calendar, since=tx.now)
    elif promise.escalated_at is None:
        grace = rules.promises.manager_after_minutes
        ours = calendar_of(owner, calendar)
        due = ours.add_working_minutes(whole_minute(tx.now), grace)
        await tx.set_timer(GRACE, promise.ref, due)
    await tx.record(
        PromiseReopened(
            **_about(tx, promise, by),
        )
    )


async def drop(tx: Transaction, promise: Promise, *, by: str | None) -> None:
    await _settle(tx, promise, PromiseState.DROPPED)
    await tx.record(
        PromiseDropped(
            **_about(tx, promise, by),
        )
    )


async def move(
    tx: Transaction,
    promise: Promise,
    due: datetime,
    *,
    by: str | None,
    rules: Rules,
    calendar: WorkingCalendar,
) -> None:
    """Due at another time: whatever was said about the old one is said anew."""
    promise.state, promise.due_at = PromiseState.OPEN, due
    promise.reminded_at = promise.told_late_at = promise.escalated_at = None
    tx.add(promise)
    owner = await tx.find(Member, promise.owner_id) if promise.owner_id else None
    await set_clocks(tx, promise, owner, rules, calendar, since=tx.now)
    await tx.record(
        PromiseMoved(
            **_about(tx, promise, by),
            due_at=due,
        )
    )


def _about(tx: Transaction, promise: Promise, by: str | None) -> dict[str, Any]:
    """What every fact of a promise says."""
    return {
        "at": tx.now,
        "client_id": promise.client_id,
        "lead_id": promise.lead_id,
        "by": by,
        "promise_id": promise.id,
        "action": promise.action,
    }


async def _settle(tx: Transaction, promise: Promise, state: PromiseState) -> None:
    promise.state, promise.settled_at = state, tx.now
    tx.add(promise)
    await tx.cancel_timers(EVERY, promise.ref)
