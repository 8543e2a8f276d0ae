"""360°: everything that is known of a client, at once (#19).

A fixed number of small statements, each answered by an index of the client's own rows: what it
costs depends on neither how many clients there are nor how much was ever recorded of this one.
Rows that are only read are read past the ORM, which would cost more than the database does.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Executable, Row, Select, bindparam, cast, func, literal, null, union_all
from sqlalchemy import select as columns
from sqlmodel import SQLModel, col, select

from crm_store.models import (
    Client,
    Direction,
    IdentityKind,
    Lead,
    LeadField,
    LeadState,
    Member,
    PromiseState,
)
from crm_store.queries import fields
from crm_store.queries.fields import KnownField
from crm_store.queries.follow_ups import stands
from crm_store.queries.promises import PENDING
from crm_store.view import GONE, View

MOST_LEADS = 20
"""Newer ones first, open ones before closed ones; the others are only counted."""
MOST_IDENTITIES = 50
LAST_MESSAGES = 5
LAST_PROMISES = 10
_ANY_TIME = datetime.max.replace(tzinfo=UTC)
MOST_FIELDS = 100
MOST_KIN = 20
_AS_MANY_AS_MATTER = 200
_SAME_MESSAGE = 4
"""A message is recorded on each lead that it is about: so many facts are read for one."""


@dataclass(frozen=True)
class KnownIdentity:
    kind: IdentityKind
    value: str
    """In the clear; whoever shows it masks it."""
    came_by: int
    """The number of the client that it came by: his own, or an alias'."""
    added_at: datetime


@dataclass(frozen=True)
class Promise:
    """What a colleague committed himself to, and is still to be kept."""

    lead_id: int
    by: str | None
    """Who has to keep it."""
    action: str
    due: datetime | None
    is_late: bool


@dataclass(frozen=True)
class Said:
    """A message, opened."""

    direction: str
    at: datetime
    by: str | None
    """The member who said it; None for the client."""
    form: str
    text: str
    attachment: Mapping[str, str]


@dataclass(frozen=True)
class Contacts:
    """How often, since when and until when there was contact."""

    messages_in: int = 0
    messages_out: int = 0
    follow_ups: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class Portrait:
    client: Client
    aliases: Sequence[Client]
    """The numbers that were merged into him, oldest first."""
    identities: Sequence[KnownIdentity]
    sources: Mapping[str, int]
    """How many of its own numbers each source, and each registered system, has for him."""
    leads: Sequence[Lead]
    """Open ones first, the newest of each first; at most MOST_LEADS."""
    leads_in_all: int
    collaborators: Mapping[int, Sequence[str]]
    """Members, by lead."""
    fields: Mapping[int, Sequence[KnownField]]
    """Values in force, by lead."""
    promises: Sequence[Promise]
    """The next due first, those without a day last."""
    messages: Sequence[Said]
    """The last ones, oldest first."""
    contacts: Contacts
    kin: Sequence[Client]
    """Clients of the same house, as they are numbered today."""
    names: Mapping[str, str]
    """Of every member that is mentioned, by id."""

    @property
    def open_leads(self) -> list[Lead]:
        return [lead for lead in self.leads if lead.is_open]


async def portrait(
    view: View, client: Client, *, sees: Callable[[Lead], bool] = lambda lead: True
) -> Portrait:
    """Everything of a live client.

    `sees`: whether the asker may see a lead. What was learned, promised and said about others is
    neither opened nor told; that there are others is told by their rows.
    """
    look = _Look(view, client)
    every = await look.leads()
    shown = [lead for lead in every if lead.state != LeadState.FOLDED][:MOST_LEADS]
    seen = {lead.id for lead in every if sees(lead)}
    told_of = [lead for lead in shown if lead.id in seen]
    parts = await look.parts()
    told = await look.told(
        promised_on=sorted(seen),
        about=None if len(seen) == len(every) else seen,
    )
    aliases = look.aliases(parts)
    return Portrait(
        client=client,
        aliases=aliases,
        identities=await look.identities(told),
        sources={part.word: part.one for part in parts if part.of == _SOURCE},
        leads=shown,
        leads_in_all=sum(lead.state != LeadState.FOLDED for lead in every),
        collaborators=look.collaborators(parts),
        fields=await look.fields(told_of),
        promises=look.promises(told),
        messages=await look.messages(told),
        contacts=_contacts(parts),
        kin=await look.kin(parts, {client.id, *(alias.id for alias in aliases)}),
        names=look.names,
    )


