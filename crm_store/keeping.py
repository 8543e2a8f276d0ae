"""保存期限: lets go of what has been kept long enough, a bounded batch at a time.

What waits is never touched. Repeating it changes nothing; an interrupted run is simply continued.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from config.schemas.keeping import Keeping
from crm_store import cron, keeping_tasks
from crm_store.inbox import DEAD, DONE, inbox
from crm_store.keeping_tasks import apply
from crm_store.models import ChatMessage, Draft, LeadField, Recording, SentCard
from crm_store.outbox import DEAD as GIVEN_UP
from crm_store.outbox import SENT, outbox, outbox_tries
from crm_store.quotas import quotas
from crm_store.search import index

BATCH = 1_000
_COUNTS_FOR = timedelta(days=31)

Step = Callable[[AsyncSession, Keeping, datetime, int], Awaitable[int]]


async def let_go(
    session: AsyncSession, keeping: Keeping, *, now: datetime, batch: int = BATCH
) -> bool:
    """One batch of everything that is over its time; True where more is left."""
    counts = [await step(session, keeping, now, batch) for step in _STEPS]
    return any(count >= batch for count in counts)


async def _blank_events(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    """The newest first: those before them were blanked by earlier runs."""
    old = (
        select(inbox.c.id)
        .where(
            inbox.c.state == DONE,
            inbox.c.settled_at < now - timedelta(days=keeping.inbox_payload_days),
            inbox.c.payload.is_not(None),
        )
        .order_by(inbox.c.settled_at.desc())
        .limit(batch)
    )
    return await apply(
        session, update(inbox).where(inbox.c.id.in_(old)).values(payload=None, error=None)
    )


async def _drop_events(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    """From here on a replay of these events is not recognised any more."""
    before = now - timedelta(days=keeping.inbox_key_days)
    return await _drop(session, inbox, (inbox.c.state == DONE, inbox.c.settled_at < before), batch)


async def _drop_dead_letters(
    session: AsyncSession, keeping: Keeping, now: datetime, batch: int
) -> int:
    before = now - timedelta(days=keeping.dead_letter_days)
    return await _drop(session, inbox, (inbox.c.state == DEAD, inbox.c.settled_at < before), batch)


async def _drop_sent(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    before = now - timedelta(days=keeping.outbox_days)
    return await _drop_orders(session, SENT, before, batch)


async def _drop_given_up(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    before = now - timedelta(days=keeping.dead_letter_days)
    return await _drop_orders(session, GIVEN_UP, before, batch)


async def _drop_orders(session: AsyncSession, state: str, before: datetime, batch: int) -> int:
    old = (
        select(outbox.c.id)
        .where(outbox.c.state == state, outbox.c.settled_at < before)
        .order_by(outbox.c.settled_at)
        .limit(batch)
    )
    ids = list((await session.execute(old)).scalars())
    await apply(session, delete(outbox_tries).where(outbox_tries.c.outbox_id.in_(ids)))
    return await apply(session, delete(outbox).where(outbox.c.id.in_(ids)))


async def _drop_drafts(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    """Words nobody decided about, as long as an event's own."""
    before = now - timedelta(days=keeping.inbox_payload_days)
    old = select(col(Draft.id)).where(col(Draft.created_at) < before).limit(batch)
    return await apply(session, delete(Draft).where(col(Draft.id).in_(old)))


async def _drop_codes(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    """A card's code that is past its time changes nothing any more."""
    old = (
        select(col(SentCard.key))
        .where(col(SentCard.code).is_not(None), col(SentCard.code_expires_at) < now)
        .limit(batch)
    )
    return await apply(
        session, update(SentCard).where(col(SentCard.key).in_(old)).values(code=None)
    )


async def _drop_chats(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    """Clients' chats, where the settings bound how long; the facts and the lead's fields stay."""
    if keeping.archive_days is None:
        return 0
    before = now - timedelta(days=keeping.archive_days)
    old: Select[Any] = (
        select(col(ChatMessage.id))
        .where(col(ChatMessage.sent_at) < before)
        .order_by(col(ChatMessage.id))
        .limit(batch)
    )
    ids = list((await session.execute(old)).scalars())
    await index.forget_messages(session, ids)
    await apply(session, delete(Recording).where(col(Recording.message_id).in_(ids)))
    await apply(
        session,
        update(LeadField).where(col(LeadField.message_id).in_(ids)).values(message_id=None),
    )
    return await apply(session, delete(ChatMessage).where(col(ChatMessage.id).in_(ids)))


async def _drop_slots(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    before = now - timedelta(days=keeping.inbox_key_days)
    return await cron.forget_before(session, before, limit=batch)


async def _drop_counts(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    """Of quotas: months that are over, the last one excepted."""
    before = f"{now - _COUNTS_FOR:%Y-%m}"
    await apply(session, delete(quotas).where(quotas.c.month < before))
    return 0


_STEPS: tuple[Step, ...] = (
    _blank_events,
    _drop_events,
    _drop_dead_letters,
    _drop_sent,
    _drop_given_up,
    *keeping_tasks.STEPS,
    _drop_drafts,
    _drop_codes,
    _drop_chats,
    _drop_slots,
    _drop_counts,
)


async def _drop(session: AsyncSession, table: Any, is_old: tuple[Any, ...], batch: int) -> int:
    old = select(table.c.id).where(*is_old).order_by(table.c.settled_at).limit(batch)
    return await apply(session, delete(table).where(table.c.id.in_(old)))
