"""线索: which lead a client's words belong to, and opening one (product.md, Leads)."""

from crm_store.facts import LeadOpened
from crm_store.models import Client, Lead
from crm_store.queries import leads
from crm_store.store import Transaction

KF_SOURCE = "微信客服"
"""The source of leads from 微信客服, whose clients' nicknames the platform is asked for."""


async def lead_for(
    tx: Transaction, client: Client, *, product: tuple[str, str] | None, source: str
) -> tuple[Lead, bool]:
    """The client's open lead for this product line, and whether it was opened just now.

    Without a known product the newest open lead takes the words; a lead whose line was not known
    yet takes the line. `product` is (name, line).
    """
    open_leads = await leads.open_of_client(tx, client.id)
    _, line = product or ("", "")
    fitting = [lead for lead in open_leads if not line or lead.line in (line, "")]
    if fitting:
        # Nobody closes it meanwhile: whoever does must hold the client, whom we hold.
        lead = await tx.lock(Lead, max(fitting, key=lambda lead: (lead.line == line, lead.id)).id)
        if line and not lead.line:
            lead.line = line
        tx.add(lead)
        return lead, False
    return await open_lead(tx, client, product=product, source=source), True


async def open_lead(
    tx: Transaction, client: Client, *, product: tuple[str, str] | None, source: str
) -> Lead:
    """A new lead of the client's, who has no open one for this line."""
    name, line = product or ("", "")
    lead = Lead(
        client_id=client.id,
        line=line,
        product=name or None,
        source=source,
        region=client.region,
        opened_at=tx.now,
    )
    tx.add(lead)
    await tx.flush()
    await tx.record(LeadOpened(at=tx.now, client_id=client.id, lead_id=lead.id, source=source))
    return lead
