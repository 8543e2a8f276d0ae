"""主数据: what is in force of a client is worked out from all who know him, and every registered
system is told of each change (#17, #18).

    a fact of his          looked at once more: is anything in force that was not before?
    ClientsMerged …        whose number stands for whom
    ClientErased           the last that is told

A system is told nothing that it says itself. A value that differs in its spelling only is no
change, one that is said again is none either, and one that two systems send to and fro stops.
"""

from collections.abc import Sequence

import structlog

from config.rules import Rules
from config.schemas.connections import FIELDS, Connections, FieldName, System
from crm_store.facts import (
    ClientErased,
    ClientNamed,
    ClientsMerged,
    ClientsUnmerged,
    FieldCorrected,
    FieldLearned,
    LeadOpened,
    MasterChanged,
    SystemRecorded,
)
from crm_store.models import Client, MasterRecord, SystemRecord
from crm_store.queries import master
from crm_store.store import Transaction
from handlers import master_notices
from handlers.alarms import tell_admins
from handlers.events import CallAnswered
from handlers.master_bodies import RecordBody, Standing, record_body, seal_standing, standing_of
from handlers.master_notices import Notice
from handlers.own_values import COLUMNS, own_values
from handlers.router import Router
from handlers.surviving import OURS, Value, alike, counted, winner

router = Router("mastering")
log = structlog.get_logger(__name__)

_FACTS = (ClientNamed, FieldCorrected, FieldLearned, LeadOpened, SystemRecorded)
"""After these, what is in force may be another."""
_Records = Sequence[tuple[SystemRecord, RecordBody]]


# -- when to look --------------------------------------------------------------------------------


@router.on(LeadOpened)
async def lead_opened(fact: LeadOpened, tx: Transaction, rules: Rules) -> None:
    await _after(fact, tx, rules)


@router.on(ClientNamed)
async def client_named(fact: ClientNamed, tx: Transaction, rules: Rules) -> None:
    await _after(fact, tx, rules)


@router.on(FieldLearned)
async def field_learned(fact: FieldLearned, tx: Transaction, rules: Rules) -> None:
    await _after(fact, tx, rules)


@router.on(FieldCorrected)
async def field_corrected(fact: FieldCorrected, tx: Transaction, rules: Rules) -> None:
    await _after(fact, tx, rules)


@router.on(SystemRecorded)
async def system_recorded(fact: SystemRecorded, tx: Transaction, rules: Rules) -> None:
    await _after(fact, tx, rules)


async def _after(
    fact: ClientNamed | FieldCorrected | FieldLearned | LeadOpened | SystemRecorded,
    tx: Transaction,
    rules: Rules,
) -> None:
    """Once for all the facts of one event: after the last of them."""
    if fact.client_id is None or not rules.connections.systems:
        return
    of_him = [
        one for _, one in tx.recorded if isinstance(one, _FACTS) and one.client_id == fact.client_id
    ]
    if not of_him or of_him[-1] is fact:
        await look(tx, fact.client_id, rules)


@router.on(ClientsMerged)
async def clients_merged(fact: ClientsMerged, tx: Transaction, rules: Rules) -> None:
    if fact.client_id is None or not rules.connections.systems:
        return
    gone = await tx.find(MasterRecord, fact.merged_id)
    if gone is not None and gone.sequence:
        for system in rules.connections.told:
            await master_notices.join_lanes(tx, system, fact.merged_id, fact.client_id)
        _count(tx, gone)
        into = await tx.get(Client, fact.client_id)
        notice = Notice("client.merged", gone.client_id, gone.sequence, merged_into=into.ref)
        await _tell_everybody(tx, rules.connections, notice)
    await look(tx, fact.client_id, rules)


@router.on(ClientsUnmerged)
async def clients_unmerged(fact: ClientsUnmerged, tx: Transaction, rules: Rules) -> None:
    if fact.client_id is None or not rules.connections.systems:
        return
    is_back = fact.client_id == fact.merged_id
    await look(tx, fact.client_id, rules, has_come_back=is_back)


