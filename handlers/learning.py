"""From words to a lead's fields: translates what nlp found into records, each with its source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from crm_store.facts import FieldLearned, PriorityRaised
from crm_store.models import Lead, LeadField, Priority
from crm_store.queries import leads
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
_Fields = dict[str, LeadField]
"""A lead's fields in force, by name."""
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
    intent = reading.found.intent
    known = await _in_force(tx, lead)
    found = [_found(entity, message_id) for entity in entities if entity.type in _FIELDS]
    needs = await _needs(tx, lead, known, [*further, *intent.keywords], message_id)
    await _set(tx, lead, known, [*found, *needs])
    await raise_priority(tx, lead, intent)


async def learn(
    tx: Transaction, lead: Lead, entities: Iterable[Entity], *, message_id: int | None
) -> None:
    """Stores what was found as the lead's fields; a later value takes the earlier one's place."""
    found = [_found(entity, message_id) for entity in entities if entity.type in _FIELDS]
    await set_fields(tx, lead, found)


async def set_fields(tx: Transaction, lead: Lead, values: Sequence["FieldValue"]) -> None:
    await _set(tx, lead, await _in_force(tx, lead), values)


@dataclass(frozen=True)
class FieldValue:
    """What is to stand in a lead's field, and where it is from."""

    name: str
    value: Any
    words: str
    rule: str
    message_id: int | None = None
    span: tuple[int, int] = (0, 0)


def _found(entity: Entity, message_id: int | None) -> FieldValue:
    return FieldValue(
        name=entity.type,
        value=entity.value if isinstance(entity.value, str) else dict(entity.value),
        words=entity.text,
        rule=entity.by,
        message_id=message_id,
        span=(entity.start, entity.end),
    )


async def _needs(
    tx: Transaction, lead: Lead, known: _Fields, words: Sequence[str], message_id: int | None
) -> list[FieldValue]:
    """What is asked for, in the client's own words, added up over the messages."""
    if not words:
        return []
    needs = list(await _value(tx, lead, known[NEEDS])) if NEEDS in known else []
    fresh = [word for word in dict.fromkeys(words) if word not in needs]
    if not fresh:
        return []
    together = (needs + fresh)[:_MOST_NEEDS]
    return [FieldValue(NEEDS, together, "、".join(fresh), "intent", message_id)]


async def _set(tx: Transaction, lead: Lead, known: _Fields, values: Sequence[FieldValue]) -> None:
    """Adds the rows of what is new, in one go, and records each."""
    fresh: list[tuple[FieldValue, LeadField, LeadField | None]] = []
    for value in values:
        before = known.get(value.name)
        if before is not None and await _value(tx, lead, before) == value.value:
            continue
        content = orjson.dumps({"value": value.value, "words": value.words}).decode()
        row = LeadField(
            lead_id=lead.id,
            name=value.name,
            value=await tx.seal(lead.client_id, content, purpose="field"),
            message_id=value.message_id,
            start=value.span[0],
            end=value.span[1],
            rule=value.rule,
            learned_at=tx.now,
        )
        if before is not None:
            before.superseded_at = tx.now
        tx.add(row)
        known[value.name] = row
        fresh.append((value, row, before))
        _note_column(lead, value.name, value.value, tx.now)
    if not fresh:
        return
    tx.add(lead)
    await tx.flush()
    for value, row, before in fresh:
        await tx.record(
            FieldLearned(
                at=tx.now,
                client_id=lead.client_id,
                lead_id=lead.id,
                field=value.name,
                field_id=row.id,
                replaced_id=before.id if before else None,
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


async def _in_force(tx: Transaction, lead: Lead) -> _Fields:
    return {row.name: row for row in await leads.fields_in_force(tx, lead)}


async def _value(tx: Transaction, lead: Lead, field: LeadField) -> Any:
    return orjson.loads(await tx.open(lead.client_id, field.value, purpose="field"))["value"]


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
