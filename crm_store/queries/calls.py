"""What is to be known of leads to say whom to call first: for any number of owners at once."""

from collections.abc import Collection, Mapping, Sequence

from sqlmodel import col, select

from crm_store.models import Client, Lead, LeadField
from crm_store.models.lead import IS_OPEN
from crm_store.queries import fields
from crm_store.queries.fields import KnownField
from crm_store.view import View

_AT_ONCE = 500


async def open_with_clients(view: View, owners: Collection[str]) -> list[tuple[Lead, Client]]:
    """Their open leads, each with its client, in one statement for five hundred owners."""
    listed = sorted(owners)
    found: list[tuple[Lead, Client]] = []
    for start in range(0, len(listed), _AT_ONCE):
        query = (
            select(Lead, Client)
            .join(Client, col(Client.id) == col(Lead.client_id))
            .where(col(Lead.owner_id).in_(listed[start : start + _AT_ONCE]), IS_OPEN)
            .order_by(col(Lead.id))
        )
        found += (await view.session.exec(query)).all()
    return found


async def values_in_force(
    view: View, leads: Sequence[Lead], names: Collection[str]
) -> Mapping[int, Mapping[str, KnownField]]:
    """By lead, then by field, what is known; of a field that holds several the latest."""
    clients = {lead.id: lead.client_id for lead in leads}
    query = (
        select(LeadField)
        .where(
            col(LeadField.lead_id).in_(clients),
            col(LeadField.name).in_(names),
            col(LeadField.superseded_at).is_(None),
            col(LeadField.against_id).is_(None),
        )
        .order_by(col(LeadField.id))
    )
    known: dict[int, dict[str, KnownField]] = {number: {} for number in clients}
    for row in (await view.session.exec(query)).all():
        opened = await fields.open_row(view, clients[row.lead_id], row)
        if opened is not None and opened.value is not None:
            known[row.lead_id][opened.name] = opened
    return known
