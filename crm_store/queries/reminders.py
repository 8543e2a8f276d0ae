"""What colleagues asked to be reminded of."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import col, or_, select

from crm_store.models import Reminder, ReminderState
from crm_store.view import View


async def waiting(view: View, member_id: str) -> Sequence[Reminder]:
    """Those that will come to him, and those that he set for others, the nearest first."""
    query = (
        select(Reminder)
        .where(
            or_(col(Reminder.member_id) == member_id, col(Reminder.asked_by) == member_id),
            col(Reminder.state) == ReminderState.WAITING.value,
        )
        .order_by(col(Reminder.due_at), col(Reminder.id))
    )
    return (await view.session.exec(query)).all()


async def count_waiting(view: View, asked_by: str) -> int:
    query = select(func.count()).where(
        col(Reminder.asked_by) == asked_by, col(Reminder.state) == ReminderState.WAITING.value
    )
    return (await view.session.exec(query)).one()
