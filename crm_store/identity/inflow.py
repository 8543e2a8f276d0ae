"""查重 of many records at once, each against all there are and those before it in the pile.

The same keys, the same limits and the same judge as for one record (index.py); what differs is
that the database is asked once for a batch, and that a firm found by its name alone is judged only
where the names are kin: nothing else that tells two records for one would have been missed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from config.schemas.identity import Identity
from crm_store.identity.houses import Kinship, kinship
from crm_store.identity.index import Entry, Match
from crm_store.identity.index_sql import COMMON, MOST, NEAR, NEWEST, SQL
from crm_store.identity.judging import judge, rank
from crm_store.identity.keys import turns_of
from crm_store.identity.record import Record
from crm_store.identity.sharing import shared_among
from crm_store.identity.veil import read
from crm_store.identity.verdict import Outcome
from crm_store.store import Transaction
from crm_store.view import View

_RARE = 2
_FETCHED = 3
"""Of the rarest bigrams one more than is used: within the batch one may become common."""
_MOST_COUNTED = 500_000
_UNLIKE = frozenset((Kinship.OTHER, Kinship.UNKNOWN))
Kept = tuple[int, Record]


async def take_turns(tx: Transaction, entries: Iterable[Entry]) -> None:
    """As `index.take_turns`, for all of them at once and in one order."""
    turns = sorted({turn for entry in entries for turn in turns_of(entry.record)})
    if turns and not tx.commit.is_alone:
        connection = await tx.session.connection()
        await connection.exec_driver_sql(SQL["postgresql"].turns, (turns,))


class Inflow:
    """One transaction's; nobody else adds records meanwhile."""

    def __init__(self, view: View, rules: Identity) -> None:
        self._view = view
        self._rules = rules
        self._counts: dict[int, int] = {}
        """How many records a bigram has, up to COMMON."""
        self._carriers: dict[int, list[int]] = {}
        """By key the records that carry it, the newest first; of a front desk the newest few."""
        self._client_of: dict[int, int] = {}
        self._records: dict[int, list[Kept]] = {}
        """By client."""

    async def look_up(self, entries: Sequence[Entry]) -> None:
        """Reads from the database what these entries will be compared with."""
        self._carriers.clear()
        self._client_of.clear()
        self._records.clear()
        await self._count({gram for entry in entries for gram in entry.keys.asked})
        exact = {key for entry in entries for key in entry.keys.exact}
        rare = {gram for entry in entries for gram in self._rarest(entry, _FETCHED)}
        await self._fetch_carriers(_EXACT, exact)
        await self._fetch_carriers(_GRAMS, rare - exact)
        found = set(chain.from_iterable(self._carriers.values()))
        for record_id, client_id, clear, veiled in await self._rows(_RECORDS, found):
            self._client_of[record_id] = client_id
            self._records.setdefault(client_id, []).append((record_id, read(clear, veiled)))

    async def _count(self, grams: set[int]) -> None:
        if len(self._counts) > _MOST_COUNTED:
            self._counts.clear()
        fresh = grams - self._counts.keys()
        for gram, count in await self._rows(_COUNTS, fresh):
            self._counts[gram] = count

    async def _fetch_carriers(self, statement: str, keys: set[int]) -> None:
        for key, record_id in await self._rows(statement, keys):
            self._carriers.setdefault(key, []).append(record_id)

    async def _rows(self, statement: str, numbers: Iterable[int]) -> Sequence[Any]:
        asked = sorted(numbers)
        if not asked:
            return ()
        connection = await self._view.session.connection()
        name = connection.dialect.name
        listed = _LISTED[name]
        rows = await connection.exec_driver_sql(
            statement.replace("[list]", listed), (SQL[name].list(asked),)
        )
        return rows.all()

    def matches(self, entry: Entry) -> list[Match]:
        """As `index.resolve`: who is the same or may be, the surest first."""
        exact = {
            self._client_of[carrier]
            for key in entry.keys.exact
            for carrier in self._carriers.get(key, ())[:NEWEST]
            if carrier in self._client_of
        }
        near = {self._client_of[one] for one in self._near(entry)} - exact
        theirs = {client: self._records[client] for client in sorted(exact)}
        others = [record for kept in theirs.values() for _, record in kept]
        for client in sorted(near):
            kept = self._records[client]
            others += [record for _, record in kept]
            if any(_is_kin(entry.record, record) for _, record in kept):
                theirs[client] = kept
        if not theirs:
            return []
        shared = shared_among((entry.record, *others), self._rules)
        matches = []
        for client, kept in theirs.items():
            newest = kept[-MOST:]
            at, verdict = judge(entry.record, [one for _, one in newest], (), shared, self._rules)
            if verdict.outcome is not Outcome.APART:
                matches.append(Match(client, newest[at][0], verdict))
        return sorted(matches, key=lambda one: (*(-p for p in rank(one.verdict)), one.client_id))

    def _near(self, entry: Entry) -> list[int]:
        """The records that share the rarest bigrams, those that share both first."""
        shared: Counter[int] = Counter()
        for gram in self._rarest(entry, _RARE):
            shared.update(one for one in self._carriers.get(gram, ()) if one in self._client_of)
        best = sorted(shared, key=lambda one: (-shared[one], -one))
        return best[:NEAR]

    def _rarest(self, entry: Entry, most: int) -> list[int]:
        known = [(self._counts.get(gram, 0), gram) for gram in set(entry.keys.asked)]
        return [gram for n, gram in sorted(known) if 0 < n < COMMON][:most]

    def add(self, record_id: int, client_id: int, entry: Entry) -> None:
        """What comes after it in the batch is compared with it as well."""
        self._client_of[record_id] = client_id
        self._records.setdefault(client_id, []).append((record_id, entry.record))
        for gram in entry.keys.grams:
            if gram in self._counts:
                self._counts[gram] += 1
        for key in entry.keys.all:
            self._carriers.setdefault(key, []).insert(0, record_id)


def _is_kin(one: Record, other: Record) -> bool:
    kin = kinship(one.company, one.company_sound, other.company, other.company_sound)
    return kin not in _UNLIKE


_LISTED = {
    "sqlite": "json_each(?1)",
    "postgresql": "(SELECT unnest($1::bigint[]) AS value)",
}
_COUNTS = f"""
SELECT asked.value, (
    SELECT count(*) FROM (SELECT 1 FROM record_keys k WHERE k.key = asked.value LIMIT {COMMON}) few
) FROM [list] asked
"""
_EXACT = f"""
SELECT k.key, k.record_id FROM [list] asked CROSS JOIN record_keys k
WHERE k.key = asked.value AND k.record_id >= coalesce((
    SELECT newest.record_id FROM record_keys newest WHERE newest.key = asked.value
    ORDER BY newest.record_id DESC LIMIT 1 OFFSET {NEWEST - 1}
), 0)
ORDER BY k.key, k.record_id DESC
"""
_GRAMS = """
SELECT k.key, k.record_id FROM [list] asked CROSS JOIN record_keys k WHERE k.key = asked.value
ORDER BY k.key, k.record_id DESC
"""
_RECORDS = """
WITH client(id) AS (
    SELECT DISTINCT r.client_id FROM [list] found CROSS JOIN client_records r
    WHERE r.id = found.value
)
SELECT r.id, r.client_id, r.clear, r.veiled
FROM client CROSS JOIN client_records r WHERE r.client_id = client.id ORDER BY r.id
"""
