"""Questions about who works on a lead beside its owner."""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlmodel import col, select

from crm_store.models import Collaborator
from crm_store.view import View


async def leads_of(view: View, member_id: str) -> frozenset[int]:
    """The leads that the member collaborates on."""
    return frozenset((await view.session.exec(_LEADS_OF, params={"member_id": member_id})).all())


_LEADS_OF = select(Collaborator.lead_id).where(Collaborator.member_id == bindparam("member_id"))


async def on_lead(view: View, lead_id: int) -> Sequence[Collaborator]:
    """In the order in which they came."""
    query = (
        select(Collaborator)
        .where(Collaborator.lead_id == lead_id)
        .order_by(col(Collaborator.since), col(Collaborator.member_id))
    )
    return (await view.session.exec(query)).all()