@router.on(ClientErased)
async def client_erased(fact: ClientErased, tx: Transaction, rules: Rules) -> None:
    if fact.client_id is None:
        return
    row = await tx.find(MasterRecord, fact.client_id)
    if row is None or not row.sequence:
        return
    _count(tx, row)
    gone = await master.told_aliases(tx, fact.client_id)
    notice = Notice("client.erased", row.client_id, row.sequence, merged_cids=tuple(gone))
    await _tell_everybody(tx, rules.connections, notice)


@router.answer(master_notices.PURPOSE)
async def not_taken(answer: CallAnswered, tx: Transaction, rules: Rules) -> None:
    """A system did not take a change for good. The next one tells it everything anew."""
    system = rules.connections.named(answer.context["system"])
    if system is None:
        return  # it was taken out of connections.yaml
    why = answer.error_code or "超过 24 小时"
    words = f"{system.called}没有收下客户 C{answer.context['client_id']} 的变化（{why}）"
    await tell_admins(tx, rules, words, subject=f"webhook:{system.name}")


# -- looking -------------------------------------------------------------------------------------


async def look(
    tx: Transaction,
    client_id: int,
    rules: Rules,
    *,
    has_come_back: bool = False,
    only: System | None = None,
) -> frozenset[str]:
    """Works out what is in force, and tells the systems what of it is news to them; which were
    told. Of a client of whom nobody has heard yet, `only` this one is."""
    client = await tx.lock_client(client_id)
    if client.erased_at is not None:
        return frozenset()
    row = await tx.find(MasterRecord, client.id)
    before = await standing_of(tx, row)
    records = await _records(tx, client)
    now = await _standing(tx, client, rules.connections, before, records)
    _put_in_columns(tx, client, now)
    await _tell_of_disputes(tx, rules, client, before, now)
    row = row or MasterRecord(client_id=client.id, changed_at=tx.now)
    changed = [name for name in FIELDS if not alike(name, _text(before, name), _text(now, name))]
    is_news = bool(changed) or now.merged != before.merged or has_come_back
    is_known = row.sequence > 0
    if now != before or is_news:
        row.body = await seal_standing(tx, client.id, now)
        tx.add(row)
    if not is_news or not (is_known or now.fields):
        await tx.flush()
        return frozenset()
    _count(tx, row)
    await _record(tx, client, row, now, changed)
    event = "client.changed" if is_known else "client.created"
    notice = Notice(
        "client.unmerged" if has_come_back and is_known else event,
        client.id,
        row.sequence,
        changed=tuple(changed),
        fields={name: value.text for name, value in now.fields.items()},
        merged_cids=tuple(now.merged),
    )
    numbering = has_come_back or now.merged != before.merged
    told = rules.connections if only is None or is_known else Connections(systems=(only,))
    return await _tell_whom_it_is_news_to(tx, told, notice, records, is_for_all=numbering)


async def _records(tx: Transaction, client: Client) -> _Records:
    rows = await master.records_of(tx, client.id)
    return [(row, await record_body(tx, row)) for row in rows]


async def _standing(
    tx: Transaction,
    client: Client,
    connections: Connections,
    before: Standing,
    records: _Records,
) -> Standing:
    said = [body.values(record.system) for record, body in records]
    ours = await own_values(tx, client, before, records)
    now = Standing(changes=dict(before.changes), merged=await master.told_aliases(tx, client.id))
    now.ours = {name: value for name, value in ours.items() if name in COLUMNS}
    for name in FIELDS:
        stands = before.fields.get(name)
        offers = [values[name] for values in (ours, *said) if name in values]
        wins = {system.name: system.sets.get(name, "ours") for system in connections.systems}
        best = winner(offers, wins, stands)
        kept = _settled(tx, name, stands, best, now)
        if kept is not None:
            now.fields[name] = kept
    return now