@dataclass
class _Look:
    """One look at one client; the names of members that it comes across are kept."""

    view: View
    client: Client
    names: dict[str, str] = field(default_factory=dict)

    async def _rows(self, statement: Executable, **which: Any) -> Sequence[Row[Any]]:
        connection = await self.view.session.connection()
        return (await connection.execute(statement, which)).all()

    def _note(self, member_id: str | None, name: str | None) -> None:
        if member_id is not None and name is not None:
            self.names[member_id] = name

    async def _open(self, sealed: bytes, purpose: str) -> str:
        return await self.view.open(self.client.id, sealed, purpose=purpose)

    # -- what is asked of the database ---------------------------------------------------------

    async def leads(self) -> list[Lead]:
        """Open ones first, the newest of each first."""
        rows = (await self.view.session.exec(_LEADS, params={"client_id": self.client.id})).all()
        for lead, owner in rows:
            self._note(lead.owner_id, owner)
        found = [lead for lead, _ in rows]
        return sorted(found, key=lambda lead: (lead.is_open, lead.opened_at, lead.id), reverse=True)

    async def parts(self) -> Sequence[Row[Any]]:
        """Aliases, house, collaborators and counts, in one statement."""
        return await self._rows(_PARTS, client_id=self.client.id)

    async def told(
        self, *, promised_on: Sequence[int], about: Collection[int] | None
    ) -> Sequence[Row[Any]]:
        """What is sealed or said, in one statement. `about`: messages of these leads only."""
        which: dict[str, Any] = {"client_id": self.client.id, "leads": promised_on}
        if about is None:
            return await self._rows(_TOLD, **which)
        entries = await self._rows(_ABOUT, leads=sorted(about))
        numbers = list(dict.fromkeys(entry.data["message_id"] for entry in entries))
        return await self._rows(_TOLD_ABOUT, messages=numbers[:LAST_MESSAGES], **which)

    async def fields(self, leads: Sequence[Lead]) -> dict[int, list[KnownField]]:
        """By lead, oldest first; the newest MOST_FIELDS of them all."""
        numbers = {"leads": [lead.id for lead in leads]}
        by_lead: dict[int, list[KnownField]] = {}
        for row in reversed((await self.view.session.exec(_FIELDS, params=numbers)).all()):
            known = await fields.open_row(self.view, self.client.id, row)
            if known is not None and known.value is not None:
                by_lead.setdefault(row.lead_id, []).append(known)
        return by_lead

    # -- what comes of it ----------------------------------------------------------------------

    def aliases(self, parts: Sequence[Row[Any]]) -> list[Client]:
        """The numbers that were merged into him, directly or by another, oldest first."""
        numbers = [
            Client(id=part.one, name=part.word, company=part.other, created_at=part.first)
            for part in parts
            if part.of == _NUMBER and part.one != self.client.id
        ]
        return sorted(numbers, key=lambda number: number.id)

    async def kin(self, parts: Sequence[Row[Any]], his: Collection[int]) -> list[Client]:
        """Those of the same house, followed to whom they were merged into; never he himself."""
        found: dict[int, Client] = {}
        for number in sorted({part.one for part in parts if part.of == _KIN} - set(his)):
            other = await self.view.get(Client, number)
            while other.merged_into_id is not None:
                other = await self.view.get(Client, other.merged_into_id)
            if other.erased_at is None and other.id not in his:
                found[other.id] = other
        return list(found.values())[:MOST_KIN]

    def collaborators(self, parts: Sequence[Row[Any]]) -> dict[int, list[str]]:
        by_lead: dict[int, list[str]] = {}
        helpers = [part for part in parts if part.of == _HELPER]
        for part in sorted(helpers, key=lambda part: (part.first, part.word)):
            by_lead.setdefault(part.one, []).append(part.word)
            self._note(part.word, part.other)
        return by_lead

    async def identities(self, told: Sequence[Row[Any]]) -> list[KnownIdentity]:
        known = [
            KnownIdentity(
                kind=IdentityKind(row.word),
                value=await self._open(row.sealed, "identity"),
                came_by=row.one or self.client.id,
                added_at=row.at,
            )
            for row in sorted((row for row in told if row.of == _IDENTITY), key=_by_number)
        ]
        return [one for one in known if one.value != GONE]

    def promises(self, told: Sequence[Row[Any]]) -> list[Promise]:
        """The nearest first, those without a time last."""
        made = []
        for row in (row for row in told if row.of == _PROMISE):
            self._note(row.by, row.member)
            made.append(
                Promise(
                    lead_id=row.one,
                    by=row.by,
                    action=row.word,
                    due=row.at,
                    is_late=row.form == PromiseState.LATE,
                )
            )
        return sorted(made, key=lambda one: (one.due is None, one.due or _ANY_TIME))

    async def messages(self, told: Sequence[Row[Any]]) -> list[Said]:
        """The last ones, oldest first."""
        rows = [row for row in told if row.of == _MESSAGE]
        return [await self._said(row) for row in sorted(rows, key=lambda row: (row.at, row.number))]

    async def _said(self, row: Row[Any]) -> Said:
        self._note(row.by, row.member)
        return Said(
            direction=row.word,
            at=row.at,
            by=row.by,
            form=row.form,
            text=await self._open(row.sealed, "message"),
            attachment=row.data,
        )


