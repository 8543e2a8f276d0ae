"""What was asked of colleagues, and is not answered yet."""

from collections.abc import Sequence

from sqlmodel import col, select

from crm_store.models import Client, Question
from crm_store.view import View


async def open_to(view: View, member_id: str) -> Sequence[Question]:
    """What he still has to answer, the oldest first; of an erased client nothing is left to say."""
    query = (
        select(Question)
        .join(Client, col(Client.id) == col(Question.client_id))
        .where(
            Question.asked_id == member_id,
            col(Question.answered_at).is_(None),
            col(Client.erased_at).is_(None),
        )
        .order_by(col(Question.id))
    )
    return (await view.session.exec(query)).all()
