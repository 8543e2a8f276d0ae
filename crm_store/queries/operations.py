"""Questions of the operator: does the database take writes, and how much is waiting."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from alembic.migration import MigrationContext
from sqlalchemy import ColumnElement, Table, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store import schema
from crm_store.inbox import DEAD, WAITING, inbox
from crm_store.keyring import keyring
from crm_store.outbox import outbox
from crm_store.store import View
from crm_store.timers import timers


@dataclass(frozen=True)
class Backlog:
    """What waits and what was given up; lags are seconds since the oldest due row should go."""

    inbox_waiting: int
    inbox_dead: int
    inbox_lag: float
    outbox_waiting: int
    outbox_dead: int
    outbox_lag: float
    timers: int


async def backlog(view: View) -> Backlog:
    return Backlog(
        inbox_waiting=await _count(view, inbox, inbox.c.state == WAITING),
        inbox_dead=await _count(view, inbox, inbox.c.state == DEAD),
        inbox_lag=await _lag(view, inbox, inbox.c.arrived_at),
        outbox_waiting=await _count(view, outbox, outbox.c.state == WAITING),
        outbox_dead=await _count(view, outbox, outbox.c.state == DEAD),
        outbox_lag=await _lag(view, outbox, outbox.c.due_at),
        timers=await _count(view, timers),
    )


async def _count(view: View, table: Table, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(*conditions)
    return int((await view.session.execute(query)).scalar_one())


async def _lag(view: View, table: Table, since: ColumnElement[datetime]) -> float:
    query = select(func.min(since)).where(table.c.state == WAITING, since <= view.now)
    oldest: datetime | None = (await view.session.execute(query)).scalar_one()
    return (view.now - oldest).total_seconds() if oldest is not None else 0.0


_PROBE = "probe"
_PROBE_BYTES = 64 * 1024
"""More than a free page: a full disk shows."""


async def takes_writes(session: AsyncSession) -> bool:
    """Writes a row and takes it back: a read-only or full database refuses. Whether the schema is
    current."""
    connection = await session.connection()
    found = await connection.run_sync(
        lambda sync: MigrationContext.configure(sync).get_current_revision()
    )
    if found != _head():
        return False
    async with session.begin_nested() as attempt:
        probe = {"name": _PROBE, "wrapped": bytes(_PROBE_BYTES)}
        await session.execute(keyring.insert().values(probe))
        await attempt.rollback()
    return True


@lru_cache(maxsize=1)
def _head() -> str:
    return schema.head()
