"""From words to a lead's fields: translates what nlp found into records, each with its source."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import col, select

from crm_store.facts import FieldLearned, PriorityRaised
from crm_store.models import Lead, LeadField, Priority
from crm_store.store import Transaction
from handlers.reading import REACHABLE, Reading, product_name
from nlp.facts import Entity, Intent

_FIELDS = frozenset(
    {
        "product",
        "budget",
        "quantity",
        "time",
        "region",
        "company",
        "person",
        "competitor",
        "urgency",
        "budget_status",
        "objection",
        "role",
        *REACHABLE,
    }
)
_LEVEL_HIGH = "high"
NEEDS = "need"
_MOST_NEEDS = 12


async def take_in(tx: Transaction, lead: Lead, reading: Reading, *, message_id: int | None) -> None:
    """Everything a message says about this lead: fields, needs, tags and priority."""
    entities, further = reading.for_line(lead.line)
    asked = [entity for entity in entities if entity.type == "product"]
    if lead.product is not None and asked and product_name(asked[0]) != lead.product:
        # Asked for as well: the lead keeps its product, the other is one more need.
        entities = [entity for entity in entities if entity.type != "product"]
        further = [product_name(asked[0]), *further]
    await learn(tx, lead, entities, message_id=message_id)
    intent = reading.found.intent
    await learn_needs(tx, lead, [*further, *intent.keywords], message_id=message_id)
    await raise_priority(tx, lead, intent)


async def learn(
    tx: Transaction, lead: Lead, entities: Iterable[Entity], *, message_id: int | None
) -> None:
    """Stores what was found as the lead's fields; a later value takes the earlier one's place."""
    for entity in entities:
        if entity.type not in _FIELDS:
            continue
        await set_field(
            tx,
            lead,
            entity.type,
            entity.value if isinstance(entity.value, str) else dict(entity.value),
            words=entity.text,
            message_id=message_id,
            span=(entity.start, entity.end),
            rule=entity.by,
        )


async def learn_needs(
    tx: Transaction, lead: Lead, words: Sequence[str], *, message_id: int | None
) -> None:
    """What is asked for, in the client's own words, added up over the messages."""
    known = await _known(tx, lead, NEEDS)
    needs = list(known[1]) if known else []
    fresh = [word for word in dict.fromkeys(words) if word not in needs]
    if fresh:
        await set_field(
            tx,
            lead,
            NEEDS,
            (needs + fresh)[:_MOST_NEEDS],
            words="、".join(fresh),
            message_id=message_id,
            rule="intent",
        )


async def set_field(
    tx: Transaction,
    lead: Lead,
    name: str,
    value: Any,
    *,
    words: str,
    rule: str,
    message_id: int | None = None,
    span: tuple[int, int] = (0, 0),
) -> None:
    known = await _known(tx, lead, name)
    if known is not None and known[1] == value:
        return
    content = orjson.dumps({"value": value, "words": words}).decode()
    row = LeadField(
        lead_id=lead.id,
        name=name,
        value=await tx.seal(lead.client_id, content, purpose="field"),
        message_id=message_id,
        start=span[0],
        end=span[1],
        rule=rule,
        learned_at=tx.now,
    )
    if known is not None:
        known[0].superseded_at = tx.now
        tx.add(known[0])
    tx.add(row)
    await tx.flush()
    _note_column(lead, name, value, tx.now)
    tx.add(lead)
    await tx.record(
        FieldLearned(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            field=name,
            field_id=row.id,
            replaced_id=known[0].id if known else None,
        )
    )


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
        PriorityRaised(at=tx.now, client_id=lead.client_id, lead_id=lead.id, tags=fresh)
    )


async def _known(tx: Transaction, lead: Lead, name: str) -> tuple[LeadField, Any] | None:
    query = (
        select(LeadField)
        .where(
            LeadField.lead_id == lead.id,
            LeadField.name == name,
            col(LeadField.superseded_at).is_(None),
        )
        .order_by(col(LeadField.id).desc())
    )
    row = (await tx.session.exec(query)).first()
    if row is None:
        return None
    return row, orjson.loads(await tx.open(lead.client_id, row.value, purpose="field"))["value"]


def _note_column(lead: Lead, name: str, value: Any, now: datetime) -> None:
    """What is ranked and shown in lists stands on the lead as well."""
    if name == "product":
        lead.product = value["name"]
    elif name == "budget" and value["currency"] == "CNY":
        lead.budget = value["max"] if value["max"] is not None else value["min"]
    elif name == "time":
        end = datetime.fromisoformat(value["end"])
        known = lead.deadline_at
        if end > now and (known is None or known <= now or end < known):
            lead.deadline_at = end
    elif name == "region":
        parts = (value.get("province"), value.get("city"), value.get("district"))
        lead.region = "".join(dict.fromkeys(part for part in parts if part))[:64]
