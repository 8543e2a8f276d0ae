"""Timers and cron: what has come due becomes an event. APScheduler only ticks.

Slots are computed from our own clock, so a turned clock works, and a slot is fired by whoever
inserts its row: any number of schedulers may run. Slots missed while nobody ran are fired once,
the latest only.
"""

import asyncio
from collections.abc import Sequence
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
        self._triggers = [
            (schedule.job, CronTrigger.from_crontab(schedule.cron, timezone=timezone))
            for schedule in schedules
        ]

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
        for job, trigger in self._triggers:
            fired += await self._fire_slot(job, trigger)
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

    async def _fire_slot(self, job: str, trigger: CronTrigger) -> int:
        async with self._store.view() as view:
            last = await cron.last_slot(view.session, job)
            now = view.now
        if last is None:
            # The first look ever: from here on slots count; nothing before it was missed.
            async with self._store.transaction() as tx:
                await cron.fire(tx.session, job, tx.now, now=tx.now)
            return 0
        slot = latest_slot(trigger, after=last, until=now)
        if slot is None:
            return 0
        async with self._store.transaction() as tx:
            if not await cron.fire(tx.session, job, slot, now=tx.now):
                return 0
            event = SlotDue(job=job, slot=slot)
            await tx.arrive(
                [
                    Arrival(
                        kind=event.kind,
                        key=f"cron:{job}:{slot.isoformat()}",
                        lane=f"cron:{job}",
                        payload=event.model_dump(mode="json"),
                    )
                ]
            )
        return 1

    async def has_due(self) -> bool:
        """Whether a slot has come that nobody has fired."""
        async with self._store.view() as view:
            for job, trigger in self._triggers:
                last = await cron.last_slot(view.session, job)
                if last is None or latest_slot(trigger, after=last, until=view.now) is not None:
                    return True
        return False

    async def next_due(self, *, after: datetime) -> datetime | None:
        """The nearest slot of any schedule after a moment."""
        slots = [trigger.get_next_fire_time(None, after) for _, trigger in self._triggers]
        return min((slot for slot in slots if slot is not None), default=None)


def latest_slot(trigger: CronTrigger, *, after: datetime, until: datetime) -> datetime | None:
    """The last slot in (after, until]; None where there is none."""
    found: datetime | None = None
    slot = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    while slot is not None and slot <= until:
        found = cast(datetime, slot)
        slot = trigger.get_next_fire_time(slot, slot + timedelta(microseconds=1))
    return found
