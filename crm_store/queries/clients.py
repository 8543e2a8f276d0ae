"""Questions about clients: whose leads are meant by a number, or by what somebody is known by."""

from collections.abc import Sequence

from sqlmodel import and_, col, or_, select

from crm_store.models import Identity, Lead
from crm_store.queries import aliases
from crm_store.view import Known, View

_AS_MANY_AS_MATTER = 200
"""A front desk's phone is known of many clients; nobody chooses among more of them."""


async def leads_of_number(view: View, number: int) -> Sequence[Lead]:
    """Every lead of the client that the number stands for today, the newest first."""
    live = await aliases.live_id(view, number)
    query = (
        select(Lead)
        .where(Lead.client_id == live)
        .order_by(col(Lead.id).desc())
        .limit(_AS_MANY_AS_MATTER)
    )
    return (await view.session.exec(query)).all()


async def leads_known_by(view: View, known: Sequence[Known]) -> Sequence[Lead]:
    """Every lead of the clients who have one of these identifiers, the newest first."""
    is_his = or_(
        *(
            and_(Identity.kind == kind, Identity.lookup == view.vault.lookup(kind, value))
            for kind, value in known
        )
    )
    query = (
        select(Lead)
        .join(Identity, col(Identity.client_id) == col(Lead.client_id))
        .where(is_his)
        .order_by(col(Lead.id).desc())
        .limit(_AS_MANY_AS_MATTER)
    )
    return (await view.session.exec(query)).unique().all()
