"""What was promised, and how it stands."""

from collections.abc import Collection, Sequence

from sqlmodel import col, select

from crm_store.models import Promise, PromiseState
from crm_store.view import View

PENDING = (PromiseState.OPEN.value, PromiseState.LATE.value)


async def pending_of_owners(view: View, owners: Collection[str]) -> Sequence[Promise]:
    """What these colleagues still have to keep, the nearest first, those without a date last."""
    query = (
        select(Promise)
        .where(col(Promise.owner_id).in_(owners), col(Promise.state).in_(PENDING))
        .order_by(col(Promise.due_at).is_(None), col(Promise.due_at), col(Promise.id))
    )
    return (await view.session.exec(query)).all()


async def pending_of_lead(view: View, lead_id: int) -> Sequence[Promise]:
    query = (
        select(Promise)
        .where(col(Promise.lead_id) == lead_id, col(Promise.state).in_(PENDING))
        .order_by(col(Promise.id))
    )
    return (await view.session.exec(query)).all()
