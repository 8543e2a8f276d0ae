"""预约确认卡片: where a preset says so, whoever gets the lead is sent a card to confirm the
appointment with, at once (#23)."""

from config.rules import Rules
from config.schemas.assignment import Action
from config.settings import Settings
from crm_store.facts import LeadAssigned
from crm_store.models import Member
from crm_store.store import Transaction
from handlers.hours import at_any_hour
from handlers.links import Links
from handlers.router import Router
from handlers.showing import working_view
from notifiers.cards.allocation import appointment_card

router = Router("appointment")


@router.on(LeadAssigned)
async def ask_to_confirm(
    fact: LeadAssigned, tx: Transaction, links: Links, settings: Settings, rules: Rules
) -> None:
    if fact.lead_id is None or Action.APPOINTMENT.value not in (fact.why or {}).get("actions", ()):
        return
    lead = await tx.lock_lead(fact.lead_id)
    if lead.owner_id != fact.owner_id or not lead.is_open:
        return  # tried again after the lead went on
    owner = await tx.get(Member, lead.owner_id)
    await tx.notify(
        owner,
        appointment_card(await working_view(tx, lead, owner, links, rules)),
        purpose="appointment",
        client_id=lead.client_id,
        lead_id=lead.id,
        due_at=at_any_hour(owner, tx.now, settings.zone),
    )
