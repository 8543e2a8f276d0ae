"""Whose rows are whose: what moves when two numbers become one client, and when they part.

Every row of a client says by which number it came (`origin_id`; empty: his own), so moving it back
needs no list of what was moved. Nothing is sealed anew by merging: the client holds the keys of
both. What came after the merge was sealed with the key of who was kept, and is sealed anew when it
leaves him.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, case, func, inspect, select, update
from sqlmodel import SQLModel

from crm_store.models import Lead, TimelineEntry
from crm_store.queries import aliases
from crm_store.sealed import BY_CLIENT, Sealed
from crm_store.store import Transaction
from crm_store.vault import NAME_AT, Cipher

OWNED = (
    "conversations",
    "desk_alerts",
    "identities",
    "intake",
    "leads",
    "messages",
    "promises",
    "questions",
    "system_records",
    "timeline",
)
"""Tables with `client_id` and `origin_id`."""
_CHANGED = (*OWNED, "client_keys", "lead_fields", "recordings")


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


async def take_over(tx: Transaction, kept_id: int, merged_id: int) -> None:
    """All that is `merged_id`'s is `kept_id`'s from now on. Both are held."""
    await tx.flush()
    for name in OWNED:
        table = _table(name)
        came_by = {"origin_id": func.coalesce(table.c.origin_id, merged_id)}
        await _move(tx, table, table.c.client_id == merged_id, kept_id, **came_by)
    records, recordings, keys = map(_table, ("client_records", "recordings", "client_keys"))
    await _move(tx, records, records.c.client_id == merged_id, kept_id)
    await _move(tx, recordings, recordings.c.client_id == merged_id, kept_id)
    await tx.session.execute(
        update(keys).where(keys.c.holder_id == merged_id).values(holder_id=kept_id)
    )
    await _read_again(tx, kept_id, merged_id)


async def part(tx: Transaction, kept_id: int, leaver_id: int) -> None:
    """What came by `leaver_id`, or by a number merged into it, is his again. Both are held, and
    `leaver_id` is no longer merged into `kept_id`."""
    await tx.flush()
    numbers = await aliases.numbers_of(tx.session, leaver_id)
    keys = _table("client_keys")
    await tx.session.execute(
        update(keys).where(keys.c.client_id.in_(numbers)).values(holder_id=leaver_id)
    )
    if not any(key.client_id == leaver_id for key in await tx.keys_of(leaver_id)):
        await tx.add_key(leaver_id)
    for name in OWNED:
        table = _table(name)
        is_his = (table.c.client_id == kept_id) & table.c.origin_id.in_(numbers)
        own = {"origin_id": case((table.c.origin_id == leaver_id, None), else_=table.c.origin_id)}
        await _move(tx, table, is_his, leaver_id, **own)
    records, recordings, messages = map(_table, ("client_records", "recordings", "messages"))
    await _move(tx, records, records.c.id.in_(numbers), leaver_id)
    said = select(messages.c.id).where(messages.c.client_id == leaver_id)
    await _move(tx, recordings, recordings.c.message_id.in_(said), leaver_id)
    await _read_again(tx, kept_id, leaver_id)


async def _move(
    tx: Transaction, table: Table, which: ColumnElement[bool], taker_id: int, **values: Any
) -> None:
    await tx.session.execute(update(table).where(which).values(client_id=taker_id, **values))


async def _read_again(tx: Transaction, *client_ids: int) -> None:
    """Rows of theirs that this transaction has in hand are as they stand now."""
    tx.forget_ciphers(*client_ids)
    for row in list(tx.session.sync_session.identity_map.values()):
        if inspect(row).mapper.local_table.name in _CHANGED:
            await tx.session.refresh(row)


async def seal_anew(tx: Transaction, giver_id: int, taker_id: int) -> None:
    """What is the taker's by now and was sealed with a key that he does not hold."""
    await tx.flush()
    giver, taker = await tx.cipher(giver_id), await tx.cipher(taker_id)
    for sealed in BY_CLIENT:
        await _seal_column(tx, sealed, taker_id, giver, taker)
    await _read_again(tx, giver_id, taker_id)


async def _seal_column(
    tx: Transaction, sealed: Sealed, taker_id: int, giver: Cipher, taker: Cipher
) -> None:
    table, column = sealed.table, sealed.column
    (key,) = table.primary_key
    if "client_id" in table.c:
        is_his = table.c.client_id == taker_id
    else:
        leads = Lead.__table__  # type: ignore[attr-defined]
        is_his = table.c.lead_id.in_(select(leads.c.id).where(leads.c.client_id == taker_id))
    is_foreign = func.substr(column, *NAME_AT).not_in(taker.names)
    query = select(key, column).where(is_his, column.is_not(None), is_foreign)
    for row_id, value in (await tx.session.execute(query)).all():
        plain = giver.open(value, purpose=sealed.purpose)
        await tx.session.execute(
            update(table)
            .where(key == row_id)
            .values({column.name: taker.seal(plain, purpose=sealed.purpose)})
        )


async def readdress(tx: Transaction, entries: Sequence[TimelineEntry], lead_id: int) -> None:
    """The facts are of this lead, and of its client."""
    lead = await tx.get(Lead, lead_id)
    for entry in entries:
        entry.lead_id, entry.client_id = lead.id, lead.client_id
        tx.add(entry)
    await tx.flush()
