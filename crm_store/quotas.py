"""额度: what a platform lets the whole company use in a calendar month, and how much is gone.

One row a quota and month, added to now and then: what a process had counted and not yet written
down when it died is missing from it.
"""

from sqlalchemy import Column, Integer, String, Table, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.upsert import changed_rows, insert_into

quotas = Table(
    "quotas",
    SQLModel.metadata,
    Column("quota", String(40), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("used", Integer, nullable=False),
    Column("told", Integer, nullable=False),
)
"""`told`: the highest share, in per cent, of which the administrators were told."""


async def add(session: AsyncSession, quota: str, month: str, *, used: int) -> int:
    """Adds to what was used in the month ("2026-03"); how much that makes. Holds the row."""
    insert = insert_into(quotas, session.get_bind().dialect.name)
    statement = (
        insert.values(quota=quota, month=month, used=used, told=0)
        .on_conflict_do_update(
            index_elements=["quota", "month"], set_={"used": quotas.c.used + used}
        )
        .returning(quotas.c.used)
    )
    return int((await session.execute(statement)).scalar_one())


async def take(session: AsyncSession, quota: str, month: str, *, most: int) -> bool:
    """One use, where no more than `most` are made of it with this one. Holds the row."""
    if most <= 0:
        return False
    insert = insert_into(quotas, session.get_bind().dialect.name)
    statement = insert.values(quota=quota, month=month, used=1, told=0).on_conflict_do_update(
        index_elements=["quota", "month"],
        set_={"used": quotas.c.used + 1},
        where=quotas.c.used < most,
    )
    return changed_rows(await session.execute(statement)) > 0


async def tell_once(session: AsyncSession, quota: str, month: str, *, percent: int) -> bool:
    """True for exactly one caller a month and share, and for a smaller share than before only
    after it was forgotten (`forget`)."""
    result = await session.execute(
        update(quotas)
        .where(quotas.c.quota == quota, quotas.c.month == month, quotas.c.told < percent)
        .values(told=percent)
    )
    return changed_rows(result) > 0


async def forget(session: AsyncSession, quota: str, month: str, *, above: int) -> None:
    """More is allowed than when they were told of a share greater than `above`, in per cent: it
    has not been reached any more, and they hear of it again."""
    await session.execute(
        update(quotas)
        .where(quotas.c.quota == quota, quotas.c.month == month, quotas.c.told > above)
        .values(told=above)
    )
