"""共用的时钟: processes on several machines go by the clock of the database they share.

A lease that one machine writes is judged by another. By their own clocks, half a minute apart, both
would carry the same message, and each would count its receiver's limit by another watch.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from crm_store.database import Database

log = structlog.get_logger(__name__)

_SET_EVERY_SECONDS = 5.0
"""Far less than a lease: what a machine slept through must not be missing for long."""


class SharedClock:
    """The database's clock, read now and then; between two readings it runs on by itself, so that
    a database that is away stops no clock. Use `shared_clock`, which reads it the first time."""

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._monotonic = monotonic
        self._began = datetime.now(UTC) - timedelta(seconds=monotonic())
        """What it showed when the monotonic clock stood at nought."""

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self._monotonic())

    def steady(self) -> float:
        return self._monotonic()

    async def set(self) -> None:
        """Reads the database's clock. What lies within the time that took is no difference."""
        async with self._database.reading() as session:
            # Taking a connection may last; what counts is how long the answer travelled.
            await session.connection()
            asked = self._monotonic()
            told: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
            answered = self._monotonic()
        off = told - (self._began + timedelta(seconds=(asked + answered) / 2))
        if abs(off) > timedelta(seconds=(answered - asked) / 2):
            self._began += off

    async def run(self) -> None:
        """Sets it every few seconds until cancelled."""
        while True:
            await asyncio.sleep(_SET_EVERY_SECONDS)
            try:
                await self.set()
            except (SQLAlchemyError, OSError) as error:
                log.warning("clock_not_set", error=type(error).__name__)


async def shared_clock(database: Database) -> SharedClock:
    """The clock of everybody on this PostgreSQL, set."""
    clock = SharedClock(database)
    await clock.set()
    return clock
