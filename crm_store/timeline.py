"""时间线: facts read back as they were recorded, and told again."""

from sqlmodel import col, select

from crm_store.facts import KINDS, Fact, FollowUpWithdrawn
from crm_store.models import Lead, TimelineEntry
from crm_store.view import View


async def read_fact(view: View, entry: TimelineEntry) -> Fact:
    """The fact as it was recorded."""
    words = None
    if entry.words is not None and entry.client_id is not None:
        words = await view.open(entry.client_id, entry.words, purpose="fact")
    return KINDS[entry.kind](
        at=entry.at,
        client_id=entry.client_id,
        lead_id=entry.lead_id,
        by=entry.by,
        why=entry.why,
        words=words,
        **entry.data,
    )


async def without(view: View, lead: Lead, follow_up_id: int) -> Lead:
    """How the lead would stand had this follow-up not been recorded, nor any that was withdrawn."""
    query = (
        select(TimelineEntry)
        .where(TimelineEntry.lead_id == lead.id)
        .order_by(col(TimelineEntry.id))
    )
    entries = (await view.session.exec(query)).all()
    gone = {follow_up_id}
    gone |= {one.data["follow_up_id"] for one in entries if one.kind == FollowUpWithdrawn.kind}
    told = Lead(client_id=lead.client_id, source=lead.source, opened_at=lead.opened_at)
    for entry in entries:
        if entry.id not in gone and entry.kind != FollowUpWithdrawn.kind:
            told.apply(await read_fact(view, entry))
    return told


async def tell_again(view: View, lead: Lead) -> None:
    """Sets the columns that only facts may change to what the lead's timeline says: after facts
    were moved to it, or from it."""
    told = Lead(client_id=lead.client_id, source=lead.source, opened_at=lead.opened_at)
    query = (
        select(TimelineEntry)
        .where(TimelineEntry.lead_id == lead.id)
        .order_by(col(TimelineEntry.id))
    )
    for entry in (await view.session.exec(query)).all():
        told.apply(await read_fact(view, entry))
    for name, value in told.columns_by_fact().items():
        setattr(lead, name, value)
