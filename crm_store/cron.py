"""定点: which slots of the schedules have fired. One row a slot: whoever inserts it fires it."""

from datetime import datetime

from sqlalchemy import Column, String, Table, delete, func, select, tuple_
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.types import Moment
from crm_store.upsert import changed_rows, insert_into

cron_slots = Table(
    "cron_slots",
    SQLModel.metadata,
    Column("job", String(80), primary_key=True),
    Column("slot", Moment, primary_key=True),
    Column("fired_at", Moment, nullable=False),
)


async def last_slot(
    session: AsyncSession, job: str, *, until: datetime | None = None
) -> datetime | None:
    """The latest that fired; with `until`, of those not after it."""
    query = select(func.max(cron_slots.c.slot)).where(cron_slots.c.job == job)
    if until is not None:
        query = query.where(cron_slots.c.slot <= until)
    moment: datetime | None = (await session.execute(query)).scalar_one()
    return moment


async def forget_after(session: AsyncSession, job: str, moment: datetime) -> None:
    """Drops slots after it, which only a clock that ran ahead can have fired."""
    later = (cron_slots.c.job == job, cron_slots.c.slot > moment)
    await session.execute(delete(cron_slots).where(*later))


async def fire(session: AsyncSession, job: str, slot: datetime, *, now: datetime) -> bool:
    """True for exactly one caller a slot."""
    insert = insert_into(cron_slots, session.get_bind().dialect.name)
    statement = insert.values(job=job, slot=slot, fired_at=now).on_conflict_do_nothing()
    return changed_rows(await session.execute(statement)) > 0


async def forget_before(session: AsyncSession, moment: datetime, *, limit: int) -> int:
    """Drops old slots, but each job's latest, from which the next is computed. How many: at most
    `limit`."""
    latest = (
        select(cron_slots.c.job, func.max(cron_slots.c.slot).label("slot"))
        .group_by(cron_slots.c.job)
        .subquery()
    )
    is_latest = (
        select(latest.c.job)
        .where(latest.c.job == cron_slots.c.job, latest.c.slot == cron_slots.c.slot)
        .exists()
    )
    key = (cron_slots.c.job, cron_slots.c.slot)
    old = select(*key).where(cron_slots.c.slot < moment, ~is_latest).limit(limit)
    return changed_rows(await session.execute(delete(cron_slots).where(tuple_(*key).in_(old))))