def _by_number(row: Row[Any]) -> int:
    return int(row.number)


# -- the statements, made once -----------------------------------------------------------------


def _of(table: str) -> Any:
    return SQLModel.metadata.tables[table].c


_clients, _identities, _kin = _of("clients"), _of("identities"), _of("kin")
_collaborators, _timeline, _leads = _of("collaborators"), _of("timeline"), _of("leads")
_messages, _members, _promises = _of("messages"), _of("members"), _of("promises")
_intake, _systems = _of("intake"), _of("system_records")

_LEADS = (
    select(Lead, Member.name)
    .join(Member, col(Member.id) == col(Lead.owner_id), isouter=True)
    .where(Lead.client_id == bindparam("client_id"))
    .order_by(col(Lead.id).desc())
    .limit(_AS_MANY_AS_MATTER)
)

_FIELDS = (
    select(LeadField)
    .where(
        col(LeadField.lead_id).in_(bindparam("leads", expanding=True)),
        col(LeadField.superseded_at).is_(None),
        col(LeadField.against_id).is_(None),
    )
    .order_by(col(LeadField.id).desc())
    .limit(MOST_FIELDS)
)

_ABOUT = (
    columns(_timeline.data)
    .where(
        _timeline.lead_id.in_(bindparam("leads", expanding=True)),
        _timeline.kind.in_(("message_in", "message_out", "message_filed")),
    )
    .order_by(_timeline.id.desc())
    .limit(LAST_MESSAGES * _SAME_MESSAGE)
)


# What is small: of, one, word, other, first, last. A number, and what is said of it.

_SAYINGS, _FOLLOW_UPS, _SOURCE = "said", "followed_up", "source"
_NUMBER, _KIN, _HELPER = "number", "kin", "helper"


def _part(of: str, one: Any, word: Any, other: Any, first: Any, last: Any) -> Select[Any]:
    return columns(
        literal(of).label("of"),
        one.label("one"),
        word.label("word"),
        other.label("other"),
        first.label("first"),
        last.label("last"),
    )


def _tally(of: str, what: Any, at: Any, *further: Any) -> Select[Any]:
    """Counted by an index alone: how often, since when and until when."""
    is_his = what.table.c.client_id == bindparam("client_id")
    counted = _part(of, func.count(), what, literal(""), func.min(at), func.max(at))
    return counted.where(is_his, *further).group_by(what)


_NAMED = (_clients.id, _clients.name, _clients.company, _clients.created_at)
_HIMSELF = columns(*_NAMED).where(_clients.id == bindparam("client_id")).cte(recursive=True)
_HIS = _HIMSELF.union(columns(*_NAMED).where(_clients.merged_into_id == _HIMSELF.c.id))
"""With all that is asked for in it: joined once more, SQLite would go through every client."""

