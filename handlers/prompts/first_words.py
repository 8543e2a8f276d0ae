"""An objection in what a client wrote before he had an owner: its talk track follows the new
owner's card as soon as further words would be told, so that both come about together."""

from datetime import timedelta

from config.rules import Rules
from config.settings import Settings
from crm_store.facts import LeadAssigned
from crm_store.models import Client, Member
from crm_store.queries import fields, leads
from crm_store.store import Transaction
from handlers.events import TimerDue
from handlers.hours import at_any_hour
from handlers.prompts.prompting import prompt_for
from handlers.reading import Reader
from handlers.router import Router

router = Router("talk_first_words")

_KIND = "talk_prompt"
_MOST_MESSAGES = 10


@router.on(LeadAssigned)
async def upon_an_owner(fact: LeadAssigned, tx: Transaction, rules: Rules) -> None:
    if fact.lead_id is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    if lead.owner_id != fact.owner_id or "objection" not in await fields.latest(tx, lead):
        return
    due = tx.now + timedelta(seconds=rules.escalation.client_words_notice_seconds)
    await tx.set_timer(_KIND, lead.ref, due, data={"owner_id": fact.owner_id})


@router.timer(_KIND)
async def bring(
    due: TimerDue, tx: Transaction, rules: Rules, reader: Reader, settings: Settings
) -> None:
    lead = await tx.lock_lead(int(due.subject[1:]))
    if not lead.is_open or lead.owner_id != due.data["owner_id"] or not lead.carded:
        return
    owner = await tx.get(Member, lead.owner_id)
    if not owner.active:
        return
    ahead = at_any_hour(owner, tx.now, settings.zone)
    if ahead > tx.now:
        await tx.set_timer(_KIND, lead.ref, ahead, data=due.data)
        return
    heard = await leads.heard_since(tx, lead, after=0, last=_MOST_MESSAGES)
    client = await tx.get(Client, lead.client_id)
    card, _ = await prompt_for(tx, lead, owner, heard, rules, reader, who=client.display)
    if card is not None:
        await tx.notify(owner, card, purpose="talk", client_id=lead.client_id, lead_id=lead.id)
