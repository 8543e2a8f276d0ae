"""删除个人资料: destroys a client's key and whatever of him stands elsewhere; the facts stay.

What was sealed with his key (words, identifiers, fields) becomes unreadable for good. What is
sealed with the service's key (events, messages on their way) is looked through and blanked. What
stands in clear (names, his id on a platform) is overwritten.
"""

import re
import sqlite3
import unicodedata
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import Table, delete, exists, func, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased
from sqlmodel import col

from crm_store import timers
from crm_store.database import Database, journal_mode
from crm_store.erasing_rules import forget_rules
from crm_store.facts import LeadClosed
from crm_store.identity import index
from crm_store.inbox import DONE, inbox
from crm_store.inbox import PURPOSE as INBOX
from crm_store.inbox import WAITING as UNHANDLED
from crm_store.lanes import lanes_of
from crm_store.models import (
    AgendaEntry,
    ChatMessage,
    Client,
    Conversation,
    DeskAlert,
    Draft,
    Identity,
    Lead,
    LeadField,
    LeadState,
    MasterRecord,
    Merge,
    Mute,
    Promise,
    Recording,
    Reminder,
    SystemRecord,
    Talk,
    TimelineEntry,
)
from crm_store.names import client_grams
from crm_store.outbox import DEAD, outbox, outbox_tries
from crm_store.outbox import PURPOSE as OUTBOX
from crm_store.outbox import WAITING as UNSENT
from crm_store.queries import aliases as numbers
from crm_store.search import index as spoken
from crm_store.store import Transaction

log = structlog.get_logger(__name__)

ERASED = "erased"
_PAGE = 500
_CHINA = "+86"
_SHORTEST_NAME = 2
_LOOSE = re.compile(r"[\s\-.()（）]")
_REACTION = "reaction:"
_TIMER = "timer:"


@dataclass(frozen=True)
class Erasure:
    """What was done, in numbers."""

    client_id: int
    leads: int
    closed: int
    messages: int
    payloads: int


@dataclass
class _Traces:
    """By what the client is recognised in what was sealed with the service's key."""

    client_id: int
    numbers: frozenset[int] = frozenset()
    """His own, and those that were merged into it."""
    identifiers: list[str] = field(default_factory=list)
    """What is his alone: numbers, addresses, ids on a platform."""
    names: list[str] = field(default_factory=list)
    """What others may be called as well."""
    lanes: set[str] = field(default_factory=set)
    """Lanes that belong to him."""

    def in_text(self, text: str, *, names_too: bool) -> bool:
        if names_too and any(_folded(name) in _folded(text) for name in self.names):
            return True
        tight = _tight(text)
        return any(identifier in tight for identifier in self.identifiers)


async def erase(tx: Transaction, client_id: int) -> Erasure:
    """Erases the client in this transaction; doing it twice changes nothing more.

    The facts it records (his open leads close as invalid) have their reactions run by whoever
    opened the transaction. Afterwards, `scour` the file.
    """
    client = await tx.lock(Client, client_id)
    leads = await _rows(tx, select(Lead).where(col(Lead.client_id) == client_id))
    conversations = await _rows(
        tx, select(Conversation).where(col(Conversation.client_id) == client_id)
    )
    traces = await _traces(tx, client, leads, conversations)

    await _delete_what_is_his(tx, client_id, [lead.id for lead in leads])
    await _forget_what_systems_have(tx, client_id, traces.numbers)
    await index.forget(tx, client_id)
    await spoken.forget_client(tx.session, client_id)
    await tx.destroy_key(client_id)
    for number in (client, *await numbers.of_client(tx, client_id)):
        number.name = number.company = number.region = ""
        number.erased_at = number.erased_at or tx.now
        tx.add(number)
    for conversation in conversations:
        conversation.client_ref = f"{ERASED}:{tx.fresh_id()}"[:64]
        conversation.handover_to = None
        tx.add(conversation)
    await tx.flush()
    await _forget_names(tx, traces.numbers)

    payloads = await _blank_events(tx, traces) + await _blank_orders(tx, traces)
    await _drop_drafts(tx, traces)
    await forget_rules(tx, traces.in_text)
    closed = await _close(tx, leads)
    tx.audit("command", "forget", client_id=client_id)
    tx.touched_client = client_id
    count = select(func.count()).where(col(ChatMessage.client_id) == client_id)
    messages = (await tx.session.execute(count)).scalar_one()
    return Erasure(client_id, len(leads), closed, messages, payloads)


async def _rows(tx: Transaction, query: Any) -> Sequence[Any]:
    return (await tx.session.execute(query)).scalars().all()


