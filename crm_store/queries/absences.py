"""Who is away, and until when."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import col, select

from crm_store.models import Absence
from crm_store.view import View


async def of_member(
    view: View, member_id: str, *, after: datetime
) -> list[tuple[datetime, datetime]]:
    """(from, back) of his leave that lasts past `after`, in order."""
    query = (
        select(Absence.starts_at, Absence.ends_at)
        .where(
            Absence.member_id == member_id,
            col(Absence.ends_at) > after,
            col(Absence.ends_at) > col(Absence.starts_at),
        )
        .order_by(col(Absence.starts_at), col(Absence.id))
    )
    return [(start, end) for start, end in (await view.session.exec(query)).all()]


async def away(view: View, at: datetime) -> Mapping[str, datetime]:
    """Member → the moment he is back, of everybody who is away at `at`."""
    query = select(Absence).where(col(Absence.starts_at) <= at, col(Absence.ends_at) > at)
    back: dict[str, datetime] = {}
    for absence in (await view.session.exec(query)).all():
        back[absence.member_id] = max(absence.ends_at, back.get(absence.member_id, absence.ends_at))
    return back


async def lasting(
    view: View, members: Sequence[str], *, after: datetime, begun_by: datetime | None = None
) -> list[Absence]:
    """Leave of these members that lasts past `after` (and has begun by a moment), in order."""
    query = (
        select(Absence)
        .where(
            col(Absence.member_id).in_(members),
            col(Absence.ends_at) > after,
            col(Absence.ends_at) > col(Absence.starts_at),
        )
        .order_by(col(Absence.starts_at), col(Absence.id))
    )
    if begun_by is not None:
        query = query.where(col(Absence.starts_at) <= begun_by)
    return list((await view.session.exec(query)).all())
