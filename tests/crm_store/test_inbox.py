"""The inbox keeps what was promised: once, in order per lane, and nothing waits for a failing lane
but that lane."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store import inbox
from crm_store.arrival import Arrival, Route
from crm_store.database import Database
from crm_store.errors import NotStored
from crm_store.inbox import Waiting
from crm_store.inbox_writer import InboxWriter
from crm_store.vault import Unreadable
from tests.crm_store.conftest import Spine

SECOND = timedelta(seconds=1)


def words(key: str, *, lane: str = "a", route: Route = Route.HANDLE, **payload: Any) -> Arrival:
    return Arrival(kind="words", key=key, lane=lane, payload=payload, route=route)


async def take(spine: Spine) -> str | None:
    """Handles the oldest due event; its key."""
    async with spine.store.transaction() as tx:
        row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
        if row is None:
            return None
        await inbox.done(tx.session, row.id, now=tx.now)
        return row.key


async def fail(spine: Spine) -> tuple[Waiting, bool]:
    """Claims the oldest due event, fails, and writes that down; whether it is dead."""
    async with spine.store.transaction() as tx:
        row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
    assert row is not None
    async with spine.store.transaction() as tx:
        dead = await inbox.failed(tx.session, row, now=tx.now, error="ValueError in x.py:1 f")
    return row, dead


async def arrive(spine: Spine, *arrivals: Arrival) -> None:
    async with spine.store.transaction() as tx:
        await tx.arrive(arrivals)


async def test_an_event_that_comes_again_is_dropped(spine: Spine) -> None:
    await arrive(spine, words("m1", text="一"), words("m1", text="二"))
    await arrive(spine, words("m1", text="三"))

    async with spine.store.transaction() as tx:
        row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
        assert row is not None
        assert row.payload == {"text": "一"}
        await inbox.done(tx.session, row.id, now=tx.now)
    await arrive(spine, words("m1"))
    assert await take(spine) is None


async def test_a_lane_is_handled_in_the_order_of_arrival(spine: Spine) -> None:
    await arrive(spine, words("a1"), words("b1", lane="b"), words("a2"), words("b2", lane="b"))

    assert [await take(spine) for _ in range(5)] == ["a1", "b1", "a2", "b2", None]


async def test_two_workers_never_have_the_same_conversation(spine: Spine) -> None:
    if spine.database.is_sqlite:
        pytest.skip("one process on SQLite")
    await arrive(spine, words("a1"), words("a2"), words("b1", lane="b"))

    async with spine.another() as other, spine.store.transaction() as mine:
        first = await inbox.claim(mine.session, now=mine.now, vault=mine.vault)
        async with other.store.transaction() as theirs:
            second = await inbox.claim(theirs.session, now=theirs.now, vault=theirs.vault)
            third = await take(other)

    assert first is not None
    assert second is not None
    assert (first.key, second.key, third) == ("a1", "b1", None)


async def test_a_failing_head_holds_its_lane_and_no_other(spine: Spine) -> None:
    await arrive(spine, words("a1"), words("a2"), words("b1", lane="b"))

    await fail(spine)

    assert await take(spine) == "b1"
    assert await take(spine) is None
    spine.clock.forward(SECOND)
    assert await take(spine) == "a1"
    assert await take(spine) == "a2"


async def test_an_event_that_fails_for_a_minute_is_set_aside(spine: Spine) -> None:
    await arrive(spine, words("a1"), words("a2"))
    began = spine.now

    dead, tries = False, 0
    while not dead:
        _, dead = await fail(spine)
        tries += 1
        if not dead:
            spine.clock.forward(SECOND)
            while not await _is_due(spine):
                spine.clock.forward(SECOND)

    assert spine.now - began == inbox.HOLDS_LANE
    assert tries > 5
    assert await take(spine) == "a2"
    async with spine.store.view() as view:
        (letter,) = await inbox.dead_letters(view.session)
    assert letter["kind"] == "words"
    assert letter["attempts"] == tries
    assert letter["error"] == "ValueError in x.py:1 f"


async def _is_due(spine: Spine) -> bool:
    async with spine.store.view() as view:
        return await inbox.has_due(view.session, now=view.now)


async def test_a_dead_letter_is_tried_again_when_asked(spine: Spine) -> None:
    await arrive(spine, words("a1"))
    row, _ = await fail(spine)
    spine.clock.forward(inbox.HOLDS_LANE)
    _, dead = await fail(spine)
    assert dead

    async with spine.store.transaction() as tx:
        assert await inbox.retry(tx.session, [row.id, 999], now=tx.now) == [row.id]

    assert await take(spine) == "a1"


async def test_what_is_unreadable_inside_is_kept_and_never_handled(spine: Spine) -> None:
    await arrive(
        spine,
        Arrival("words", "m1", "a", {"raw": "<xml"}, Route.DEAD, "no well-formed XML"),
        words("m2"),
    )

    assert await take(spine) == "m2"
    async with spine.store.transaction() as tx:
        (letter,) = await inbox.dead_letters(tx.session)
        assert letter["error"] == "no well-formed XML"
        assert await inbox.retry(tx.session, [letter["id"]], now=tx.now) == []


async def test_pointers_are_claimed_by_pulls_only(spine: Spine) -> None:
    await arrive(spine, words("p1", route=Route.PULL), words("p2", route=Route.PULL))

    assert await take(spine) is None
    async with spine.store.transaction() as tx:
        row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault, route=Route.PULL)
        assert row is not None
        await inbox.lease(tx.session, row.id, until=tx.now + timedelta(minutes=2), attempts=0)
    async with spine.store.transaction() as tx:
        route = Route.PULL
        assert await inbox.claim(tx.session, now=tx.now, vault=tx.vault, route=route) is None
        newest = await inbox.newest_waiting(tx.session, "a")
        assert newest is not None
        await inbox.done_up_to(tx.session, "a", newest, now=tx.now)
    spine.clock.forward(timedelta(minutes=3))
    async with spine.store.transaction() as tx:
        assert await inbox.claim(tx.session, now=tx.now, vault=tx.vault, route=route) is None


async def test_a_worker_that_dies_leaves_its_event_as_it_was(spine: Spine) -> None:
    await arrive(spine, words("a1"))

    async def dies() -> None:
        async with spine.store.transaction() as tx:
            await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        await dies()

    assert await take(spine) == "a1"


async def test_a_clock_that_was_set_back_holds_nothing_up(spine: Spine) -> None:
    await arrive(spine, words("a1"))
    await fail(spine)
    await arrive(spine, words("b1", lane="b"))

    spine.clock.forward(-timedelta(hours=1))

    assert await take(spine) == "a1"
    assert await take(spine) == "b1"


async def test_a_body_that_cannot_be_opened_fails_alone(spine: Spine) -> None:
    await arrive(spine, words("a1"), words("b1", lane="b"))
    async with spine.store.transaction() as tx:
        spoilt = update(inbox.inbox).where(inbox.inbox.c.key == "a1").values(payload=b"\x01spoilt")
        await tx.session.execute(spoilt)

    row, _ = await fail(spine)

    with pytest.raises(Unreadable):
        _ = row.payload
    assert await take(spine) == "b1"


@pytest.mark.parametrize("ugly", ["\ud800", "\0", "😀" * 2000, "a\ud83d\0z"])
async def test_ugly_characters_are_stored_and_harm_nobody(spine: Spine, ugly: str) -> None:
    ugly_one = words(f"k{ugly}", lane=f"l{ugly}", text=ugly, deep=[{"x": ugly}])
    await arrive(spine, ugly_one, words("b1", lane="b"), ugly_one)

    async with spine.store.transaction() as tx:
        row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
        assert row is not None
        row.payload["text"].encode()
        assert "\0" not in row.payload["text"]
        assert len(row.key) <= 200
        await inbox.done(tx.session, row.id, now=tx.now)
    assert await take(spine) == "b1"
    assert await take(spine) is None


async def test_bodies_are_sealed(spine: Spine) -> None:
    await arrive(spine, words("a1", text="电话13800001234"))

    async with spine.store.view() as view:
        (stored,) = (await view.session.execute(select(inbox.inbox.c.payload))).scalars()
    assert b"13800001234" not in stored


# -- the group commit ---------------------------------------------------------------------------


@asynccontextmanager
async def writer(spine: Spine, **bounds: int) -> AsyncIterator[tuple[InboxWriter, list[str]]]:
    """A running writer, and a list that grows by a line with each commit."""
    commits: list[str] = []
    engine = spine.database.engine.sync_engine
    event.listen(engine, "commit", lambda _connection: commits.append("commit"))
    writes = InboxWriter(spine.database, spine.vault, spine.clock, spine.wakeup, **bounds)
    task = asyncio.create_task(writes.run())
    try:
        yield writes, commits
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _stored(spine: Spine) -> int:
    async with spine.store.view() as view:
        query = select(func.count()).select_from(inbox.inbox)
        return int((await view.session.execute(query)).scalar_one())


async def test_many_callbacks_share_a_commit(spine: Spine) -> None:
    async with writer(spine) as (writes, commits):
        await asyncio.gather(*(writes.accept([words(f"m{i}")]) for i in range(200)))

    assert await _stored(spine) == 200
    assert len(commits) <= 3
    assert spine.wakeup.inbox_ready.is_set()


async def test_what_was_accepted_is_there_for_everybody(spine: Spine) -> None:
    async with writer(spine) as (writes, _), spine.another() as other:
        await writes.accept([words("m1")])

        assert await take(other) == "m1"


async def test_what_comes_again_is_taken_and_not_counted(spine: Spine) -> None:
    async with writer(spine) as (writes, _):
        await asyncio.gather(*(writes.accept([words("m1"), words("m2")]) for _ in range(3)))
        await writes.accept([words("m2"), words("m3")])

    assert writes.accepted == 3
    assert await _stored(spine) == 3


async def test_the_order_of_accepting_is_the_order_of_handling(spine: Spine) -> None:
    async with writer(spine, most_together=7) as (writes, _):
        await asyncio.gather(*(writes.accept([words(f"m{i:03}")]) for i in range(60)))

    assert [await take(spine) for _ in range(60)] == [f"m{i:03}" for i in range(60)]


async def test_nobody_is_told_yes_when_the_database_refuses(spine: Spine) -> None:
    async with spine.store.transaction() as tx:
        await tx.session.execute(text("ALTER TABLE inbox RENAME TO gone"))
    async with writer(spine) as (writes, _):
        accepts = [writes.accept([words(f"m{i}")]) for i in range(5)]
        refused = await asyncio.gather(*accepts, return_exceptions=True)
        assert [type(answer) for answer in refused] == [NotStored] * 5

        async with spine.store.transaction() as tx:
            await tx.session.execute(text("ALTER TABLE gone RENAME TO inbox"))
        await writes.accept([words("m0")])

    assert await _stored(spine) == 1


class _Deadlock(Exception):
    sqlstate = "40P01"


class Contended(Database):
    """Makes the first of two that wait for each other give way, so many times."""

    deadlocks = 1

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with super().writing() as session:
            yield session
            if self.deadlocks:
                self.deadlocks -= 1
                raise OperationalError("INSERT", {}, _Deadlock())


@pytest.mark.parametrize(("deadlocks", "stored"), [(1, 3), (2, 0)])
async def test_who_gives_way_to_another_writer_tries_once_more(
    spine: Spine, deadlocks: int, stored: int
) -> None:
    database = Contended(spine.url)
    database.deadlocks = deadlocks
    writes = InboxWriter(database, spine.vault, spine.clock, spine.wakeup)
    task = asyncio.create_task(writes.run())
    accepts = [writes.accept([words(f"m{i}")]) for i in range(3)]
    answers = await asyncio.gather(*accepts, return_exceptions=True)
    task.cancel()
    await asyncio.wait([task])
    await database.close()

    assert writes.accepted == stored
    assert await _stored(spine) == stored
    assert [answer is None for answer in answers] == [bool(stored)] * 3


async def test_who_was_not_answered_in_time_is_not_stored_behind_his_back(spine: Spine) -> None:
    """He sends it again; stored now it would come after what he says in between."""
    writes = InboxWriter(spine.database, spine.vault, spine.clock, spine.wakeup, patience=0.0)
    with pytest.raises(NotStored):
        await writes.accept([words("m1")])

    storing = asyncio.create_task(writes.run())
    storing.cancel()
    await asyncio.wait([storing])

    assert await _stored(spine) == 0


async def test_too_many_waiting_are_sent_away(spine: Spine) -> None:
    writes = InboxWriter(spine.database, spine.vault, spine.clock, spine.wakeup, most_queued=3)
    waiting = [asyncio.create_task(writes.accept([words(f"m{i}")])) for i in range(5)]
    await asyncio.sleep(0)

    runs = asyncio.create_task(writes.run())
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    runs.cancel()
    await asyncio.wait([runs])

    assert [type(answer) for answer in answers] == [type(None)] * 3 + [NotStored] * 2
    assert await _stored(spine) == 3


async def test_stopping_stores_what_is_in_hand_and_what_is_queued(spine: Spine) -> None:
    writes = InboxWriter(spine.database, spine.vault, spine.clock, spine.wakeup, most_together=2)
    runs = asyncio.create_task(writes.run())
    waiting = [asyncio.create_task(writes.accept([words(f"m{i}")])) for i in range(9)]
    async with spine.database.writing() if spine.database.is_sqlite else spine.store.view():
        # The first batch is in hand by now, the others wait behind it.
        for _ in range(20):
            await asyncio.sleep(0)
        runs.cancel()
        await asyncio.sleep(0)

    await asyncio.gather(*waiting)
    await asyncio.wait([runs])

    assert runs.cancelled()
    assert await _stored(spine) == 9
    with pytest.raises(NotStored):
        await writes.accept([words("late")])


async def test_a_caller_that_hung_up_harms_nobody(spine: Spine) -> None:
    async with writer(spine) as (writes, _):
        gone = asyncio.create_task(writes.accept([words("m1")]))
        await asyncio.sleep(0)
        gone.cancel()
        await writes.accept([words("m2")])

    # His own words may be stored or not: he was not answered, and sends them again.
    handled = [await take(spine) for _ in range(await _stored(spine))]
    assert handled[-1] == "m2"