async def _traces(
    tx: Transaction, client: Client, leads: Sequence[Lead], conversations: Sequence[Conversation]
) -> _Traces:
    identities = await _rows(tx, _his_alone(client.id))
    known = [await tx.open(client.id, row.value, purpose="identity") for row in identities]
    refs = [conversation.client_ref for conversation in conversations]
    aliases = await numbers.of_client(tx, client.id)
    called = [name for one in (client, *aliases) for name in (one.name, one.company)]
    names = sorted({name for name in called if len(name) >= _SHORTEST_NAME})
    traces = _Traces(client.id, names=names)
    traces.numbers = frozenset((client.id, *(alias.id for alias in aliases)))
    traces.identifiers = sorted({_tight(value) for value in (*known, *refs)})
    traces.lanes = {f"kf:{c.account}:{c.client_ref}" for c in conversations}
    traces.lanes |= {f"profile:{ref}" for ref in refs}
    traces.lanes |= {lane for one in (client, *aliases) for lane in lanes_of(one.id)}
    traces.lanes |= {f"{_TIMER}{lead.ref}" for lead in leads}
    return traces


def _his_alone(client_id: int) -> Any:
    """By a front desk's number another client's words would be taken for his."""
    others = aliased(Identity)
    is_shared = exists().where(
        col(others.kind) == col(Identity.kind),
        col(others.lookup) == col(Identity.lookup),
        col(others.client_id) != client_id,
    )
    return select(Identity).where(col(Identity.client_id) == client_id, ~is_shared)


def _tight(value: str) -> str:
    """As it is looked for in a text without spaces and dashes, whatever country code it has."""
    return _LOOSE.sub("", _folded(value).removeprefix(_CHINA))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


async def _delete_what_is_his(tx: Transaction, client_id: int, lead_ids: list[int]) -> None:
    run = tx.session.execute
    await run(delete(LeadField).where(col(LeadField.lead_id).in_(lead_ids)))
    await run(delete(Promise).where(col(Promise.client_id) == client_id))
    await run(delete(Reminder).where(col(Reminder.lead_id).in_(lead_ids)))
    for lead_id in await _rows(
        tx,
        select(col(AgendaEntry.lead_id)).where(col(AgendaEntry.lead_id).in_(lead_ids)).distinct(),
    ):
        # What stands in colleagues' own lists names him: it is taken away there.
        await tx.set_timer("agenda", f"A{lead_id}", tx.now)
    await run(delete(Identity).where(col(Identity.client_id) == client_id))
    await run(delete(Mute).where(col(Mute.client_id) == client_id))
    await run(delete(DeskAlert).where(col(DeskAlert.client_id) == client_id))
    await run(delete(Recording).where(col(Recording.client_id) == client_id))
    # A media_id fetches what he sent for as long as the platform keeps it.
    await run(
        update(ChatMessage).where(col(ChatMessage.client_id) == client_id).values(attachment={})
    )


async def _forget_what_systems_have(
    tx: Transaction, client_id: int, numbers: frozenset[int]
) -> None:
    """How far the count of changes got stays: the systems are told that this is the last."""
    run = tx.session.execute
    await run(delete(SystemRecord).where(col(SystemRecord.client_id) == client_id))
    told = col(MasterRecord.client_id).in_(numbers)
    await run(update(MasterRecord).where(told).values(body=None))


async def _forget_names(tx: Transaction, his: frozenset[int]) -> None:
    """Where his names stand besides his own rows: with whoever he was merged with and parted from,
    and in the index of names."""
    query = select(Merge).where(or_(col(Merge.kept_id).in_(his), col(Merge.merged_id).in_(his)))
    for merge in await _rows(tx, query):
        merge.restore = {**merge.restore, "filled": {}}
        tx.add(merge)
    await tx.session.execute(delete(client_grams).where(client_grams.c.number.in_(his)))


async def _close(tx: Transaction, leads: Sequence[Lead]) -> int:
    still_open = [lead for lead in leads if lead.is_open]
    for lead in leads:
        await timers.cancel_all(tx.session, lead.ref)
    for lead in still_open:
        await tx.record(
            LeadClosed(
                at=tx.now,
                client_id=lead.client_id,
                lead_id=lead.id,
                outcome=LeadState.INVALID.value,
            )
        )
    return len(still_open)


async def _blank_events(tx: Transaction, traces: _Traces) -> int:
    """Waiting ones count as handled: there is nobody left whom they could be about."""

    async def is_his(row: Any) -> bool:
        return await _is_his(tx, row, traces, INBOX, is_waiting=row.state == UNHANDLED)

    ids = [row.id async for row in _with_payload(tx, inbox, is_his)]
    values = {
        "payload": None,
        "error": None,
        "state": DONE,
        "settled_at": func.coalesce(inbox.c.settled_at, tx.now),
        "client_id": traces.client_id,
    }
    await _update(tx, inbox, ids, values)
    await _rename_lanes(tx, inbox, traces)
    return len(ids)


