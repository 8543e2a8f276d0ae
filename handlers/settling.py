"""What stands of a lead's fields once some came to it, or left: told again in the order in which
they were heard, and the lead's columns after them."""

from collections.abc import Iterable

from crm_store.models import Client, Lead, LeadField, Priority
from crm_store.queries import fields, leads
from crm_store.queries.fields import KnownField
from crm_store.store import Transaction
from crm_store.timeline import tell_again
from handlers.fields import SEVERAL, Slot, slots_of
from handlers.growing import Outcome, judge, said_before
from handlers.learning import note_columns

_EVERY = 1000


async def settle(tx: Transaction, lead: Lead) -> None:
    """Everything that follows from the lead's facts and fields is as they say."""
    await tell_again(tx, lead)
    await _raise_again(tx, lead)
    await settle_fields(tx, lead)
    tx.add(lead)
    await tx.flush()


async def _raise_again(tx: Transaction, lead: Lead) -> None:
    """Tags and priority, by what raised them."""
    raised = await leads.entries(tx, lead, "priority_raised", last=_EVERY)
    lead.tags = list(dict.fromkeys(tag for entry in raised for tag in entry.data["tags"]))
    high = [entry for entry in raised if entry.data.get("to", Priority.HIGH) == Priority.HIGH]
    lead.priority = Priority.HIGH if high else Priority.NORMAL


async def settle_fields(tx: Transaction, lead: Lead) -> None:
    lead.budget = lead.deadline_at = None
    lead.region = (await tx.get(Client, lead.client_id)).region
    opened = await fields.open_all(tx, lead, await fields.every(tx, lead))
    for known in _in_force(tx, opened):
        if known.name != "company":  # whose name it is: unmerging.py
            await note_columns(tx, lead, known, before=None)


def _in_force(tx: Transaction, rows: Iterable[KnownField]) -> list[KnownField]:
    """Judges each again by what stood when it was heard, and notes what became of it."""
    by_slot: dict[Slot, KnownField] = {}
    for known in sorted(rows, key=lambda one: one.row.id):
        row = known.row
        if row.against_id is not None and row.superseded_at is not None:
            continue  # a suggestion that was decided
        if row.is_correction:
            _correct(tx, by_slot, known)
        else:
            _hear(tx, by_slot, known)
        tx.add(row)
    return list({id(known.row): known for known in by_slot.values()}.values())


def _correct(tx: Transaction, by_slot: dict[Slot, KnownField], known: KnownField) -> None:
    """Takes the place of all that stood in the field but the values he gave with it."""
    row = known.row
    for slot, stands in list(by_slot.items()):
        given_together = stands.row.by == row.by and stands.row.learned_at == row.learned_at
        if slot[0] == known.name and not (given_together and known.name in SEVERAL):
            _supersede(tx, stands.row)
            del by_slot[slot]
    row.superseded_at = row.against_id = None
    by_slot[slots_of(known.name, known.value)[0]] = known


def _hear(tx: Transaction, by_slot: dict[Slot, KnownField], known: KnownField) -> None:
    row = known.row
    slots = slots_of(known.name, known.value)
    stands = by_slot.get(slots[0])
    outcome = judge(stands, said_before(known))
    row.against_id = row.replaces_id = None
    if outcome in (Outcome.SAID_AGAIN, Outcome.LATE):
        _supersede(tx, row)
        return
    row.superseded_at = None
    if outcome is Outcome.SUGGESTS and stands is not None:
        row.against_id = stands.row.id
        return
    if stands is not None:
        row.replaces_id = stands.row.id
        _supersede(tx, stands.row)
    by_slot |= dict.fromkeys(slots, known)


def _supersede(tx: Transaction, row: LeadField) -> None:
    row.superseded_at = row.superseded_at or tx.now
    tx.add(row)
