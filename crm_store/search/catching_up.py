"""What is on the timeline and not in the index."""

from collections.abc import Collection, Sequence

from sqlalchemy import exists, func
from sqlmodel import col, select

from crm_store.models import TimelineEntry
from crm_store.search.table import spoken
from crm_store.view import View


async def newest(view: View) -> int:
    """The number of the last fact; 0 where there is none."""
    return (await view.session.exec(select(func.max(col(TimelineEntry.id))))).one() or 0


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