async def _blank_orders(tx: Transaction, traces: _Traces) -> int:
    """What had not gone out yet will not."""

    async def is_his(row: Any) -> bool:
        return await _is_his(tx, row, traces, OUTBOX, is_waiting=row.state == UNSENT)

    ids, unsent = [], []
    async for row in _with_payload(tx, outbox, is_his):
        ids.append(row.id)
        if row.state == UNSENT:
            unsent.append(row.id)
    await _update(tx, outbox, ids, {"payload": None, "body_hash": None})
    given_up = {"state": DEAD, "settled_at": tx.now, "error": ERASED}
    await _update(tx, outbox, unsent, given_up)
    await _rename_lanes(tx, outbox, traces)
    await _rename_lanes(tx, outbox_tries, traces)
    return len(ids)


async def _is_his(
    tx: Transaction, row: Any, traces: _Traces, purpose: str, *, is_waiting: bool
) -> bool:
    """Whether the row is about him. A name alone blanks only what is over and done with."""
    if row.client_id in traces.numbers or row.lane in traces.lanes:
        return True
    if row.lane.startswith(_REACTION) and await _is_his_fact(tx, row.lane, traces.client_id):
        return True
    text = tx.vault.service.open(row.payload, purpose=purpose).decode("utf-8", "replace")
    return traces.in_text(text, names_too=not is_waiting)


async def _is_his_fact(tx: Transaction, lane: str, client_id: int) -> bool:
    number = lane.removeprefix(_REACTION)
    entry = await tx.find(TimelineEntry, int(number)) if number.isdigit() else None
    return entry is not None and entry.client_id == client_id


async def _with_payload(
    tx: Transaction, table: Table, is_his: Callable[[Any], Any]
) -> AsyncIterator[Any]:
    """The rows that still have a body and are his, looked through a page at a time."""
    last = 0
    while True:
        query = (
            select(table.c.id, table.c.lane, table.c.state, table.c.client_id, table.c.payload)
            .where(table.c.id > last, table.c.payload.is_not(None))
            .order_by(table.c.id)
            .limit(_PAGE)
        )
        rows = (await tx.session.execute(query)).all()
        for row in rows:
            if await is_his(row):
                yield row
        if len(rows) < _PAGE:
            return
        last = rows[-1].id


async def _update(tx: Transaction, table: Table, ids: list[int], values: dict[str, Any]) -> None:
    for start in range(0, len(ids), _PAGE):
        part = ids[start : start + _PAGE]
        await tx.session.execute(update(table).where(table.c.id.in_(part)).values(values))


async def _rename_lanes(tx: Transaction, table: Table, traces: _Traces) -> None:
    """His id on the platform is part of his lanes' names."""
    name = f"{ERASED}:C{traces.client_id}"
    named = [lane for lane in traces.lanes if not lane.startswith(_TIMER)]
    await tx.session.execute(update(table).where(table.c.lane.in_(named)).values(lane=name))


async def _drop_drafts(tx: Transaction, traces: _Traces) -> None:
    """Drafts are few: what nobody decided about goes after days. So are reminders."""
    for draft in await _rows(tx, select(Draft)):
        text = tx.vault.service.open(draft.body, purpose="draft").decode()
        if traces.in_text(text, names_too=True):
            await tx.session.delete(draft)
    for reminder in await _rows(tx, select(Reminder)):
        text = tx.vault.service.open(reminder.words, purpose="reminder").decode()
        if traces.in_text(text, names_too=True):
            await tx.session.delete(reminder)
    for talk in await _rows(tx, select(Talk)):
        sealed = filter(None, (talk.named, talk.question))
        texts = [tx.vault.service.open(body, purpose="talk").decode() for body in sealed]
        if any(traces.in_text(text, names_too=True) for text in texts):
            talk.named = talk.question = None
            tx.add(talk)


async def scour(database: Database) -> bool:
    """Rewrites an SQLite file without what was overwritten in it; False where it is too busy.

    secure_delete clears what a statement removes, but not the copies that moving rows between
    pages may leave behind.
    """
    if not database.is_sqlite:
        return True
    try:
        async with database.writing() as session:
            await spoken.purge(session)
    except DBAPIError:
        log.warning("not_scoured")
        return False
    async with database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        try:
            await driver.execute("VACUUM")
            if journal_mode() == "WAL":
                await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError:
            log.warning("not_scoured")
            return False
    return True
