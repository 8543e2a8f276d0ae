"""Deadlines: one for each reason and subject, and each comes due exactly once."""

import asyncio
from datetime import timedelta

from crm_store import timers
from tests.crm_store.conftest import Spine

HOUR = timedelta(hours=1)


async def set_for(spine: Spine, kind: str, subject: str, after: timedelta) -> None:
    async with spine.store.transaction() as tx:
        await tx.set_timer(kind, subject, tx.now + after, data={"n": 1})


async def due(spine: Spine, *, limit: int = 100) -> list[tuple[str, str]]:
    async with spine.store.transaction() as tx:
        found = await timers.take_due(tx.session, now=tx.now, limit=limit)
        return [(timer.kind, timer.subject) for timer in found]


async def test_a_deadline_comes_due_once_and_earliest_first(spine: Spine) -> None:
    await set_for(spine, "quiet", "L1", 2 * HOUR)
    await set_for(spine, "first_view", "L1", HOUR)
    await set_for(spine, "first_view", "L2", 3 * HOUR)

    assert await due(spine) == []
    spine.clock.forward(2 * HOUR)
    assert await due(spine) == [("first_view", "L1"), ("quiet", "L1")]
    assert await due(spine) == []
    async with spine.store.view() as view:
        assert await timers.next_due(view.session) == spine.now + HOUR


async def test_setting_a_deadline_again_moves_it(spine: Spine) -> None:
    await set_for(spine, "quiet", "L1", HOUR)
    await set_for(spine, "quiet", "L1", 3 * HOUR)

    spine.clock.forward(2 * HOUR)
    assert await due(spine) == []
    spine.clock.forward(HOUR)
    assert await due(spine) == [("quiet", "L1")]


async def test_a_cancelled_deadline_never_comes(spine: Spine) -> None:
    for kind, subject in (("quiet", "L1"), ("first_view", "L1"), ("quiet", "L2"), ("x", "L3")):
        await set_for(spine, kind, subject, HOUR)

    async with spine.store.transaction() as tx:
        await tx.cancel_timer("x", "L3")
        await timers.cancel_all(tx.session, "L1")
        assert not await timers.is_set(tx.session, "quiet", "L1")

    spine.clock.forward(HOUR)
    assert await due(spine) == [("quiet", "L2")]


async def test_what_is_undone_sets_no_deadline(spine: Spine) -> None:
    async def undone() -> None:
        async with spine.store.transaction() as tx:
            await tx.set_timer("quiet", "L1", tx.now)
            raise RuntimeError

    await asyncio.gather(undone(), return_exceptions=True)

    assert await due(spine) == []


async def test_two_schedulers_share_what_is_due(spine: Spine) -> None:
    subjects = [f"L{n}" for n in range(60)]
    async with spine.store.transaction() as tx:
        for subject in subjects:
            await tx.set_timer("quiet", subject, tx.now)

    async with spine.another() as other:
        batches = await asyncio.gather(
            *(due(one, limit=10) for _ in range(6) for one in (spine, other))
        )

    taken = [subject for batch in batches for _, subject in batch]
    assert sorted(taken + [s for _, s in await due(spine)]) == sorted(subjects)


async def test_one_that_is_asked_for_again_waits_for_who_asked(spine: Spine) -> None:
    """What he wrote is there when it is handled: else it would be told to nobody."""
    await set_for(spine, "late", "lina", HOUR)
    spine.clock.forward(HOUR)
    order: list[str] = []

    async def fires() -> None:
        found = await due(spine)
        while not found:
            found = await due(spine)
        order.append("fired")

    async with spine.store.transaction() as tx:
        assert not await timers.set_once(tx.session, "late", "lina", tx.now)
        firing = asyncio.create_task(fires())
        for _ in range(20):
            await timers.next_due(tx.session)
        order.append("asked")
    await firing

    assert order == ["asked", "fired"]
