"""熔断: an app whose settings are wrong. Its rows wait, one goes out a minute to see, the admin is
told once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, String, Table, Text, delete, select, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.types import Moment
from crm_store.upsert import insert_into

PROBE_EVERY = timedelta(minutes=1)

breakers = Table(
    "breakers",
    SQLModel.metadata,
    Column("app", String(40), primary_key=True),
    Column("opened_at", Moment, nullable=False),
    Column("probe_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("advice", Text, nullable=False),
)


@dataclass(frozen=True)
class Breaker:
    app: str
    opened_at: datetime
    probe_at: datetime
    reason: str
    advice: str


async def opened(session: AsyncSession) -> list[Breaker]:
    return [Breaker(**row) for row in (await session.execute(select(breakers))).mappings()]


async def trip(session: AsyncSession, app: str, *, reason: str, advice: str, now: datetime) -> bool:
    """Opens the breaker, or sets its next probe; True where it was closed before."""
    insert = insert_into(breakers, session.get_bind().dialect.name)
    statement = insert.values(
        app=app, opened_at=now, probe_at=now + PROBE_EVERY, reason=reason, advice=advice
    ).on_conflict_do_nothing()
    result = await session.execute(statement)
    if result.rowcount:  # type: ignore[attr-defined]
        return True
    await session.execute(
        update(breakers)
        .where(breakers.c.app == app)
        .values(probe_at=now + PROBE_EVERY, reason=reason, advice=advice)
    )
    return False


async def probing(session: AsyncSession, app: str, *, now: datetime) -> None:
    """A probe is under way; the next one a minute later."""
    await session.execute(
        update(breakers).where(breakers.c.app == app).values(probe_at=now + PROBE_EVERY)
    )


async def close(session: AsyncSession, app: str) -> bool:
    """True where it was open."""
    result = await session.execute(delete(breakers).where(breakers.c.app == app))
    return bool(result.rowcount)  # type: ignore[attr-defined]
