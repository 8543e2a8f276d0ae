"""Questions of the operator: does the database take writes, and how much is waiting."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from alembic.migration import MigrationContext
from sqlalchemy import ColumnElement, Table, case, func, literal_column, select
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store import breakers, schema
from crm_store.inbox import DEAD, WAITING, inbox
from crm_store.keyring import keyring
from crm_store.outbox import BESIDE, outbox
from crm_store.timers import timers
from crm_store.view import View

_IS_AWAITED = outbox.c.platform.not_in(BESIDE)
"""Somebody waits for it, and would miss it."""


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
    timers_lag: float
    breakers: list[str]
    """The names of those that are open."""
    systems_lag: dict[str, float]
    """By the system ("webhook.erp"), since when it has not heard of a client's change."""


async def backlog(view: View) -> Backlog:
    return Backlog(
        inbox_waiting=await _count(view, inbox, _is(inbox, WAITING)),
        inbox_dead=await dead_letters(view),
        inbox_lag=await inbox_lag(view),
        outbox_waiting=await _count(view, outbox, _is(outbox, WAITING)),
        outbox_dead=await _count(view, outbox, _is(outbox, DEAD), _IS_AWAITED),
        outbox_lag=await outbox_lag(view),
        timers=await _count(view, timers),
        timers_lag=await timers_lag(view),
        breakers=[breaker.name for breaker in await breakers.opened(view.session)],
        systems_lag=await systems_lag(view),
    )


async def _count(view: View, table: Table, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(*conditions)
    return int((await view.session.execute(query)).scalar_one())


async def inbox_lag(view: View) -> float:
    """Seconds since the oldest waiting event came in."""
    return await _lag(view, inbox.c.arrived_at, _is(inbox, WAITING))


async def outbox_lag(view: View) -> float:
    """Seconds since the oldest waiting message was due; what nobody waits for is left out."""
    return await _lag(view, outbox.c.due_at, _is(outbox, WAITING), _IS_AWAITED)


async def systems_lag(view: View) -> dict[str, float]:
    """Seconds since the oldest change of which each of the systems that wait for one was due."""
    query = (
        select(outbox.c.app, func.min(outbox.c.due_at))
        .where(_is(outbox, WAITING), outbox.c.platform == "webhook", outbox.c.due_at <= view.now)
        .group_by(outbox.c.app)
    )
    rows = (await view.session.execute(query)).all()
    return {app: (view.now - oldest).total_seconds() for app, oldest in rows}


async def timers_lag(view: View) -> float:
    """Seconds since the oldest deadline came that has not become an event yet."""
    return await _lag(view, timers.c.due_at)


async def dead_letters(view: View) -> int:
    """How many events failed for good."""
    return await _count(view, inbox, _is(inbox, DEAD))


@dataclass(frozen=True)
class SetAside:
    """An event that failed for good, without its body."""

    id: int
    kind: str
    since: datetime


async def newest_dead_letter(view: View) -> SetAside | None:
    """The one that was set aside last; what only a clock since put back calls later comes after."""
    # An expression, which no index is of: SQLite would rather walk `inbox_settled` through all
    # that is done than sort the few that are dead.
    since = func.coalesce(inbox.c.settled_at, inbox.c.arrived_at)
    query = (
        select(inbox.c.id, inbox.c.kind, since.label("since"))
        .where(_is(inbox, DEAD))
        .order_by(case((since > view.now, 1), else_=0), since.desc(), inbox.c.id.desc())
        .limit(1)
    )
    row = (await view.session.execute(query)).first()
    return SetAside(row.id, row.kind, row.since) if row is not None else None


async def _lag(view: View, since: ColumnElement[datetime], *of: ColumnElement[bool]) -> float:
    query = select(func.min(since)).where(since <= view.now, *of)
    oldest: datetime | None = (await view.session.execute(query)).scalar_one()
    return (view.now - oldest).total_seconds() if oldest is not None else 0.0


def _is(table: Table, state: str) -> ColumnElement[bool]:
    """Written out: only so does an index of the waiting or dead rows alone answer it."""
    return table.c.state == literal_column(f"'{state}'")


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
