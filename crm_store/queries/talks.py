"""Whom a colleague and the assistant speak of: his clients, the one he dealt with last first."""

from collections.abc import Collection, Sequence

from sqlalchemy import func
from sqlmodel import col, select

from crm_store.models import Client, Lead
from crm_store.models.lead import IS_OPEN
from crm_store.view import View

_TOUCHED = func.coalesce(
    col(Lead.last_followed_up_at),
    col(Lead.viewed_at),
    col(Lead.assigned_at),
    col(Lead.opened_at),
)


async def dealt_with(
    view: View, owners: Collection[str], *, most: int
) -> Sequence[tuple[Client, Lead]]:
    """Open leads of these owners with their clients, the latest dealt with first."""
    query = (
        select(Client, Lead)
        .join(Lead, col(Lead.client_id) == col(Client.id))
        .where(col(Lead.owner_id).in_(owners), IS_OPEN)
        .order_by(_TOUCHED.desc(), col(Lead.id).desc())
        .limit(most)
    )
    return (await view.session.exec(query)).all()
