"""The outbox keeps order per receiver; nobody waits for a receiver who cannot be reached."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select, update

from crm_store import outbox
from crm_store.outbox import LEASE, SAME_BODY_WITHIN, Claimed, Errand, Order
from crm_store.vault import Unreadable
from tests.crm_store.conftest import Spine

MINUTE = timedelta(minutes=1)
_numbers = count(1)


def order(
    spine: Spine, *, to: str = "lina", due_at: datetime | None = None, body: str | None = None
) -> Order:
    due = due_at or spine.now
    return Order(
        key=f"k{next(_numbers)}",
        lane=f"to:wecom:{to}",
        app="wecom.assistant",
        errand=Errand.SEND,
        api="text",
        platform="wecom",
        account=to,
        payload={"text": body or "好"},
        due_at=due,
        expires_at=due + timedelta(hours=24),
        body=body,
    )


async def post(spine: Spine, what: Order) -> int:
    async with spine.store.transaction() as tx:
        return await outbox.put(tx.session, what, now=tx.now, vault=tx.vault)


async def claim(spine: Spine) -> list[Claimed]:
    """What may travel now, leased."""
    async with spine.store.transaction() as tx:
        rows = await outbox.heads(tx.session, now=tx.now, vault=tx.vault)
        return await outbox.lease(tx.session, rows, now=tx.now)


async def claimed(spine: Spine) -> list[int]:
    return [row.id for row in await claim(spine)]


async def settle(spine: Spine, *ids: int) -> None:
    async with spine.store.transaction() as tx:
        await outbox.sent(tx.session, ids, now=tx.now)


async def again(spine: Spine, row: Claimed, *, after: timedelta) -> bool:
    async with spine.store.transaction() as tx:
        return await outbox.again(tx.session, row, now=tx.now, wait=after, error="busy")


async def test_a_receiver_gets_one_message_at_a_time_in_order(spine: Spine) -> None:
    first = await post(spine, order(spine))
    second = await post(spine, order(spine))
    other = await post(spine, order(spine, to="wanglei"))

    assert await claimed(spine) == [first, other]
    assert await claimed(spine) == []
    await settle(spine, first)
    assert await claimed(spine) == [second]


async def test_a_message_that_is_tried_again_holds_back_those_behind_it(spine: Spine) -> None:
    first = await post(spine, order(spine))
    second = await post(spine, order(spine))
    other = await post(spine, order(spine, to="wanglei"))
    (row, _) = await claim(spine)

    await again(spine, row, after=MINUTE)
    await settle(spine, other)

    assert await claimed(spine) == []
    spine.clock.forward(MINUTE)
    assert await claimed(spine) == [first]
    await settle(spine, first)
    assert await claimed(spine) == [second]


async def test_a_planned_message_holds_back_nobody(spine: Spine) -> None:
    planned = await post(spine, order(spine, due_at=spine.now + timedelta(hours=2)))
    now = await post(spine, order(spine))

    assert await claimed(spine) == [now]
    await settle(spine, now)
    async with spine.store.view() as view:
        next_due = await outbox.next_due(view.session, after=view.now)
    assert next_due == spine.now + timedelta(hours=2)
    spine.clock.forward(timedelta(hours=2))
    assert await claimed(spine) == [planned]


async def test_a_planned_message_waits_for_what_is_on_its_way(spine: Spine) -> None:
    planned = await post(spine, order(spine, due_at=spine.now + LEASE / 2))
    now = await post(spine, order(spine))
    assert await claimed(spine) == [now]

    spine.clock.forward(LEASE / 2)

    assert await claimed(spine) == []
    await settle(spine, now)
    assert await claimed(spine) == [planned]


async def test_the_lease_of_a_dead_process_runs_out(spine: Spine) -> None:
    row = await post(spine, order(spine))
    assert await claimed(spine) == [row]

    spine.clock.forward(LEASE - timedelta(seconds=1))
    assert await claimed(spine) == []
    spine.clock.forward(timedelta(seconds=1))

    (repeated,) = await claim(spine)
    assert (repeated.id, repeated.attempts) == (row, 2)


async def test_a_try_counts_from_when_it_ended(spine: Spine) -> None:
    """The platform may have heard it as late as that, and allows so many a minute by its watch."""
    row = await post(spine, order(spine))
    (carried,) = await claim(spine)
    begun = spine.now
    spine.clock.forward(timedelta(seconds=7))
    async with spine.store.transaction() as tx:
        await outbox.came_back(tx.session, [row], now=tx.now)
        tries = await outbox.tries_since(tx.session, {carried.lane}, since=begun - MINUTE)

    assert tries[carried.lane] == [begun + timedelta(seconds=7)]


async def test_a_try_whose_end_nobody_saw_counts_from_when_it_is_taken_over(spine: Spine) -> None:
    row = await post(spine, order(spine))
    (carried,) = await claim(spine)
    begun = spine.now

    spine.clock.forward(LEASE)
    assert await claimed(spine) == [row]

    async with spine.store.view() as view:
        tries = await outbox.tries_since(view.session, {carried.lane}, since=begun - MINUTE)
    assert tries[carried.lane] == [begun + LEASE, begun + LEASE]


async def test_a_lease_that_is_renewed_runs_on(spine: Spine) -> None:
    row = await post(spine, order(spine))
    assert await claimed(spine) == [row]

    spine.clock.forward(LEASE / 2)
    async with spine.store.transaction() as tx:
        await outbox.renew(tx.session, [row], now=tx.now)
    spine.clock.forward(LEASE / 2)

    assert await claimed(spine) == []
    spine.clock.forward(LEASE / 2)
    assert await claimed(spine) == [row]


async def test_two_processes_never_carry_the_same_message(spine: Spine) -> None:
    if spine.database.is_sqlite:
        pytest.skip("one process on SQLite")
    first = await post(spine, order(spine))
    second = await post(spine, order(spine))
    other = await post(spine, order(spine, to="wanglei"))

    async with spine.another() as theirs, spine.store.transaction() as tx:
        (mine,) = await outbox.heads(tx.session, now=tx.now, vault=tx.vault, limit=1)
        assert mine.id == first
        assert await claimed(theirs) == [other]
        await outbox.lease(tx.session, [mine], now=tx.now)

    async with spine.another() as theirs:
        assert await claimed(theirs) == []
        await settle(spine, first)
        assert await claimed(theirs) == [second]


async def test_every_try_is_counted_before_the_wire_is_touched(spine: Spine) -> None:
    await post(spine, order(spine))
    began = spine.now
    for _ in range(3):
        (row,) = await claim(spine)
        await again(spine, row, after=timedelta())
        spine.clock.forward(MINUTE)

    lane = "to:wecom:lina"
    for since, tries in ((began - MINUTE, 3), (began, 2)):
        async with spine.store.view() as view:
            found = await outbox.tries_since(view.session, [lane], since=since)
        assert len(found[lane]) == tries


async def _repeats(spine: Spine) -> list[int]:
    async with spine.store.view() as view:
        query = select(outbox.outbox.c.repeat).order_by(outbox.outbox.c.id)
        return list((await view.session.execute(query)).scalars())


async def test_equal_bodies_to_one_receiver_are_told_apart(spine: Spine) -> None:
    for to, body in (("lina", "好"), ("lina", "好"), ("wanglei", "好"), ("lina", "行")):
        await post(spine, order(spine, to=to, body=body))

    assert await _repeats(spine) == [0, 1, 0, 0]


async def test_equal_bodies_are_told_apart_from_all_the_platform_remembers(spine: Spine) -> None:
    await settle(spine, await post(spine, order(spine, body="好")))
    spine.clock.forward(SAME_BODY_WITHIN - MINUTE)
    await settle(spine, await post(spine, order(spine, body="好")))
    spine.clock.forward(2 * MINUTE)

    await settle(spine, await post(spine, order(spine, body="好")))

    # The first is forgotten by now, the second is not: the third must not look like it.
    assert await _repeats(spine) == [0, 1, 2]
    spine.clock.forward(SAME_BODY_WITHIN)
    await post(spine, order(spine, body="好"))
    assert (await _repeats(spine))[-1] == 0


async def test_an_equal_body_that_still_waits_counts_however_old_it_is(spine: Spine) -> None:
    await post(spine, order(spine, body="好"))
    spine.clock.forward(timedelta(hours=20))

    await post(spine, order(spine, body="好"))

    assert await _repeats(spine) == [0, 1]


async def test_rows_of_busy_lanes_are_left_alone(spine: Spine) -> None:
    await post(spine, order(spine))
    other = await post(spine, order(spine, to="wanglei"))

    async with spine.store.transaction() as tx:
        busy = frozenset({"to:wecom:lina"})
        found = await outbox.heads(tx.session, now=tx.now, vault=tx.vault, busy_lanes=busy)
        assert [row.id for row in found] == [other]


async def test_a_breaker_holds_back_its_app_or_the_one_api_and_nothing_else(spine: Spine) -> None:
    text = await post(spine, order(spine))
    card = await post(spine, replace(order(spine, to="wanglei"), api="card"))

    async with spine.store.transaction() as tx:

        async def free(*closed: tuple[str, str]) -> list[int]:
            rows = await outbox.heads(tx.session, now=tx.now, vault=tx.vault, closed=closed)
            return [row.id for row in rows]

        assert await free(("wecom.assistant", "")) == []
        assert await free(("wecom.assistant", "card")) == [text]
        assert await free(("wecom.kf", ""), ("dingtalk", "card")) == [text, card]


async def test_a_body_that_cannot_be_opened_stops_nobody_else(spine: Spine) -> None:
    spoilt = await post(spine, order(spine))
    other = await post(spine, order(spine, to="wanglei", body="好"))
    async with spine.store.transaction() as tx:
        await tx.session.execute(
            update(outbox.outbox).where(outbox.outbox.c.id == spoilt).values(payload=b"\x01")
        )

    rows = await claim(spine)

    assert [row.id for row in rows] == [spoilt, other]
    assert rows[1].payload == {"text": "好"}
    with pytest.raises(Unreadable):
        _ = rows[0].payload


async def test_what_is_given_up_is_out_of_the_way(spine: Spine) -> None:
    await post(spine, order(spine))
    second = await post(spine, order(spine))

    (row,) = await claim(spine)
    async with spine.store.transaction() as tx:
        assert await outbox.given_up(tx.session, row, now=tx.now, error="46004")

    assert await claimed(spine) == [second]
