"""What is on the timeline and not in the index."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import exists
from sqlmodel import col, select

from crm_store.models import TimelineEntry
from crm_store.search.table import spoken
from crm_store.view import View

_SETTLED = timedelta(minutes=10)


async def newest_settled(view: View) -> int:
    """The number of the last fact that nobody can still be about to commit a smaller one beside;
    0 where there is none."""
    query = (
        select(col(TimelineEntry.id))
        .where(col(TimelineEntry.at) < view.now - _SETTLED)
        .order_by(col(TimelineEntry.id).desc())
        .limit(1)
    )
    return (await view.session.exec(query)).first() or 0


async def not_entered(
    view: View, kinds: Collection[str], *, after: int, most: int
) -> Sequence[TimelineEntry]:
    """The oldest facts of these kinds after the number `after` that no word is known of."""
    is_entered = exists().where(spoken.c.entry_id == col(TimelineEntry.id))
    query = (
        select(TimelineEntry)
        .where(col(TimelineEntry.id) > after, col(TimelineEntry.kind).in_(kinds), ~is_entered)
        .order_by(col(TimelineEntry.id))
        .limit(most)
    )
    return (await view.session.exec(query)).all()
