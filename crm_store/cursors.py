"""How far a pulled source was read: durable, moved only together with what was read."""

from datetime import datetime

from sqlalchemy import Column, String, Table, select, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.types import Moment
from crm_store.upsert import changed_rows, insert_into

cursors = Table(
    "cursors",
    SQLModel.metadata,
    Column("source", String(120), primary_key=True),
    Column("position", String(200), nullable=False),
    Column("moved_at", Moment, nullable=False),
)


async def position(session: AsyncSession, source: str) -> str:
    """Where reading goes on; empty at the very beginning."""
    query = select(cursors.c.position).where(cursors.c.source == source)
    return (await session.execute(query)).scalar_one_or_none() or ""


async def move(session: AsyncSession, source: str, *, old: str, new: str, now: datetime) -> bool:
    """Moves the cursor if it still stands at `old`; False where another process was quicker."""
    insert = insert_into(cursors, session.get_bind().dialect.name)
    await session.execute(
        insert.values(source=source, position="", moved_at=now).on_conflict_do_nothing()
    )
    result = await session.execute(
        update(cursors)
        .where(cursors.c.source == source, cursors.c.position == old)
        .values(position=new, moved_at=now)
    )
    return changed_rows(result) > 0
