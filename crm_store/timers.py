"""定时: durable deadlines. When one is due it becomes an event and goes the way of a message.

A timer is `(kind, subject)`, set, moved and cancelled in the transaction of the fact that caused
it. A fired timer's row is gone, so what a tick costs grows with what is due, not with what exists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    false,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.types import BigId, Json, Moment
from crm_store.upsert import changed_rows, insert_into

timers = Table(
    "timers",
    SQLModel.metadata,
    Column("id", BigId, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("data", Json, nullable=False),
    UniqueConstraint("kind", "subject", name="one_timer_a_kind_and_subject"),
    Index("timers_due", "due_at"),
    Index("timers_of_a_subject", "subject"),
)


@dataclass(frozen=True)
class Timer:
    id: int
    kind: str
    subject: str
    due_at: datetime
    data: dict[str, Any]


async def set_timer(
    session: AsyncSession,
    kind: str,
    subject: str,
    due_at: datetime,
    *,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Sets the timer, or moves it where it is set already."""
    row = {"kind": kind, "subject": subject, "due_at": due_at, "data": dict(data or {})}
    await session.execute(_set(session.get_bind().dialect.name), row)


async def set_once(
    session: AsyncSession,
    kind: str,
    subject: str,
    due_at: datetime,
    *,
    data: Mapping[str, Any] | None = None,
) -> bool:
    """Sets the timer unless it is set; True for the one who set it, of however many at once.

    One that is set is held until the caller commits: it does not fire before what the caller
    wrote can be read by whoever handles it.
    """
    row = {"kind": kind, "subject": subject, "due_at": due_at, "data": dict(data or {})}
    result = await session.execute(_set_once(session.get_bind().dialect.name), row)
    return changed_rows(result) > 0


@cache
def _set(dialect: str) -> "postgresql.Insert | sqlite.Insert":
    insert = insert_into(timers, dialect)
    moved = {"due_at": insert.excluded.due_at, "data": insert.excluded.data}
    return insert.on_conflict_do_update(index_elements=["kind", "subject"], set_=moved)


@cache
def _set_once(dialect: str) -> "postgresql.Insert | sqlite.Insert":
    insert = insert_into(timers, dialect)
    unchanged = {"due_at": timers.c.due_at}
    return insert.on_conflict_do_update(
        index_elements=["kind", "subject"], set_=unchanged, where=false()
    )


async def cancel(session: AsyncSession, kinds: Sequence[str], subject: str) -> None:
    """Cancels the subject's timers of these kinds, where they are set."""
    if not kinds:
        return
    await session.execute(
        delete(timers).where(timers.c.kind.in_(kinds), timers.c.subject == subject)
    )


async def cancel_beyond(session: AsyncSession, kind: str, subject: str, moment: datetime) -> bool:
    """Cancels the timer where it is set for later than `moment`; whether it was."""
    result = await session.execute(
        delete(timers).where(
            timers.c.kind == kind, timers.c.subject == subject, timers.c.due_at > moment
        )
    )
    return changed_rows(result) > 0


async def cancel_all(session: AsyncSession, subject: str) -> None:
    await session.execute(delete(timers).where(timers.c.subject == subject))


async def is_set(session: AsyncSession, kind: str, subject: str) -> bool:
    given = {"kind": kind, "subject": subject}
    return (await session.execute(_IS_SET, given)).first() is not None


_IS_SET = select(timers.c.id).where(
    timers.c.kind == bindparam("kind"), timers.c.subject == bindparam("subject")
)


async def set_among(session: AsyncSession, kind: str, subjects: Sequence[str]) -> set[str]:
    """Those of the subjects that have a timer of this kind."""
    query = select(timers.c.subject).where(timers.c.kind == kind, timers.c.subject.in_(subjects))
    return set((await session.execute(query)).scalars())


async def take_due(session: AsyncSession, *, now: datetime, limit: int = 100) -> list[Timer]:
    """Removes and returns what is due, earliest first; the caller makes events of it."""
    query = (
        select(timers)
        .where(timers.c.due_at <= now)
        .order_by(timers.c.due_at, timers.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = [_timer(row) for row in (await session.execute(query)).mappings()]
    if due:
        await session.execute(delete(timers).where(timers.c.id.in_([timer.id for timer in due])))
    return due


async def of_subject(session: AsyncSession, subject: str) -> list[Timer]:
    rows = await session.execute(_OF_SUBJECT, {"subject": subject})
    return [_timer(row) for row in rows.mappings()]


_OF_SUBJECT = (
    select(timers).where(timers.c.subject == bindparam("subject")).order_by(timers.c.due_at)
)


async def held(session: AsyncSession, kind: str, beginning: str) -> list[Timer]:
    """Those of the kind whose subject begins like that, the earliest first: none fires before the
    caller commits."""
    begins = timers.c.subject.startswith(beginning, autoescape=True)
    query = (
        select(timers)
        .where(timers.c.kind == kind, begins)
        .order_by(timers.c.due_at, timers.c.id)
        .with_for_update()
    )
    return [_timer(row) for row in (await session.execute(query)).mappings()]


async def of_every_subject(session: AsyncSession) -> list[Timer]:
    query = select(timers).order_by(timers.c.due_at, timers.c.id)
    return [_timer(row) for row in (await session.execute(query)).mappings()]


async def next_due(session: AsyncSession) -> datetime | None:
    moment: datetime | None = (await session.execute(_NEXT_DUE)).scalar_one()
    return moment


_NEXT_DUE = select(func.min(timers.c.due_at))


def _timer(row: Mapping[Any, Any]) -> Timer:
    return Timer(
        id=row["id"],
        kind=row["kind"],
        subject=row["subject"],
        due_at=row["due_at"],
        data=row["data"],
    )
