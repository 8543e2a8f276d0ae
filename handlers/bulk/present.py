"""What is there already of the clients whom a batch concerns, read in a few questions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlmodel import col, select

from crm_store.models import Client, ClientKey, Intake, Lead, LeadField, client_records
from crm_store.models.lead import CLOSED
from crm_store.store import Transaction
from crm_store.vault import Cipher, Random
from crm_store.view import View
from handlers.bulk.sameness import is_somebody_else
from handlers.bulk.standing import StandingClient, StandingLead, Value
from handlers.fields import slots_of

_AT_ONCE = 500
"""Numbers in one question: what every database takes."""


async def taken_already(view: View, source: str, keys: Sequence[str]) -> set[str]:
    """Those of the source's own ids (hashed) that were handed in before."""
    found: set[str] = set()
    for some in _parts(keys):
        query = select(Intake.external_id).where(
            Intake.source == source, col(Intake.external_id).in_(some)
        )
        found.update((await view.session.exec(query)).all())
    return found


async def of_somebody_else(
    view: View, source: str, lines: Mapping[str, str], random: Random
) -> set[str]:
    """Of lines whose id (hashed) was handed in before, with their bodies: those that are about
    another person than then. A list that counts its lines from 1 each day has such ids."""
    kept: dict[str, tuple[int, bytes]] = {}
    for some in _parts(list(lines)):
        query = select(Intake.external_id, Intake.client_id, Intake.body).where(
            Intake.source == source, col(Intake.external_id).in_(some)
        )
        kept.update((key, (client, body)) for key, client, body in await view.session.exec(query))
    ciphers = await _ciphers(view, sorted({client for client, _ in kept.values()}), random)
    return {
        key
        for key, (client, body) in kept.items()
        if client in ciphers  # nobody knows whose the line of one who was erased was
        and is_somebody_else(
            orjson.loads(ciphers[client].open(body, purpose="intake")), orjson.loads(lines[key])
        )
    }


async def hold(tx: Transaction, of_records: Mapping[int, int]) -> bool:
    """Holds the clients until the commit, the lower number first (docs/adr/0016). Whether each is
    still one that may be written to, and the records of which he was known (by number) still his.

    Who answers False looks again: what was held stays held, and more comes to it.
    """
    if tx.commit.is_alone:
        return True
    ids = sorted(set(of_records.values()))
    is_as_judged = True
    for some in _parts(ids):
        query: Any = select(Client.id, Client.merged_into_id, Client.erased_at).where(
            col(Client.id).in_(some)
        )
        held = query.order_by(col(Client.id)).with_for_update(key_share=True)
        for number, merged_into_id, erased_at in (await tx.session.execute(held)).all():
            tx.commit.held.add((Client, number))
            is_as_judged &= merged_into_id is None and erased_at is None
    whose: dict[int, int] = {}
    for some in _parts(sorted(of_records)):
        owners = select(client_records.c.id, client_records.c.client_id).where(
            client_records.c.id.in_(some)
        )
        whose.update((record, client) for record, client in await tx.session.execute(owners))
    return is_as_judged and whose == dict(of_records)


async def standing(
    view: View, client_ids: Collection[int], random: Random
) -> dict[int, StandingClient]:
    """The clients as they are; those who were erased are not among them."""
    ids = sorted(client_ids)
    ciphers = await _ciphers(view, ids, random)
    clients: dict[int, StandingClient] = {}
    for some in _parts(ids):
        query = select(Client.id, Client.name, Client.company, Client.region).where(
            col(Client.id).in_(some), col(Client.erased_at).is_(None)
        )
        for number, name, company, region in (await view.session.exec(query)).all():
            if number in ciphers:
                client = StandingClient(
                    number, ciphers[number], name, company, region, is_new=False
                )
                client.was = client.columns
                clients[number] = client
    leads = await _open_leads(view, clients)
    await _fill(view, leads)
    return clients


async def _ciphers(view: View, ids: Sequence[int], random: Random) -> dict[int, Cipher]:
    keys: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
    for some in _parts(ids):
        query = select(ClientKey.holder_id, ClientKey.client_id, ClientKey.wrapped).where(
            col(ClientKey.holder_id).in_(some)
        )
        for holder, client, wrapped in (await view.session.exec(query)).all():
            keys[holder].append((client, wrapped))
    return {
        holder: view.vault.client_cipher(_own_first(holder, found), random=random)
        for holder, found in keys.items()
    }


def _own_first(holder: int, keys: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """With that one he seals."""
    return sorted(keys, key=lambda key: (key[0] != holder, key[0]))


async def _open_leads(view: View, clients: dict[int, StandingClient]) -> dict[int, StandingLead]:
    leads: dict[int, StandingLead] = {}
    columns = (
        *(Lead.id, Lead.client_id, Lead.line, Lead.product, Lead.region, Lead.priority),
        *(Lead.tags, Lead.budget, Lead.deadline_at, Lead.state, Lead.last_client_at),
    )
    for some in _parts(sorted(clients)):
        query: Any = select(*columns).where(  # type: ignore[call-overload]
            col(Lead.client_id).in_(some), col(Lead.state).not_in(CLOSED)
        )
        for number, client_id, *values in (await view.session.exec(query)).all():
            client = clients[client_id]
            lead = StandingLead(number, client, *values)
            lead.is_new, lead.tags = False, list(lead.tags)
            lead.was = lead.columns
            client.leads.append(lead)
            leads[number] = lead
    return leads


async def _fill(view: View, leads: dict[int, StandingLead]) -> None:
    """The values in force, what was suggested, and what a colleague took out."""
    corrected: set[int] = set()
    for some in _parts(sorted(leads)):
        query: Any = _VALUES.where(
            col(LeadField.lead_id).in_(some), col(LeadField.superseded_at).is_(None)
        )
        for row in (await view.session.execute(query)).all():
            lead = leads[row.lead_id]
            value = _opened(lead, row)
            if row.against_id is not None:
                lead.suggested.append(value)
                continue
            for slot in slots_of(value.name, value.value):
                lead.stands[slot] = value
            if value.is_correction:
                corrected.add(lead.id)
    for some in _parts(sorted(corrected)):
        gone = _VALUES.where(
            col(LeadField.lead_id).in_(some), col(LeadField.superseded_at).is_not(None)
        )
        for row in (await view.session.execute(gone)).all():
            lead = leads[row.lead_id]
            value = _opened(lead, row)
            if any(known.is_correction for known in _of(lead, value.name)):
                slots = slots_of(value.name, value.value)
                lead.taken_out.setdefault(value.name, set()).update(slots)


_VALUES: Any = select(  # type: ignore[call-overload]
    *(LeadField.id, LeadField.lead_id, LeadField.name, LeadField.value, LeadField.by),
    *(LeadField.said_at, LeadField.learned_at, LeadField.against_id),
).order_by(col(LeadField.id))


def _of(lead: StandingLead, name: str) -> Iterable[Value]:
    return (value for value in lead.stands.values() if value.name == name)


def _opened(lead: StandingLead, row: Any) -> Value:
    content = orjson.loads(lead.client.cipher.open(row.value, purpose="field"))
    said_at = row.said_at or row.learned_at
    is_ambiguous = bool(content.get("ambiguous"))
    return Value(row.id, row.name, content["value"], said_at, is_ambiguous, row.by is not None)


def _parts(numbers: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (numbers[at : at + _AT_ONCE] for at in range(0, len(numbers), _AT_ONCE))
