"""What of a lead stands in colleagues' own lists, and what should."""

from collections.abc import Sequence

from sqlmodel import col, select

from crm_store.models import AgendaEntry, Promise
from crm_store.queries.promises import PENDING
from crm_store.view import View


async def of_lead(view: View, lead_id: int) -> Sequence[AgendaEntry]:
    query = select(AgendaEntry).where(col(AgendaEntry.lead_id) == lead_id)
    return (await view.session.exec(query.order_by(col(AgendaEntry.key)))).all()


async def pending_on(view: View, lead_id: int) -> Sequence[Promise]:
    """What was promised on this very lead: what was folded into it has its own entries."""
    query = select(Promise).where(col(Promise.lead_id) == lead_id, col(Promise.state).in_(PENDING))
    return (await view.session.exec(query.order_by(col(Promise.id)))).all()


async def stands_for(view: View, lead_id: int, account: str | None) -> bool:
    """Whether anything about the lead stands in this account's lists."""
    query = (
        select(AgendaEntry.key)
        .where(
            AgendaEntry.lead_id == lead_id,
            AgendaEntry.account == account,
            col(AgendaEntry.ends_as).is_(None),
        )
        .limit(1)
    )
    return (await view.session.exec(query)).first() is not None
