"""查重: one record against all there are, in the transaction that brings it.

Exact keys bring the newest few that carry each; of the bigrams of the firm's name the two rarest
do, counted only as far as a common one is told from a rare one: there is no table of frequencies
that every process would write to. All this is one statement, the same on both databases but for
how a list of numbers is handed over.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from config.schemas.identity import Identity
from crm_store.identity.index_sql import SQL, Sql
from crm_store.identity.judging import judge, rank
from crm_store.identity.keys import Keys, keys_of, turns_of
from crm_store.identity.record import Record
from crm_store.identity.sharing import shared_among
from crm_store.identity.veil import joined, read, veil, write
from crm_store.identity.verdict import Outcome, Verdict
from crm_store.store import Transaction
from crm_store.vault import Lookups
from crm_store.view import View


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as the index keeps it."""

    record: Record
    """Veiled."""
    keys: Keys

    @classmethod
    def of(cls, record: Record, vault: Lookups) -> "Entry":
        return cls.of_veiled(veil(record, vault))

    @classmethod
    def of_veiled(cls, record: Record) -> "Entry":
        return cls(record, keys_of(record))


@dataclass(frozen=True, slots=True)
class Candidate:
    record_id: int
    client_id: int
    record: Record


@dataclass(frozen=True, slots=True)
class Match:
    """A client who is the same, or whom a person should compare."""

    client_id: int
    record_id: int
    """The number whose record decided: the client's own or an alias of his."""
    verdict: Verdict


async def take_turns(tx: Transaction, entry: Entry) -> None:
    """Waits until nobody else is bringing, or changing, a client who may be this one (#15): what
    they brought is seen by whoever looks afterwards.

    On SQLite one writes at a time anyway. Asked for before any client is held.
    """
    turns = turns_of(entry.record)
    if turns and not tx.commit.is_alone:
        connection = await tx.session.connection()
        await connection.exec_driver_sql(SQL["postgresql"].turns, (list(turns),))


async def resolve(
    view: View, entry: Entry, rules: Identity, *, own_id: int | None = None
) -> list[Match]:
    """The clients who are this one or may be, the surest first. `own_id` is the client whose
    record it is, where he is known already; he is not compared with himself."""
    found = await candidates(view, entry, own_id=own_id)
    ours = [one.record for one in found if one.client_id == own_id]
    theirs: dict[int, list[Candidate]] = {}
    for one in found:
        if one.client_id != own_id:
            theirs.setdefault(one.client_id, []).append(one)
    if not theirs:
        return []
    shared = shared_among((entry.record, *(one.record for one in found)), rules)
    matches = []
    for client_id, rows in theirs.items():
        at, verdict = judge(entry.record, [one.record for one in rows], ours, shared, rules)
        if verdict.outcome is not Outcome.APART:
            matches.append(Match(client_id, rows[at].record_id, verdict))
    if matches and own_id is not None:
        distinct = await _distinct_from(view, own_id)
        matches = [match for match in matches if match.client_id not in distinct]
    return sorted(matches, key=lambda one: (*(-part for part in rank(one.verdict)), one.client_id))


async def candidates(view: View, entry: Entry, *, own_id: int | None = None) -> list[Candidate]:
    """Every record of the clients that a key of the entry leads to, and of `own_id`; the newest
    first."""
    sql, connection = await _on(view)
    wanted = (sql.wanted(entry.keys.exact), sql.wanted(entry.keys.asked), own_id or 0)
    rows = await connection.exec_driver_sql(sql.candidates, wanted)
    return [Candidate(row.id, row.client_id, read(row.clear, row.veiled)) for row in rows.all()]


async def keep(
    tx: Transaction, record_id: int, entry: Entry, *, client_id: int | None = None
) -> None:
    """Notes the record under the number it came by, in place of what was noted there before.
    `client_id`: whose number it is, where it is an alias."""
    await tx.flush()
    sql, connection = await _on(tx)
    clear, veiled = write(entry.record)
    row = (record_id, client_id or record_id, clear, veiled)
    stale: set[int] = set()
    if (await connection.exec_driver_sql(sql.add, row)).rowcount == 0:
        known = await kept(tx, record_id)
        assert known is not None
        stale = set(keys_of(known).all)
        await connection.exec_driver_sql(sql.change, (record_id, clear, veiled))
    keys = set(entry.keys.all)
    if gone := sorted(stale - keys):
        await connection.exec_driver_sql(sql.drop_keys, (record_id, sql.list(gone)))
    if fresh := sorted(keys - stale):
        await connection.exec_driver_sql(sql.add_keys, (record_id, sql.list(fresh)))


async def kept(view: View, record_id: int) -> Record | None:
    """What is noted under a number, veiled."""
    sql, connection = await _on(view)
    row = (await connection.exec_driver_sql(sql.kept, (record_id,))).first()
    return read(row.clear, row.veiled) if row else None


async def grown(view: View, record_id: int, entry: Entry) -> Entry:
    """The entry together with what is noted under the number already."""
    known = await kept(view, record_id)
    return entry if known is None else Entry.of_veiled(joined(known, entry.record))


async def forget(tx: Transaction, client_id: int) -> None:
    """Removes all that the index holds of the client and of his aliases."""
    sql, connection = await _on(tx)
    for row in (await connection.exec_driver_sql(sql.of_client, (client_id,))).all():
        keys = keys_of(read(row.clear, row.veiled)).all
        await connection.exec_driver_sql(sql.drop_keys, (row.id, sql.list(keys)))
        await connection.exec_driver_sql(sql.drop, (row.id,))


async def _distinct_from(view: View, client_id: int) -> set[int]:
    """The clients of whom a person said that they are not this one."""
    sql, connection = await _on(view)
    return set((await connection.exec_driver_sql(sql.distinct, (client_id,))).scalars())


async def _on(view: View) -> tuple[Sql, AsyncConnection]:
    connection = await view.session.connection()
    return SQL[connection.dialect.name], connection
