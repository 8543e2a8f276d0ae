"""What the watch asks every minute, and /metrics at every scrape: never of what lies done."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from crm_store.arrival import Arrival, Route
from crm_store.inbox import DONE, inbox
from crm_store.outbox import SENT, outbox
from crm_store.queries import operations
from crm_store.view import View
from notifiers.card import Text
from tests.crm_store.conftest import Spine

_DONE = 2_000
"""Enough that PostgreSQL does not read the whole table because it is a page or two."""
Question = Callable[[View], Awaitable[object]]


async def _much_is_done(spine: Spine) -> None:
    now = spine.now
    event_row = {"kind": "member_message", "route": "handle", "payload": bytes(100), "attempts": 0}
    message = {
        "app": "assistant",
        "errand": "send",
        "platform": "wecom",
        "account": "LiNa",
        "payload": bytes(100),
        "expires_at": now,
    }
    handled = event_row | {"state": DONE, "arrived_at": now, "not_before": now, "settled_at": now}
    sent = message | {"state": SENT, "created_at": now, "due_at": now, "not_before": now}
    own = [{"key": f"k{n}", "lane": f"lane{n % 50}"} for n in range(_DONE)]
    async with spine.database.writing() as session:
        await session.execute(inbox.insert(), [handled | one for one in own])
        await session.execute(outbox.insert(), [sent | {"settled_at": now} | one for one in own])
    async with spine.store.transaction() as tx:
        await tx.arrive(
            [
                Arrival(
                    kind="client_message", key=f"{route}", lane=f"{route}", payload={}, route=route
                )
                for route in (Route.HANDLE, Route.PULL, Route.DEAD)
            ]
        )
        await tx.say("wecom", "LiNa", Text(text="早"))
    if not spine.database.is_sqlite:
        # As autovacuum does by itself. Nothing does on SQLite: its planner has no statistics.
        async with spine.database.writing() as session:
            await session.execute(text("ANALYZE"))


@contextmanager
def _overheard() -> Iterator[list[tuple[str, Any]]]:
    said: list[tuple[str, Any]] = []

    def hear(_conn: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            said.append((statement, given))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


async def _plan(spine: Spine, question: Question) -> str:
    with _overheard() as said:
        async with spine.store.view() as view:
            await question(view)
    how = "EXPLAIN QUERY PLAN" if spine.database.is_sqlite else "EXPLAIN"
    plans: list[str] = []
    async with spine.database.reading() as session:
        connection = await session.connection()
        for statement, given in said:
            lines = await connection.exec_driver_sql(f"{how} {statement}", given)
            plans.extend(str(line) for line in lines)
    return "\n".join(plans)


@pytest.mark.parametrize(
    ("question", "indexes"),
    [
        (operations.newest_dead_letter, {"inbox_dead"}),
        (operations.dead_letters, {"inbox_dead"}),
        (operations.inbox_lag, {"inbox_waiting", "inbox_lane_heads"}),
        (operations.outbox_lag, {"outbox_waiting", "outbox_lane_heads"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_the_look_of_the_minute_reads_only_what_waits_or_is_dead(
    spine: Spine, question: Question, indexes: set[str]
) -> None:
    await _much_is_done(spine)

    plan = await _plan(spine, question)

    assert any(name in plan for name in indexes), plan
