"""Whom a colleague means to talk to, and when."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from crm_store.models import CLOSED, Lead
from crm_store.view import View


async def agreed(view: View, owner_id: str, *, since: datetime, until: datetime) -> Sequence[Lead]:
    """His open leads with a next contact from `since` to before `until`, the nearest first."""
    query = (
        select(Lead)
        .where(
            col(Lead.owner_id) == owner_id,
            col(Lead.state).not_in(sorted(CLOSED)),
            col(Lead.next_contact_at) >= since,
            col(Lead.next_contact_at) < until,
        )
        .order_by(col(Lead.next_contact_at), col(Lead.id))
    )
    return (await view.session.exec(query)).all()
