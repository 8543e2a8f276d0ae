"""What colleagues asked, promised and were told, once it is over its time. What waits stays."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Delete, Update, and_, delete, or_, select, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from config.schemas.keeping import Keeping
from crm_store.models import (
    Absence,
    DeskAlert,
    DocumentOffer,
    Promise,
    Question,
    Reminder,
    ReminderState,
    Talk,
)
from crm_store.models.promise import PENDING
from crm_store.upsert import changed_rows

Step = Callable[[AsyncSession, Keeping, datetime, int], Awaitable[int]]


async def apply(session: AsyncSession, statement: Update | Delete) -> int:
    return changed_rows(await session.execute(statement))


async def _drop_alerts(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    """Strong reminders that have been silent for as long as a message is kept, and those that rang
    in vain for as long as a dead letter is."""
    before = now - timedelta(days=keeping.outbox_days)
    in_vain = now - timedelta(days=keeping.dead_letter_days)
    is_old = or_(
        col(DeskAlert.seen_at) < before,
        and_(col(DeskAlert.seen_at).is_(None), col(DeskAlert.created_at) < in_vain),
    )
    return await _drop(session, DeskAlert.id, is_old, batch)


async def _drop_reminders(
    session: AsyncSession, keeping: Keeping, now: datetime, batch: int
) -> int:
    """One that was called off need not wait until it would have been due."""
    before = now - timedelta(days=keeping.reminder_days)
    is_old = and_(
        col(Reminder.state) != ReminderState.WAITING.value,
        col(Reminder.created_at) < before,
        or_(col(Reminder.due_at) < before, col(Reminder.state) == ReminderState.CANCELLED.value),
    )
    return await _drop(session, Reminder.id, is_old, batch)


async def _drop_promises(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    is_old = and_(
        col(Promise.state).not_in(PENDING),
        col(Promise.settled_at) < now - timedelta(days=keeping.promise_days),
    )
    return await _drop(session, Promise.id, is_old, batch)


async def _drop_questions(
    session: AsyncSession, keeping: Keeping, now: datetime, batch: int
) -> int:
    is_old = col(Question.answered_at) < now - timedelta(days=keeping.question_days)
    return await _drop(session, Question.id, is_old, batch)


async def _drop_offers(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    is_old = col(DocumentOffer.offered_at) < now - timedelta(days=keeping.offer_days)
    return await _drop(session, DocumentOffer.id, is_old, batch)


async def _drop_absences(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    is_old = col(Absence.ends_at) < now - timedelta(days=keeping.absence_days)
    return await _drop(session, Absence.id, is_old, batch)


async def _blank_talks(session: AsyncSession, keeping: Keeping, now: datetime, batch: int) -> int:
    """Whom a colleague spoke of and what he was asked back, as long as an event's own words. The
    question's number stays: an old card's button must not answer a new question."""
    before = now - timedelta(days=keeping.inbox_payload_days)
    counts = [
        await apply(
            session,
            update(Talk)
            .where(
                col(Talk.member_id).in_(
                    select(col(Talk.member_id))
                    .where(since < before, words.is_not(None))
                    .limit(batch)
                )
            )
            .values({words: None}),
        )
        for words, since in (
            (col(Talk.named), col(Talk.named_at)),
            (col(Talk.question), col(Talk.asked_at)),
        )
    ]
    return max(counts)


async def _drop(session: AsyncSession, key: Any, is_old: Any, batch: int) -> int:
    old = select(col(key)).where(is_old).order_by(col(key)).limit(batch)
    return await apply(session, delete(key.class_).where(col(key).in_(old)))


STEPS: tuple[Step, ...] = (
    _drop_alerts,
    _drop_reminders,
    _drop_promises,
    _drop_questions,
    _drop_offers,
    _drop_absences,
    _blank_talks,
)
