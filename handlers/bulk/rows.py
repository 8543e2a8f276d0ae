"""The rows of a batch on their way in, in the order in which they may be written."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_store.batch import Into, Numbers, change, put
from crm_store.names import client_grams, grams_of_client, note

CLIENTS = Into.of("clients", "id", "name", "company", "region", "created_at", "merged_into_id")
KEYS = Into.of("client_keys", "client_id", "holder_id", "wrapped")
IDENTITIES = Into.of("identities", "client_id", "origin_id", "kind", "lookup", "value", "added_at")
LEADS = Into.of(
    "leads",
    *("id", "client_id", "origin_id", "line", "product", "source", "region", "priority", "tags"),
    *("budget", "deadline_at", "opened_at", "state", "automatic_reassignments", "tried"),
    *("last_client_at", "told_up_to", "carded", "pooled_at"),
)
MESSAGES = Into.of(
    "messages",
    *("id", "client_id", "origin_id", "direction", "sent_at", "form", "body", "attachment"),
    "source",
)
INTAKE = Into.of(
    "intake",
    *("source", "external_id", "lead_id", "client_id", "origin_id", "joined", "campaign"),
    *("body", "taken_at"),
)
FIELDS = Into.of(
    "lead_fields",
    *("id", "lead_id", "origin_id", "name", "value", "message_id", "start", "end", "rule"),
    *("learned_at", "superseded_at", "said_at", "replaces_id", "against_id"),
)
MERGES = Into.of(
    "merges", "id", "kept_id", "merged_id", "at", "is_new", "score", "evidence", "restore"
)
TIMELINE = Into.of(
    "timeline", "id", "kind", "at", "client_id", "origin_id", "lead_id", "data", "why"
)
RECORDS = Into.of("client_records", "id", "client_id", "clear", "veiled")
RECORD_KEYS = Into.of("record_keys", "key", "record_id")
GRAMS = Into.of("client_grams", "gram", "number")
_ORDER = (
    *(CLIENTS, KEYS, IDENTITIES, LEADS, MESSAGES, INTAKE, FIELDS, MERGES, TIMELINE),
    *(RECORDS, RECORD_KEYS, GRAMS),
)

SUPERSEDED = Into.of("lead_fields", "superseded_at", "id")
SAID_AGAIN = Into.of("lead_fields", "said_at", "id")
_CHANGES = (SUPERSEDED, SAID_AGAIN)
_NUMBERED = ("clients", "leads", "messages", "lead_fields", "merges", "timeline")


class Rows:
    """What one transaction writes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._rows: Mapping[Into, list[tuple[Any, ...]]] = {
            into: [] for into in (*_ORDER, *_CHANGES)
        }
        self._changed: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        """By table and columns: what is set in rows that are there, and their numbers."""
        self._renamed: list[tuple[int, _Called, _Called]] = []
        self.numbers = {name: Numbers(connection, name) for name in _NUMBERED}

    async def ensure(self, **wanted: int) -> None:
        """So many numbers of each table can be taken."""
        for name, count in wanted.items():
            await self.numbers[name].ensure(count)

    def number(self, table: str) -> int:
        return self.numbers[table].take()

    def add(self, into: Into, *values: Any) -> None:
        self._rows[into].append(values)

    def change(self, table: str, number: int, values: Mapping[str, Any]) -> None:
        """Sets these columns of a row that is there, and no others."""
        self._changed.setdefault((table, *values), []).append((*values.values(), number))

    def rename(self, number: int, before: "_Called", now: "_Called") -> None:
        """The index of names follows."""
        self._renamed.append((number, before, now))

    async def write(self) -> None:
        self._rows[GRAMS].extend(
            (gram, number)
            for number, name, company, *_ in self._rows[CLIENTS]
            for gram in grams_of_client(name, company)
        )
        # An index's rows go in by their order: neighbours are found where they were just put.
        self._rows[RECORD_KEYS].sort()
        self._rows[GRAMS].sort()
        for into in _ORDER:
            await put(self._connection, into, self._rows[into])
        for into in _CHANGES:
            await change(self._connection, into, self._rows[into])
        for (table, *columns), rows in self._changed.items():
            await change(self._connection, _columns(table, *columns, "id"), rows)
        await self._rename()

    async def _rename(self) -> None:
        """He is found by what he is called now, and no longer by what he was called."""
        gone = [
            {"gone": gram, "of": number}
            for number, before, now in self._renamed
            for gram in sorted(grams_of_client(*before) - grams_of_client(*now))
        ]
        if gone:
            await self._connection.execute(_GONE, gone)
        renamed = [(number, *now) for number, _, now in self._renamed]
        await self._connection.run_sync(note, renamed)


_Called = tuple[str, str]
"""Name and company."""
_GONE = client_grams.delete().where(
    client_grams.c.gram == bindparam("gone"), client_grams.c.number == bindparam("of")
)


@cache
def _columns(table: str, *names: str) -> Into:
    return Into.of(table, *names)
