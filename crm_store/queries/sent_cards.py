"""What stands on people's screens."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import col, func, select

from crm_store.models import SentCard
from crm_store.view import View


async def told_since(
    view: View, member_id: str, since: datetime, *, purposes: Collection[str]
) -> int:
    """How many cards of these purposes he got since then."""
    query = (
        select(func.count())
        .select_from(SentCard)
        .where(
            SentCard.member_id == member_id,
            col(SentCard.created_at) >= since,
            col(SentCard.purpose).in_(purposes),
        )
    )
    return (await view.session.exec(query)).one()