_PARTS = union_all(
    _tally(_SAYINGS, _messages.direction, _messages.sent_at),
    _tally(
        *(_FOLLOW_UPS, _timeline.kind, _timeline.at),
        _timeline.kind == _FOLLOW_UPS,
        stands(_timeline.id, of_client=bindparam("client_id")),
    ),
    _tally(_SOURCE, _intake.source, _intake.taken_at),
    _tally(_SOURCE, _systems.system, _systems.taken_at),
    _part(
        *(_NUMBER, _HIS.c.id, _HIS.c.name, _HIS.c.company),
        *(_HIS.c.created_at, _HIS.c.created_at),
    ),
    *(
        _part(_KIN, other, literal(""), literal(""), _kin.since, _kin.since).where(
            one.in_(columns(_HIS.c.id))
        )
        for one, other in ((_kin.a_id, _kin.b_id), (_kin.b_id, _kin.a_id))
    ),
    _part(
        *(_HELPER, _collaborators.lead_id, _collaborators.member_id, _members.name),
        *(_collaborators.since, _collaborators.since),
    )
    .select_from(_leads.id.table)
    .join(_collaborators.lead_id.table, _collaborators.lead_id == _leads.id)
    .outerjoin(_members.id.table, _members.id == _collaborators.member_id)
    .where(_leads.client_id == bindparam("client_id")),
)


# What is sealed, or in a fact: of, number, one, word, form, at, by, member, sealed, data.

_MESSAGE, _PROMISE, _IDENTITY = "message", "promise", "identity"


def _no(column: Any) -> Any:
    """Nothing, of the column's type: PostgreSQL puts only like under like."""
    return cast(null(), column.type)


def _name_of(member: Any) -> Any:
    """Asked for the few rows that are left, where a join would name them all first."""
    return columns(_members.name).where(_members.id == member).scalar_subquery()


def _telling(of: str, *values: Any) -> Select[Any]:
    names = ("number", "one", "word", "form", "at", "by", "member", "sealed", "data")
    labelled = (value.label(name) for name, value in zip(names, values, strict=True))
    return columns(literal(of).label("of"), *labelled)


_ANY_MESSAGES = (
    _telling(
        *(_MESSAGE, _messages.id, _messages.id, _messages.direction, _messages.form),
        *(_messages.sent_at, _messages.member_id, _name_of(_messages.member_id)),
        *(_messages.body, _messages.attachment),
    )
    .order_by(_messages.sent_at.desc(), _messages.id.desc())
    .limit(LAST_MESSAGES)
)
_PROMISES = (
    _telling(
        *(_PROMISE, _promises.id, _promises.lead_id, _promises.action, _promises.state),
        *(_promises.due_at, _promises.owner_id, _name_of(_promises.owner_id)),
        *(_no(_messages.body), _no(_messages.attachment)),
    )
    .where(
        _promises.client_id == bindparam("client_id"),
        _promises.state.in_(PENDING),
        _promises.lead_id.in_(bindparam("leads", expanding=True)),
    )
    .order_by(_promises.id.desc())
    .limit(LAST_PROMISES)
)
_IDENTITIES = (
    _telling(
        *(_IDENTITY, _identities.id, _identities.origin_id, _identities.kind, literal("")),
        *(_identities.added_at, _no(_messages.member_id), _no(_members.name)),
        *(_identities.value, _no(_messages.attachment)),
    )
    .where(_identities.client_id == bindparam("client_id"))
    .order_by(_identities.id)
    .limit(MOST_IDENTITIES)
)


def _told(messages: Select[Any]) -> Executable:
    each = (messages, _PROMISES, _IDENTITIES)
    return union_all(*(columns(some.subquery()) for some in each))


_TOLD = _told(_ANY_MESSAGES.where(_messages.client_id == bindparam("client_id")))
_TOLD_ABOUT = _told(_ANY_MESSAGES.where(_messages.id.in_(bindparam("messages", expanding=True))))


def _contacts(parts: Sequence[Row[Any]]) -> Contacts:
    """A submission's words are a message as well; a note that was filed is no contact."""
    met = [one for one in parts if one.of in (_SAYINGS, _FOLLOW_UPS) and one.word != Direction.NOTE]
    count = {part.word: part.one for part in met}
    return Contacts(
        messages_in=count.get(Direction.IN, 0),
        messages_out=count.get(Direction.OUT, 0),
        follow_ups=count.get(_FOLLOW_UPS, 0),
        first=min((part.first for part in met), default=None),
        last=max((part.last for part in met), default=None),
    )
