"""Who is away, and until when."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import col, select

from crm_store.models import Absence
from crm_store.view import View


async def of_member(
    view: View, member_id: str, *, after: datetime
) -> list[tuple[datetime, datetime]]:
    """(from, back) of his leave that lasts past `after`, in order."""
    given = {"member": member_id, "after": after}
    return [(start, end) for start, end in (await view.session.exec(_OF_MEMBER, params=given))]


_OF_MEMBER = (
    select(Absence.starts_at, Absence.ends_at)
    .where(
        Absence.member_id == bindparam("member"),
        col(Absence.ends_at) > bindparam("after"),
        col(Absence.ends_at) > col(Absence.starts_at),
    )
    .order_by(col(Absence.starts_at), col(Absence.id))
)
"""Asked after every fact of a lead."""


async def away(view: View, at: datetime) -> Mapping[str, datetime]:
    """Member → the moment he is back, of everybody who is away at `at`."""
    back: dict[str, datetime] = {}
    for absence in await view.session.exec(_AWAY, params={"at": at}):
        back[absence.member_id] = max(absence.ends_at, back.get(absence.member_id, absence.ends_at))
    return back


_AWAY = select(Absence).where(
    col(Absence.starts_at) <= bindparam("at"), col(Absence.ends_at) > bindparam("at")
)


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
