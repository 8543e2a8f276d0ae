"""系统送来的客户: what a registered system has of a client is kept under that system's number, and
tells who he is (#17, #18). What of it comes into force is for mastering.py to say.

A repeat records nothing, and what comes too late changes nothing that is newer.
"""

from dataclasses import dataclass

from config.rules import Rules
from config.schemas.connections import FieldName
from crm_store.errors import CrmError
from crm_store.facts import ClientsMerged, SystemRecorded
from crm_store.models import Client, IdentityKind, SystemRecord
from crm_store.queries import aliases, master
from crm_store.store import Transaction
from crm_store.view import Known
from handlers import clients
from handlers.customer import CustomerGiven
from handlers.identifying import catch_up, entry_of, identify
from handlers.master_bodies import RecordBody, record_body, seal_record
from handlers.own_values import IDENTITIES
from nlp.normal.credit_codes import credit_code
from nlp.normal.mailboxes import mailboxes
from nlp.normal.phones import phones
from nlp.normal.wechat_ids import wechat_ids

_EVENT = "system event"


class NoSuchClient(CrmError):
    """The number that the system gives is not that of this client."""


@dataclass(frozen=True)
class Taken:
    client: str
    joined: bool
    is_new: bool
    """Whether the system had handed in nothing under this number before."""
    changed: tuple[FieldName, ...]
    """The fields of which it says something else than before."""


async def take_in(given: CustomerGiven, source: str, tx: Transaction, rules: Rules) -> Taken:
    """`source` is the system's name. Raises NoSuchClient."""
    row = await master.record(tx, source, given.external_id)
    held = await _held(tx, row) if row is not None else None
    if held is None:
        return await _first(given, source, tx, rules)
    return await _again(given, *held, tx, rules)


async def _first(given: CustomerGiven, source: str, tx: Transaction, rules: Rules) -> Taken:
    body = RecordBody(external_id=given.external_id)
    if given.cid is not None:
        client, joined = await _numbered(tx, given.cid), True
        if client.ref != given.cid:
            tx.came_by(client.id, _number(given.cid))
        client = await _told_more(tx, client, given, body, rules)
    else:
        for kind, text in _identifiers(given):
            body.bring(IDENTITIES[kind], text)
        client = await clients.find_or_add(tx, rules, _identifiers(given), said=given.as_raw())
        joined = tx.origin_of(client.id) is not None or any(
            isinstance(fact, ClientsMerged) and fact.client_id == client.id
            for _, fact in tx.recorded
        )
    _is_repeated(tx, given, source, body)
    changed = _hear(tx, given, body)
    row = SystemRecord(
        system=source,
        external_id=master.record_key(tx, source, given.external_id),
        client_id=client.id,
        joined=joined,
        body=await seal_record(tx, client.id, body),
        taken_at=tx.now,
    )
    tx.add(row)
    await tx.flush()
    await _record(tx, row, changed)
    return Taken(client.ref, joined, is_new=True, changed=changed)


async def _again(
    given: CustomerGiven, client: Client, row: SystemRecord, tx: Transaction, rules: Rules
) -> Taken:
    if given.cid is not None and await aliases.live_id(tx, _number(given.cid)) != client.id:
        raise NoSuchClient(f"{given.external_id} 已是客户 {client.ref} 的编号，不是 {given.cid} 的")
    tx.came_by(client.id, row.origin_id)
    body = await record_body(tx, row)
    before = body.model_copy(deep=True)
    changed: tuple[FieldName, ...] = ()
    if not _is_repeated(tx, given, row.system, body):
        changed = _hear(tx, given, body)
    if changed:
        client = await _told_more(tx, client, given, body, rules)
    if body != before:
        row.body = await seal_record(tx, client.id, body)
        row.taken_at = tx.now
        tx.add(row)
        await tx.flush()
    if changed:
        await _record(tx, row, changed)
    return Taken(client.ref, row.joined, is_new=False, changed=changed)


async def _held(tx: Transaction, row: SystemRecord) -> tuple[Client, SystemRecord] | None:
    """The client, held, and the record as it is then: it may have become another client's, or have
    gone with him (None). Whoever changes a record holds its client; it is not held itself, as
    further clients may have to be held after him."""
    while True:
        client = await tx.lock_client(row.client_id)
        now = await master.record_now(tx, row.id)
        if now is None or now.client_id == client.id:
            return (client, now) if now is not None else None
        row = now


async def _numbered(tx: Transaction, cid: str) -> Client:
    try:
        client = await tx.lock_client(_number(cid))
    except LookupError:
        raise NoSuchClient(f"没有客户 {cid}") from None
    if client.erased_at is not None:
        raise NoSuchClient(f"没有客户 {cid}")
    return client


def _number(cid: str) -> int:
    return int(cid.removeprefix("C"))


async def _told_more(
    tx: Transaction, client: Client, given: CustomerGiven, body: RecordBody, rules: Rules
) -> Client:
    """He may turn out to be another as well."""
    identifiers = _identifiers(given)
    number = tx.origin_of(client.id) or client.id
    taken = await tx.identities(identifiers)
    await catch_up(tx, taken)
    for kind, text in identifiers:
        rows = taken.get((kind, text), ())
        if not any((row.origin_id or row.client_id) == number for row in rows):
            body.bring(IDENTITIES[kind], text)
    client = await clients.tie(tx, rules, client, identifiers)
    return await identify(tx, client, number, entry_of(tx, given.as_raw(), identifiers), rules)


def _is_repeated(tx: Transaction, given: CustomerGiven, source: str, body: RecordBody) -> bool:
    if given.event_id is None:
        return False
    return not body.is_new_event(tx.vault.lookup(_EVENT, f"{source}:{given.event_id}")[:32])


def _hear(tx: Transaction, given: CustomerGiven, body: RecordBody) -> tuple[FieldName, ...]:
    at = min(given.updated_at or tx.now, tx.now)
    return tuple(
        name
        for name in given.spoken_of
        if body.hear(name, given.normal(name), at=at, version=given.version)
    )


def _identifiers(given: CustomerGiven) -> list[Known]:
    code = credit_code(given.credit_code or "")
    found: list[Known] = [
        *((IdentityKind.PHONE, phone) for phone in phones(given.phone or "")),
        *((IdentityKind.EMAIL, mailbox) for mailbox in mailboxes(given.email or "")),
        *((IdentityKind.WECHAT, wechat) for wechat in wechat_ids(given.wechat or "")),
        *([(IdentityKind.CREDIT_CODE, code)] if code else []),
    ]
    return found


async def _record(tx: Transaction, row: SystemRecord, changed: tuple[FieldName, ...]) -> None:
    await tx.record(
        SystemRecorded(
            at=tx.now,
            client_id=row.client_id,
            system=row.system,
            record_id=row.id,
            fields=list(changed),
        )
    )
