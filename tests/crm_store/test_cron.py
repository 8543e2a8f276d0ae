"""Slots of the schedules: whoever writes the slot down fires it, and nobody else."""

import asyncio
from datetime import timedelta

from crm_store import cron
from tests.crm_store.conftest import TUESDAY as TEN
from tests.crm_store.conftest import Spine


async def fires(spine: Spine, job: str) -> bool:
    async with spine.store.transaction() as tx:
        return await cron.fire(tx.session, job, TEN, now=tx.now)


async def test_a_slot_is_fired_by_exactly_one(spine: Spine) -> None:
    async with spine.another() as other:
        fired = await asyncio.gather(
            *(fires(one, "top5") for one in (spine, other, spine, other, other))
        )

    assert sorted(fired) == [False, False, False, False, True]
    assert await fires(spine, "weekly")


async def test_a_slot_whose_firing_was_undone_is_fired_again(spine: Spine) -> None:
    async def dies() -> None:
        async with spine.store.transaction() as tx:
            assert await cron.fire(tx.session, "top5", TEN, now=tx.now)
            raise RuntimeError

    await asyncio.gather(dies(), return_exceptions=True)

    assert await fires(spine, "top5")


async def test_old_slots_are_forgotten_but_the_last_of_each_job(spine: Spine) -> None:
    day = timedelta(days=1)
    async with spine.store.transaction() as tx:
        for job, days in (("daily", 100), ("daily", 99), ("daily", 1), ("rare", 200)):
            await cron.fire(tx.session, job, TEN - days * day, now=tx.now)
        assert await cron.forget_before(tx.session, TEN - 90 * day, limit=1) == 1
        assert await cron.forget_before(tx.session, TEN - 90 * day, limit=10) == 1
        assert await cron.forget_before(tx.session, TEN - 90 * day, limit=10) == 0

    async with spine.store.view() as view:
        assert await cron.last_slot(view.session, "daily") == TEN - day
        assert await cron.last_slot(view.session, "rare") == TEN - 200 * day
        slots = (await view.session.execute(cron.cron_slots.select())).all()
        assert len(slots) == 2
        assert await cron.last_slot(view.session, "never") is None
