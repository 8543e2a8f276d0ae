"""What comes due becomes an event exactly once, whichever way the clock is turned."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import event

from bot.scheduler import Scheduler, latest_slot
from crm_store import cron
from crm_store.database import Database
from crm_store.wakeup import LocalWakeup
from handlers.events import SlotDue, TimerDue
from handlers.router import Router
from tests.eventually import eventually
from tests.world import SHANGHAI, TUESDAY, World

pytestmark = pytest.mark.both

DAY = timedelta(days=1)


def at(hour: int, minute: int = 0, *, day: int = 10) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


def morning_office(office: World, runs: Callable[..., None]) -> list[datetime]:
    """The company with one schedule, at 09:30 on working days, first looked at on Tuesday 10:00."""
    router, slots = Router("test"), list[datetime]()

    @router.schedule("30 9 * * mon-fri")
    async def stand_up(due: SlotDue) -> None:
        slots.append(due.slot)

    runs(router)
    office.scheduler = Scheduler(
        office.store, LocalWakeup(), office.dispatcher.schedules, ZoneInfo("Asia/Shanghai")
    )
    return slots


class Died(Exception):
    """Of a process, in the middle of a transaction."""


@asynccontextmanager
async def statements(database: Database) -> AsyncIterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    engines = [database.engine.sync_engine]
    if database.is_sqlite:  # else the reader's statements are heard there as well
        engines.append(database.reader.sync_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", hear)


def about_slots(asked: list[str]) -> list[str]:
    assert asked
    return [statement for statement in asked if "cron_slots" in statement]


def job_of(office: World) -> str:
    """The name of the one schedule."""
    (schedule,) = office.dispatcher.schedules
    return schedule.job


async def look(office: World, moment: datetime) -> None:
    office.clock.turn_to(moment)
    await office.settle()


async def test_a_slot_comes_once(office: World, runs: Callable[..., None]) -> None:
    slots = morning_office(office, runs)
    await look(office, at(10))
    assert slots == []

    await look(office, at(9, 29, day=11))
    await look(office, at(9, 30, day=11))
    await look(office, at(9, 31, day=11))

    assert slots == [at(9, 30, day=11)]


async def test_of_slots_that_were_missed_the_latest_comes(
    office: World, runs: Callable[..., None]
) -> None:
    slots = morning_office(office, runs)
    await look(office, at(10))

    await look(office, at(12, day=19))
    await look(office, at(13, day=19))

    assert slots == [at(9, 30, day=19)]


async def test_a_clock_set_back_repeats_no_slot(office: World, runs: Callable[..., None]) -> None:
    slots = morning_office(office, runs)
    await look(office, at(10))
    await look(office, at(10, day=11))

    await look(office, at(9, day=11))
    await look(office, at(9, 30, day=11))
    assert slots == [at(9, 30, day=11)]

    await look(office, at(9, 30, day=12))
    assert slots == [at(9, 30, day=11), at(9, 30, day=12)]


@pytest.mark.parametrize("ahead", [1, 400])
async def test_a_clock_that_ran_ahead_costs_no_slot(
    office: World, runs: Callable[..., None], ahead: int
) -> None:
    slots = morning_office(office, runs)
    await look(office, at(10))
    await look(office, at(10) + ahead * DAY)
    slots.clear()

    await look(office, at(10, 1))
    other = Scheduler(office.store, LocalWakeup(), office.dispatcher.schedules, SHANGHAI)
    assert await other.tick() == 0
    assert not await other.has_due()
    for day in (11, 12):
        await look(office, at(9, 30, day=day))
        await other.tick()

    assert slots == [at(9, 30, day=11), at(9, 30, day=12)]


async def test_two_schedulers_fire_a_slot_once(office: World, runs: Callable[..., None]) -> None:
    slots = morning_office(office, runs)
    await look(office, at(10))
    other = Scheduler(office.store, LocalWakeup(), office.dispatcher.schedules, SHANGHAI)

    office.clock.turn_to(at(10, day=11))
    fired = await asyncio.gather(*(one.tick() for one in (office.scheduler, other) * 3))
    await office.settle()

    assert sum(fired) == 1
    assert slots == [at(9, 30, day=11)]


async def test_a_slot_that_another_fired_is_not_asked_about_again(
    office: World, runs: Callable[..., None]
) -> None:
    morning_office(office, runs)
    await look(office, at(10))
    other = Scheduler(office.store, LocalWakeup(), office.dispatcher.schedules, SHANGHAI)
    office.clock.turn_to(at(10, day=11))
    assert await other.tick() == 1
    assert await office.scheduler.tick() == 0

    async with statements(office.store.database) as asked:
        await office.scheduler.tick()

    assert not about_slots(asked)


async def test_until_its_slot_a_schedule_costs_nothing(
    office: World, runs: Callable[..., None]
) -> None:
    slots = morning_office(office, runs)
    await look(office, at(10))

    async with statements(office.store.database) as asked:
        for minutes in range(0, 60, 5):
            office.clock.turn_to(at(8, minutes, day=11))
            await office.scheduler.tick()
    assert not about_slots(asked)

    await look(office, at(9, 30, day=11))
    assert slots == [at(9, 30, day=11)]


async def test_who_dies_on_a_slot_leaves_it_to_the_next(
    office: World, runs: Callable[..., None]
) -> None:
    """Its row and its event are one transaction: the one without the other is never there."""
    slots = morning_office(office, runs)
    await look(office, at(10))
    other = Scheduler(office.store, LocalWakeup(), office.dispatcher.schedules, SHANGHAI)
    office.clock.turn_to(at(10, day=11))

    late: list[asyncio.Task[int]] = []

    async def dies() -> None:
        async with office.store.transaction() as tx, statements(office.store.database) as asked:
            assert await cron.fire(tx.session, job_of(office), at(9, 30, day=11), now=tx.now)
            late.append(asyncio.create_task(other.tick()))
            # On PostgreSQL the other's insert waits for ours, on SQLite the other waits for us.
            await eventually(lambda: len(about_slots(asked)) > 1)
            raise Died

    with pytest.raises(Died):
        await dies()
    assert await late[0] == 1
    await office.settle()

    assert slots == [at(9, 30, day=11)]


async def test_schedulers_that_look_for_the_first_time_at_once_fire_nothing(
    office: World, runs: Callable[..., None]
) -> None:
    slots = morning_office(office, runs)
    others = [
        Scheduler(office.store, LocalWakeup(), office.dispatcher.schedules, SHANGHAI)
        for _ in range(4)
    ]
    office.clock.turn_to(at(10))

    assert await asyncio.gather(*(one.tick() for one in others)) == [0, 0, 0, 0]

    await look(office, at(9, 30, day=11))
    assert await asyncio.gather(*(one.tick() for one in others)) == [0, 0, 0, 0]
    assert slots == [at(9, 30, day=11)]


async def test_a_deadline_becomes_an_event_once(office: World, runs: Callable[..., None]) -> None:
    router, came = Router("test"), list[str]()

    @router.timer("quiet")
    async def quiet(due: TimerDue) -> None:
        came.append(due.subject)

    runs(router)
    async with office.store.transaction() as tx:
        for number in range(250):
            await tx.set_timer("quiet", f"L{number}", tx.now + timedelta(minutes=1))
    await office.settle()
    assert came == []

    office.clock.forward(timedelta(minutes=1))
    other = Scheduler(office.store, LocalWakeup(), (), SHANGHAI)
    await asyncio.gather(office.scheduler.tick(), other.tick())
    await office.settle()

    assert sorted(came) == sorted(f"L{number}" for number in range(250))


async def test_turning_the_clock_wakes_the_loop(office: World) -> None:
    wakeup, stopping = LocalWakeup(), asyncio.Event()
    scheduler = Scheduler(office.store, wakeup, (), SHANGHAI)
    async with office.store.transaction() as tx:
        await tx.set_timer("alarm_silence", "x", tx.now + DAY)
    task = asyncio.create_task(scheduler.run(stopping))
    await asyncio.sleep(0)

    office.clock.forward(DAY)
    wakeup.everything()
    await eventually(office.worker.wakeup.inbox_ready.is_set)

    stopping.set()
    wakeup.everything()
    await task


def test_the_latest_slot_lies_after_the_last_and_not_after_now() -> None:
    trigger = CronTrigger.from_crontab("0 10 * * mon-fri", timezone=SHANGHAI)

    assert latest_slot(trigger, after=TUESDAY, until=TUESDAY) is None
    assert latest_slot(trigger, after=TUESDAY, until=TUESDAY + DAY) == TUESDAY + DAY
    assert latest_slot(trigger, after=TUESDAY - timedelta(microseconds=1), until=TUESDAY) == TUESDAY
    assert latest_slot(trigger, after=TUESDAY, until=TUESDAY - DAY) is None
    # Saturday and Sunday have none.
    assert latest_slot(trigger, after=at(10, day=13), until=at(23, day=15)) is None
