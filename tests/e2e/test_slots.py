"""A slot of the schedule fires once: whichever scheduler, however often one is killed on it."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select

from crm_store.cron import cron_slots
from crm_store.database import Database
from crm_store.inbox import DONE, inbox
from handlers import ROUTERS
from handlers.events import SlotDue
from tests.e2e.conftest import IS_SOAK
from tests.e2e.deployment import Deployment
from tests.eventually import eventually

ROUNDS = 100 if IS_SOAK else 4
JOBS = {schedule.job for router in ROUTERS for schedule in router.schedules}
_FIRST_TICK_WITHIN = 90.0


@pytest.mark.timeout(120 + 20 * ROUNDS)
async def test_a_slot_on_which_every_scheduler_is_killed_fires_exactly_once(
    many: Deployment, chance: random.Random
) -> None:
    schedulers = many.of("scheduler")
    database = Database(many.settings.database_url)
    try:
        for _ in range(ROUNDS):
            for scheduler in schedulers:
                await scheduler.kill()
            await _nothing_has_fired_for(timedelta(days=2), database)

            for scheduler in schedulers:
                scheduler.begin()
            # In the midst of a tick, however long they take to come to that.
            await eventually(lambda: _one_has_fired(database), within=_FIRST_TICK_WITHIN)
            for scheduler in chance.sample(schedulers, len(schedulers)):
                await scheduler.kill()
                scheduler.begin()
            for scheduler in schedulers:
                await scheduler.ready()

            await eventually(lambda: _all_have_fired(database), within=60)
            # Twice would stay twice; a slot may just be coming.
            await eventually(lambda: _agree(database))
    finally:
        await database.close()


async def _nothing_has_fired_for(span: timedelta, database: Database) -> None:
    then = datetime.now(UTC) - span
    async with database.writing() as session:
        await session.execute(delete(cron_slots))
        await session.execute(delete(inbox).where(inbox.c.kind == SlotDue.kind))
        rows = [{"job": job, "slot": then, "fired_at": then} for job in JOBS]
        await session.execute(insert(cron_slots), rows)


async def _one_has_fired(database: Database) -> bool:
    slots, _ = await _fired(database)
    return bool(slots)


async def _all_have_fired(database: Database) -> bool:
    """Each job since then, and each event of it was handled."""
    async with database.reading() as session:
        states = await session.execute(
            select(inbox.c.lane, inbox.c.state).where(inbox.c.kind == SlotDue.kind)
        )
        handled = {lane: state == DONE for lane, state in states}
    return len(handled) == len(JOBS) and all(handled.values())


async def _agree(database: Database) -> bool:
    slots, events = await _fired(database)
    return slots == events


async def _fired(database: Database) -> tuple[Counter[str], Counter[str]]:
    """How many slots of each job were taken, and how many events there are for it."""
    recent = datetime.now(UTC) - timedelta(days=1, hours=12)
    async with database.reading() as session:
        jobs = await session.execute(select(cron_slots.c.job).where(cron_slots.c.slot > recent))
        lanes = await session.execute(select(inbox.c.lane).where(inbox.c.kind == SlotDue.kind))
        return Counter(f"cron:{job}" for job in jobs.scalars()), Counter(lanes.scalars())
