"""Timers and cron: what has come due becomes an event. APScheduler only ticks.

Slots are computed from our own clock, so a turned clock works, and a slot is fired by whoever
inserts its row: any number of schedulers may run. Slots missed while nobody ran are fired once,
the latest only. Until a schedule's next slot comes, the database is not asked about it.

A clock that is set back a little repeats no slot. One that ran far ahead and is right again has
fired slots that are still to come: they are forgotten, and come when they are due.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.exc import SQLAlchemyError

from bot.faults import describe
from crm_store import cron, timers
from crm_store.arrival import Arrival
from crm_store.store import Store
from crm_store.wakeup import LocalWakeup
from handlers.events import SlotDue, TimerDue
from handlers.router import Schedule

log = structlog.get_logger(__name__)

_BATCH = 100
_TICK_SECONDS = 1
_RAN_AHEAD = timedelta(hours=1)
"""A slot that lies further ahead cannot have come."""


@dataclass
class Cron:
    """A schedule, and what this process knows of its slots."""

    job: str
    trigger: CronTrigger
    next_slot: datetime | None = None
    """None until the database was asked, and after the clock was set back. Whatever the others
    do, nothing is due before it."""

    def may_be_due(self, now: datetime) -> bool:
        return self.next_slot is None or self.next_slot <= now

    def wait_for_the_one_after(self, slot: datetime) -> None:
        self.next_slot = _next(self.trigger, after=slot)


class Scheduler:
    def __init__(
        self,
        store: Store,
        wakeup: LocalWakeup,
        schedules: Sequence[Schedule],
        timezone: ZoneInfo,
    ) -> None:
        self._store = store
        self._wakeup = wakeup
        self._crons = [
            Cron(schedule.job, CronTrigger.from_crontab(schedule.cron, timezone=timezone))
            for schedule in schedules
        ]
        self._ticked_at: datetime | None = None
        self._watches = {schedule.job for schedule in schedules if schedule.is_watch}

    async def run(self, stopping: asyncio.Event) -> None:
        """Ticks every second, and when the clock was turned, until `stopping` is set."""
        ticker = AsyncIOScheduler()

        async def ring() -> None:
            # A coroutine: a plain function would run in a thread, where an event must not be set.
            self._wakeup.timers_ready.set()

        ticker.add_job(
            ring,
            "interval",
            seconds=_TICK_SECONDS,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        ticker.start()
        try:
            while not stopping.is_set():
                try:
                    await self.tick()
                except (SQLAlchemyError, OSError) as error:
                    log.error("scheduler_without_database", error=describe(error))  # noqa: TRY400
                await self._wakeup.timers_ready.wait()
                self._wakeup.timers_ready.clear()
        finally:
            ticker.shutdown(wait=False)

    async def tick(self) -> int:
        """Turns everything due by now into events; how many."""
        fired = 0
        while True:
            batch = await self._fire_timers()
            fired += batch
            if batch < _BATCH:
                break
        now = self._store.clock.now()
        if self._ticked_at is not None and now < self._ticked_at:
            for schedule in self._crons:
                schedule.next_slot = None
        self._ticked_at = now
        for schedule in self._crons:
            if schedule.may_be_due(now):
                fired += await self._fire_slot(schedule)
        return fired

    async def _fire_timers(self) -> int:
        async with self._store.view() as view:
            due = await timers.next_due(view.session)
        if due is None or due > self._store.clock.now():
            return 0
        async with self._store.transaction() as tx:
            due_timers = await timers.take_due(tx.session, now=tx.now, limit=_BATCH)
            events = [
                TimerDue(timer=t.kind, subject=t.subject, due_at=t.due_at, data=t.data)
                for t in due_timers
            ]
            await tx.arrive(
                [
                    Arrival(
                        kind=event.kind,
                        key=f"timer:{tx.fresh_id()}",
                        lane=f"timer:{event.subject}",
                        payload=event.model_dump(mode="json"),
                    )
                    for event in events
                ]
            )
            return len(due_timers)

    async def _fire_slot(self, schedule: Cron) -> int:
        async with self._store.view() as view:
            last = await cron.last_slot(view.session, schedule.job)
            now = view.now
        if last is not None and last > now:
            last = await self._last_by(now, schedule.job)
        if last is None:
            # The first look ever: from here on slots count; nothing before it was missed.
            async with self._store.transaction() as tx:
                await cron.fire(tx.session, schedule.job, tx.now, now=tx.now)
                last = tx.now
        slot = latest_slot(schedule.trigger, after=last, until=now)
        fired = slot is not None and await self._fire(schedule.job, slot)
        # Only now, when it is known to be committed, by us or by somebody quicker.
        schedule.wait_for_the_one_after(slot or last)
        return int(fired)

    async def _last_by(self, now: datetime, job: str) -> datetime | None:
        """A slot ahead of us was fired by a clock that is, or was, ahead."""
        async with self._store.transaction() as tx:
            await cron.forget_after(tx.session, job, now + _RAN_AHEAD)
            return await cron.last_slot(tx.session, job, until=now)

    async def _fire(self, job: str, slot: datetime) -> bool:
        """False where another process was quicker."""
        async with self._store.transaction() as tx:
            if not await cron.fire(tx.session, job, slot, now=tx.now):
                return False
            event = SlotDue(job=job, slot=slot)
            await tx.arrive(
                [
                    Arrival(
                        kind=event.kind,
                        key=f"cron:{job}:{tx.fresh_id()}",
                        lane=f"cron:{job}",
                        payload=event.model_dump(mode="json"),
                    )
                ]
            )
        return True

    async def has_due(self) -> bool:
        """Whether a slot has come that nobody has fired."""
        async with self._store.view() as view:
            for one in self._crons:
                last = await cron.last_slot(view.session, one.job, until=view.now)
                if last is None or latest_slot(one.trigger, after=last, until=view.now):
                    return True
        return False

    async def next_due(self, *, after: datetime) -> datetime | None:
        """The nearest slot of any schedule after a moment; that a watch looks is no reason to stop
        a clock."""
        slots = [
            one.trigger.get_next_fire_time(None, after)
            for one in self._crons
            if one.job not in self._watches
        ]
        return min((slot for slot in slots if slot is not None), default=None)


def latest_slot(trigger: CronTrigger, *, after: datetime, until: datetime) -> datetime | None:
    """The last slot in (after, until]; None where there is none."""
    found: datetime | None = None
    slot = _next(trigger, after=after)
    while slot is not None and slot <= until:
        found, slot = slot, _next(trigger, after=slot)
    return found


def _next(trigger: CronTrigger, *, after: datetime) -> datetime | None:
    slot = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    return cast("datetime | None", slot)
