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


async def on_leads(view: View, lead_ids: Sequence[int]) -> Sequence[Collaborator]:
    """Who works on these leads beside their owners, the longest first."""
    query = (
        select(Collaborator)
        .where(col(Collaborator.lead_id).in_(lead_ids))
        .order_by(col(Collaborator.since), col(Collaborator.member_id))
    )
    return (await view.session.exec(query)).all()