def _settled(
    tx: Transaction,
    name: FieldName,
    stands: Value | None,
    best: Value | None,
    now: Standing,
) -> Value | None:
    """What is in force from now on: a change, unless it is one of spelling or one too many."""
    if best is None:
        return None
    if stands is not None and alike(name, stands.text, best.text):
        return stands
    changes = counted(now.changes.get(name), best, at=tx.now)
    now.changes[name] = changes
    return stands if changes.are_too_many else best


async def _tell_of_disputes(
    tx: Transaction, rules: Rules, client: Client, before: Standing, now: Standing
) -> None:
    """Where systems changed a field too often, what stands there stays for the day."""
    for name, changes in now.changes.items():
        was = before.changes.get(name)
        if changes.are_too_many and not (was is not None and was.are_too_many):
            log.warning("systems_disagree", client=client.id, field=name)
            words = (
                f"相连的系统反复改客户 {client.ref} 的 {name}，今天不再跟着改："
                "请看 connections.yaml 的 sets，只让一个系统改它"
            )
            await tell_admins(tx, rules, words, subject=f"master:{name}")


def _put_in_columns(tx: Transaction, client: Client, now: Standing) -> None:
    """People find and call him by what is in force."""
    for name in COLUMNS:
        text = _text(now, name)
        if text and not alike(name, getattr(client, name), text):
            setattr(client, name, text)
            tx.add(client)


def _text(standing: Standing, name: FieldName) -> str:
    value = standing.fields.get(name)
    return value.text if value is not None else ""


def _count(tx: Transaction, row: MasterRecord) -> None:
    row.sequence += 1
    row.changed_at = tx.now
    tx.add(row)


async def _record(
    tx: Transaction, client: Client, row: MasterRecord, now: Standing, changed: Sequence[FieldName]
) -> None:
    sources = {now.fields[name].source if name in now.fields else OURS for name in changed}
    await tx.record(
        MasterChanged(
            at=tx.now,
            client_id=client.id,
            sequence=row.sequence,
            fields=list(changed),
            sources=sorted(sources),
        )
    )


# -- telling -------------------------------------------------------------------------------------


async def _tell_whom_it_is_news_to(
    tx: Transaction,
    connections: Connections,
    notice: Notice,
    records: _Records,
    *,
    is_for_all: bool,
) -> frozenset[str]:
    """Not to a system that says the same itself, nor about what it may not see."""
    told = set()
    for system in connections.told:
        own = [body for record, body in records if record.system == system.name]
        seen = [name for name in notice.changed if name in system.sees]
        is_news = not own or any(
            not alike(name, _said(body, name), notice.fields.get(name))
            for body in own
            for name in seen
        )
        if is_for_all or (seen and is_news):
            mine = tuple(body.external_id for body in own)
            await master_notices.tell(tx, system, notice, external_ids=mine)
            told.add(system.name)
    return frozenset(told)


async def introduce(tx: Transaction, client_id: int, rules: Rules, to: str) -> None:
    """Tells a system that was registered later of a client, as he is."""
    system = rules.connections.named(to)
    if system is None or to in await look(tx, client_id, rules, only=system):
        return
    client = await tx.lock_client(client_id)
    row = await tx.find(MasterRecord, client.id)
    if row is None or not row.sequence or client.erased_at is not None:
        return
    standing = await standing_of(tx, row)
    records = await _records(tx, client)
    notice = Notice(
        "client.changed",
        client.id,
        row.sequence,
        changed=tuple(standing.fields),
        fields={name: value.text for name, value in standing.fields.items()},
        merged_cids=tuple(standing.merged),
    )
    only = Connections(systems=(system,))
    await _tell_whom_it_is_news_to(tx, only, notice, records, is_for_all=False)


async def _tell_everybody(tx: Transaction, connections: Connections, notice: Notice) -> None:
    for system in connections.told:
        await master_notices.tell(tx, system, notice)


def _said(body: RecordBody, name: FieldName) -> str | None:
    said = body.fields.get(name)
    return said.text if said is not None else None
