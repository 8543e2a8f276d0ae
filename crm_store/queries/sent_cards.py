"""What stands on people's screens."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, or_
from sqlalchemy import select as columns
from sqlmodel import col, func, select

from crm_store.models import SentCard
from crm_store.outbox import Errand, outbox
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


async def live_of(
    view: View, member_id: str, purpose: str, *, since: datetime
) -> Sequence[SentCard]:
    """The cards of this purpose that he got since then and that still have their buttons."""
    query = select(SentCard).where(
        SentCard.member_id == member_id,
        col(SentCard.created_at) >= since,
        SentCard.purpose == purpose,
        col(SentCard.settled_at).is_(None),
    )
    return (await view.session.exec(query)).all()


async def was_told_since(view: View, member_id: str, since: datetime) -> bool:
    """Whether anything has come to him after that moment: a card or a text."""
    found = exists().where(
        outbox.c.member_id == member_id,
        outbox.c.errand == Errand.SEND,
        outbox.c.due_at <= view.now,
        or_(outbox.c.created_at > since, outbox.c.due_at > since),
    )
    return bool((await view.session.execute(columns(found))).scalar())
