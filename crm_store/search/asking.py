"""Which facts say something: by their words, by whose they are, and by when it was said."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, exists, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import SQLModel

from crm_store.models import LeadState
from crm_store.queries.follow_ups import stands
from crm_store.search.index import Hasher
from crm_store.search.table import FTS, spoken
from crm_store.view import View

Phrase = Collection[str]
"""Words that all are in a text where the phrase stands."""
AnyOf = Sequence[Phrase]
"""Spellings of one thing: a text with one of them has it."""


@dataclass(frozen=True)
class Seen:
    """The leads whose facts may be found. `owners` None: everybody's."""

    owners: frozenset[str] | None
    with_won: bool = False
    with_pool: bool = False
    shared: frozenset[int] = frozenset()

    @property
    def is_nothing(self) -> bool:
        return self.owners == frozenset() and not self.with_won and not self.shared


@dataclass(frozen=True)
class Sought:
    """What a fact must say, and about whom."""

    phrases: Sequence[AnyOf] = ()
    """Each of them must be there."""
    marks: Sequence[str] = ()
    client_id: int | None = None
    kinds: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    is_any: bool = False
    """One of the phrases is enough."""


@dataclass(frozen=True)
class Hit:
    """A fact that was found; its words are not opened."""

    entry_id: int
    kind: str
    client_id: int
    lead_id: int | None
    by: str | None
    at: datetime
    """When it was said."""
    message_id: int | None


async def facts_saying(view: View, sought: Sought, seen: Seen, *, most: int) -> list[Hit]:
    """The latest first; a message that several leads have is there once, and a note that was taken
    back is nobody's words."""
    if seen.is_nothing or any(not any(spellings) for spellings in sought.phrases):
        return []
    query = (
        select(
            _timeline.id,
            _timeline.kind,
            _timeline.client_id,
            _timeline.lead_id,
            _timeline.by,
            func.coalesce(_messages.sent_at, _timeline.at).label("said_at"),
            _messages.id.label("message_id"),
        )
        .select_from(_timeline.id.table)
        .outerjoin(_messages.id.table, _messages.id == _timeline.data["message_id"].as_integer())
        .join(_leads.id.table, _leads.id == _timeline.lead_id)
        .where(*_conditions(view, sought), *_scope(seen), stands(_timeline.id))
        .order_by(_timeline.id.desc())
        .limit(most * _SAME_MESSAGE)
    )
    connection = await view.session.connection()
    found: dict[tuple[str, int], Hit] = {}
    for row in (await connection.execute(query)).all():
        hit = _hit(row)
        key = ("message", hit.message_id) if hit.message_id else ("fact", hit.entry_id)
        found.setdefault(key, hit)
    return sorted(found.values(), key=lambda hit: (hit.at, hit.entry_id), reverse=True)[:most]


_SAME_MESSAGE = 3
"""A message is recorded on each lead that it is about."""


def _hit(row: Any) -> Hit:
    return Hit(row.id, row.kind, row.client_id, row.lead_id, row.by, row.said_at, row.message_id)


def _of(table: str) -> Any:
    return SQLModel.metadata.tables[table].c


_timeline, _messages, _leads = _of("timeline"), _of("messages"), _of("leads")
_number: Column[int] = _timeline.id


def _conditions(view: View, sought: Sought) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if sought.phrases or sought.marks:
        conditions.append(_says(view, sought))
    if sought.client_id is not None:
        conditions.append(_timeline.client_id == sought.client_id)
    if sought.kinds:
        conditions.append(_timeline.kind.in_(sought.kinds))
    said_at = func.coalesce(_messages.sent_at, _timeline.at)
    if sought.since is not None:
        conditions.append(said_at >= sought.since)
    if sought.until is not None:
        conditions.append(said_at < sought.until)
    return conditions


def _scope(seen: Seen) -> list[ColumnElement[bool]]:
    if seen.owners is None:
        return []
    allowed: list[ColumnElement[bool]] = [_leads.owner_id.in_(sorted(seen.owners))]
    if seen.with_won:
        allowed.append(_leads.state == LeadState.WON)
    if seen.with_pool:
        allowed.append(_leads.owner_id.is_(None))
    if seen.shared:
        allowed.append(_leads.id.in_(sorted(seen.shared)))
    return [or_(*allowed)]


def _says(view: View, sought: Sought) -> ColumnElement[bool]:
    """What the index is asked for is hashes and nothing else, so that no word of a question is
    ever read as an operator."""
    if view.session.get_bind().dialect.name == "postgresql":
        wanted = _expression(sought, Hasher(view.vault), quote="'", both=" & ", either=" | ")
        matches = spoken.c.words.bool_op("@@")(literal(wanted).cast(TSQUERY))
        return _number.in_(select(spoken.c.entry_id).where(matches))
    if sought.client_id is not None:
        return _is_among_his(sought, Hasher(view.vault))
    wanted = _expression(sought, Hasher(view.vault), quote='"', both=" AND ", either=" OR ")
    found = text(f"SELECT rowid FROM {FTS} WHERE {FTS} MATCH :wanted").bindparams(wanted=wanted)
    return _number.in_(found.columns(_number))


def _is_among_his(sought: Sought, hasher: Hasher) -> ColumnElement[bool]:
    """One client has few facts: SQLite looks at their rows, where FTS5 would list everybody's."""

    def has(hashed: str) -> ColumnElement[bool]:
        return func.instr(spoken.c.words, hashed) > 0

    said = [
        or_(*(and_(*(has(hasher.word(word)) for word in each)) for each in spelled if each))
        for spelled in sought.phrases
    ]
    marked = [has(hasher.mark(mark)) for mark in sought.marks]
    words = [or_(*said) if sought.is_any else and_(*said)] if said else []
    return exists().where(spoken.c.entry_id == _timeline.id, *words, *marked)


def _expression(sought: Sought, hasher: Hasher, *, quote: str, both: str, either: str) -> str:
    def all_of(hashes: Sequence[str]) -> str:
        return "(" + both.join(f"{quote}{one}{quote}" for one in hashes) + ")"

    said = [
        "("
        + either.join(all_of([*map(hasher.word, sorted(each))]) for each in spelled if each)
        + ")"
        for spelled in sought.phrases
    ]
    words = [f"({(either if sought.is_any else both).join(said)})"] if said else []
    return both.join([*words, *(all_of([hasher.mark(mark)]) for mark in sought.marks)])
