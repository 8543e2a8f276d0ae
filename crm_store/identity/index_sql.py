"""The index's statements, written once and handed to the driver as they are.

What SQLAlchemy does with a statement costs more than the database does here. The two databases
differ in how a list of numbers is handed over (as JSON, as an array), in their placeholders, and in
how one row's own rows are asked for.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from crm_store.models import ReviewState

NEWEST = 40
"""Records that an exact key brings: enough to tell a front desk, whose thousands are not looked
at one by one."""
COMMON = 200
"""A bigram of so many records says nothing."""
NEAR = 12
"""Records that bigrams bring, those that share both first."""
MOST = 400
"""Records that are compared with one, of all the clients that were found; the newest."""

_CANDIDATES = f"""
WITH counted(key, n) AS MATERIALIZED (
    SELECT asked.value, (
        SELECT count(*) FROM (
            SELECT 1 FROM record_keys k WHERE k.key = asked.value LIMIT {COMMON}
        ) bounded
    ) FROM [list 2] asked
), rare(key) AS MATERIALIZED (
    SELECT key FROM counted WHERE n BETWEEN 1 AND {COMMON - 1} ORDER BY n, key LIMIT 2
), found(id) AS (
    SELECT k.record_id FROM [list 1] asked CROSS JOIN record_keys k
    WHERE k.key = asked.value AND k.record_id >= coalesce((
        SELECT newest.record_id FROM record_keys newest WHERE newest.key = asked.value
        ORDER BY newest.record_id DESC LIMIT 1 OFFSET {NEWEST - 1}
    ), 0)
    UNION
    SELECT id FROM (
        SELECT k.record_id AS id FROM rare CROSS JOIN record_keys k WHERE k.key = rare.key
        GROUP BY k.record_id ORDER BY count(*) DESC, k.record_id DESC LIMIT {NEAR}
    ) near
), client(id) AS (
    SELECT r.client_id FROM found CROSS JOIN [each client_records r WHERE r.id = found.id]
    UNION SELECT CAST([3] AS bigint)
)
SELECT r.id, r.client_id, r.clear, r.veiled
FROM client CROSS JOIN [each client_records r WHERE r.client_id = client.id]
ORDER BY r.id DESC LIMIT {MOST}
"""
_DISTINCT = f"""
WITH RECURSIVE mine(id) AS (
    SELECT CAST([1] AS bigint)
    UNION SELECT c.id FROM mine CROSS JOIN [each clients c WHERE c.merged_into_id = mine.id]
), told(id) AS (
    SELECT v.b_id FROM mine CROSS JOIN [each reviews v WHERE v.a_id = mine.id
        AND v.state || '' = '{ReviewState.DISTINCT}']
    UNION
    SELECT v.a_id FROM mine CROSS JOIN [each reviews v WHERE v.b_id = mine.id
        AND v.state || '' = '{ReviewState.DISTINCT}']
), above(id, into_id) AS (
    SELECT c.id, c.merged_into_id FROM told CROSS JOIN [each clients c WHERE c.id = told.id]
    UNION
    SELECT c.id, c.merged_into_id
    FROM above CROSS JOIN [each clients c WHERE c.id = above.into_id]
)
SELECT id FROM above WHERE into_id IS NULL
"""
"""Of all numbers that are the client's, also those whose record says nothing and is not kept. By
their numbers, not by their state, of which there are thousands: no index has that expression."""


@dataclass(frozen=True, slots=True)
class Sql:
    """For one kind of database; in brackets above: what is handed over."""

    list: Callable[[Sequence[int]], Any]
    """A list of numbers as the driver takes it."""
    wanted: Callable[[Sequence[int]], Any]
    """The same, where `candidates` is asked with it."""
    candidates: str
    """exact keys, asked bigrams, own client or 0 → id, client_id, clear, veiled"""
    distinct: str
    add: str
    """id, client_id, clear, veiled; no row where the id is there."""
    change: str
    """id, clear, veiled"""
    kept: str
    of_client: str
    drop: str
    add_keys: str
    """id, keys"""
    drop_keys: str
    """id, keys"""
    turns: str
    """keys, in order; PostgreSQL only."""


def _sql(
    list_of: Callable[[Sequence[int]], Any],
    wanted: Callable[[Sequence[int]], Any],
    listed: str,
    one: str,
    each: str,
) -> Sql:
    def spelt(statement: str) -> str:
        statement = re.sub(r"\[each (\w+ (\w+) WHERE [^\]]+)\]", each, statement)
        statement = re.sub(r"\[list (\d)\]", listed, statement)
        return re.sub(r"\[(\d)\]", one, statement)

    return Sql(
        list=list_of,
        wanted=wanted,
        candidates=spelt(_CANDIDATES),
        distinct=spelt(_DISTINCT),
        add=spelt(
            "INSERT INTO client_records (id, client_id, clear, veiled)"
            " VALUES ([1], [2], [3], [4]) ON CONFLICT (id) DO NOTHING"
        ),
        change=spelt("UPDATE client_records SET clear = [2], veiled = [3] WHERE id = [1]"),
        kept=spelt("SELECT clear, veiled FROM client_records WHERE id = [1]"),
        of_client=spelt("SELECT id, clear, veiled FROM client_records WHERE client_id = [1]"),
        drop=spelt("DELETE FROM client_records WHERE id = [1]"),
        add_keys=spelt(
            "INSERT INTO record_keys (key, record_id) SELECT new.value, CAST([1] AS bigint)"
            " FROM [list 2] new WHERE true ON CONFLICT DO NOTHING"
        ),
        drop_keys=spelt(
            "DELETE FROM record_keys WHERE record_id = [1]"
            " AND key IN (SELECT gone.value FROM [list 2] gone)"
        ),
        turns=spelt("SELECT pg_advisory_xact_lock(turn.value) FROM [list 1] turn"),
    )


def _as_json(keys: Sequence[int]) -> str:
    return orjson.dumps(keys).decode()


def _reckoned(keys: Sequence[int]) -> list[int | None]:
    """With blanks up to the length that PostgreSQL reckons with where it does not know it: it then
    keeps its plan. What looks cheaper for a shorter list it would plan anew each time, which takes
    longer than the statement."""
    return [*keys, *(None,) * (_RECKONED - len(keys))]


_RECKONED = 10

SQL = {
    "sqlite": _sql(_as_json, _as_json, r"json_each(?\1)", r"?\1", r"\1"),
    # One row after the other: a plan that was made while the table was small would read all of it.
    "postgresql": _sql(
        list,
        _reckoned,
        r"(SELECT unnest($\1::bigint[]) AS value)",
        r"$\1",
        r"LATERAL (SELECT * FROM \1 OFFSET 0) \2",
    ),
}
