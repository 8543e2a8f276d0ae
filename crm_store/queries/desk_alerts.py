"""What rings on the second channel, and who may look at it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, or_, select

from crm_store.models import DeskAlert, DeskSeat, Member
from crm_store.view import View

MOST_RINGING = 20
"""So many are shown to one person, the newest: who has more has other sorrows."""


@dataclass(frozen=True)
class Seat:
    """Which link to his desk opens, whether he works here, and as what."""

    number: int
    is_active: bool
    roles: tuple[str, ...]


async def ringing_of_lead(view: View, lead_id: int) -> Sequence[DeskAlert]:
    query = (
        select(DeskAlert)
        .where(DeskAlert.lead_id == lead_id, col(DeskAlert.seen_at).is_(None))
        .order_by(col(DeskAlert.id))
    )
    return (await view.session.exec(query)).all()


async def of_assignment(
    view: View, lead_id: int, member_id: str, assigned_at: datetime
) -> DeskAlert | None:
    query = select(DeskAlert).where(
        DeskAlert.lead_id == lead_id,
        DeskAlert.member_id == member_id,
        DeskAlert.assigned_at == assigned_at,
    )
    return (await view.session.exec(query)).first()


async def ringing_of_members(
    view: View, members: Collection[str], *, now: datetime
) -> Mapping[str, tuple[int, ...]]:
    """Member → the alerts that ring before him now, the newest last.

    What was not planned for later needs no clock to tell that it rings: one that is set back
    silences nothing.
    """
    has_come = or_(col(DeskAlert.due_at) <= now, col(DeskAlert.due_at) <= col(DeskAlert.created_at))
    query = (
        select(DeskAlert.member_id, DeskAlert.id)
        .where(col(DeskAlert.member_id).in_(members), col(DeskAlert.seen_at).is_(None), has_come)
        .order_by(col(DeskAlert.id))
    )
    found: dict[str, list[int]] = {}
    for member_id, alert_id in (await view.session.exec(query)).all():
        found.setdefault(member_id, []).append(alert_id)
    return {member_id: tuple(ids[-MOST_RINGING:]) for member_id, ids in found.items()}


async def by_ids(view: View, ids: Collection[int]) -> Sequence[DeskAlert]:
    query = select(DeskAlert).where(col(DeskAlert.id).in_(ids)).order_by(col(DeskAlert.id))
    return (await view.session.exec(query)).all()


async def seats(view: View, members: Collection[str]) -> Mapping[str, Seat]:
    query = (
        select(DeskSeat.member_id, DeskSeat.seat, Member.active, Member.roles)
        .join(Member, col(Member.id) == col(DeskSeat.member_id))
        .where(col(DeskSeat.member_id).in_(members))
    )
    rows = (await view.session.exec(query)).all()
    return {
        member_id: Seat(number, is_active, tuple(roles))
        for member_id, number, is_active, roles in rows
    }
