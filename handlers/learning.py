"""From words to a lead's fields: what a message says is taken in, and the lead's columns follow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm_store.facts import PriorityRaised
from crm_store.models import Client, Lead, Priority
from crm_store.queries.fields import KnownField
from crm_store.store import Transaction
from handlers.fields import as_budget
from handlers.findings import About, statements
from handlers.growing import Change, Known, Outcome, Statement
from handlers.reading import Reading
from nlp.facts import Intent

_LEVEL_HIGH = "high"
_LONGEST_REGION = 64
_LONGEST_COMPANY = 200
_LONGEST_PRODUCT = 128


async def take_in(
    tx: Transaction, lead: Lead, reading: Reading, *, message_id: int | None, said_at: datetime
) -> list[Change]:
    """Everything a message says about this lead: fields, needs, tags and priority."""
    changes = await learn(tx, lead, reading, message_id=message_id, said_at=said_at)
    await raise_priority(tx, lead, reading.found.intent)
    return changes


async def learn(
    tx: Transaction, lead: Lead, reading: Reading, *, message_id: int | None, said_at: datetime
) -> list[Change]:
    """The facts alone: a colleague's note tells what is so, not how much the client wants it."""
    about = About(lead.line, lead.product)
    return await hear(tx, lead, statements(reading, about, said_at=said_at, message_id=message_id))


async def hear(
    tx: Transaction, lead: Lead, said: Sequence[Statement], *, names_client: bool = True
) -> list[Change]:
    """Stores what was said; what changed. The client is held. `names_client`: whether a company
    that is said may become the client's."""
    if not said:
        return []
    known = await Known.of(tx, lead)
    changes = await known.hear(said)
    for change in changes:
        is_of_client = change.now.name == "company"
        if change.outcome in (Outcome.NEW, Outcome.CHANGES) and (names_client or not is_of_client):
            await note_columns(tx, lead, change.now, before=change.before)
    return changes


async def raise_priority(tx: Transaction, lead: Lead, intent: Intent) -> None:
    """#2: new tags, and high priority where the intent is; a priority never falls by itself."""
    fresh = [tag for tag in intent.tags if tag not in lead.tags]
    rises = intent.level == _LEVEL_HIGH and lead.priority != Priority.HIGH
    if not fresh and not rises:
        return
    lead.tags = [*lead.tags, *fresh]
    if rises:
        lead.priority = Priority.HIGH
    tx.add(lead)
    await tx.record(
        PriorityRaised(
            at=tx.now, client_id=lead.client_id, lead_id=lead.id, tags=fresh, to=lead.priority
        )
    )


async def note_columns(
    tx: Transaction, lead: Lead, now: KnownField, *, before: KnownField | None
) -> None:
    """What is ranked, assigned and searched by stands on the lead and the client as well."""
    value = now.value
    match now.name:
        case "product":
            lead.product = str(value["name"])[:_LONGEST_PRODUCT] if value else None
        case "budget":
            lead.budget = amount_of(value)
        case "time":
            # What the words leave open makes no deadline: a wrong day is worse than none.
            if not now.is_ambiguous or now.row.is_correction:
                lead.deadline_at = deadline_of(value, after=tx.now)
        case "region":
            lead.region = region_of(value)
        case "company":
            await _note_company(tx, lead, now, before)
        case _:
            return
    tx.add(lead)


def amount_of(value: Any) -> int | None:
    budget = as_budget(value)
    if budget is None or budget.currency != "CNY":
        return None
    amount = budget.high if budget.high is not None else budget.low
    return None if amount is None else int(amount)


def deadline_of(value: Any, *, after: datetime) -> datetime | None:
    if not isinstance(value, dict) or "end" not in value:
        return None
    end = datetime.fromisoformat(value["end"])
    return end if end > after else None


def region_of(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value or "")[:_LONGEST_REGION]
    parts = (value.get("province"), value.get("city"), value.get("district"))
    return "".join(dict.fromkeys(part for part in parts if part))[:_LONGEST_REGION]


async def _note_company(
    tx: Transaction, lead: Lead, now: KnownField, before: KnownField | None
) -> None:
    """He is found by his company's name; a name that came from elsewhere is left alone."""
    client = await tx.get(Client, lead.client_id)
    was = str(before.value or "") if before is not None else ""
    if now.row.is_correction or client.company in ("", was[:_LONGEST_COMPANY]):
        client.company = str(now.value or "")[:_LONGEST_COMPANY]
        tx.add(client)
