"""360°: everything that is known of a client, at once (#19).

A fixed number of small statements, each answered by an index of the client's own rows: what it
costs depends on neither how many clients there are nor how much was ever recorded of this one.
Rows that are only read are read past the ORM, which would cost more than the database does.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, Select, bindparam, func, literal, union_all
from sqlalchemy import select as columns
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col, or_, select

from crm_store.models import (
    Client,
    Direction,
    IdentityKind,
    Lead,
    LeadField,
    LeadState,
    Member,
)
from crm_store.queries import fields
from crm_store.queries.fields import KnownField
from crm_store.view import GONE, View

MOST_LEADS = 20
"""Newer ones first, open ones before closed ones; the others are only counted."""
MOST_IDENTITIES = 50
LAST_MESSAGES = 5
LAST_PROMISES = 10
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
    """What a colleague committed himself to, on a lead that is still open."""

    lead_id: int
    by: str | None
    action: str
    due: datetime | None
    made_at: datetime


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
    look = _Look(view, await view.session.connection(), client)
    every = await look.leads()
    shown = [lead for lead in every if lead.state != LeadState.FOLDED][:MOST_LEADS]
    seen = {lead.id for lead in every if sees(lead)}
    told_of = [lead for lead in shown if lead.id in seen]
    tallies = await look.tallies()
    aliases = await look.aliases()
    return Portrait(
        client=client,
        aliases=aliases,
        identities=await look.identities(),
        sources={tally.what: tally.count for tally in tallies if tally.of == _SOURCES},
        leads=shown,
        leads_in_all=sum(lead.state != LeadState.FOLDED for lead in every),
        collaborators=await look.collaborators(shown),
        fields=await look.fields(told_of),
        promises=await look.promises([lead.id for lead in told_of if lead.is_open]),
        messages=await look.messages(None if len(seen) == len(every) else seen),
        contacts=_contacts(tallies),
        kin=await look.kin({client.id, *(alias.id for alias in aliases)}),
        names=look.names,
    )


@dataclass
class _Look:
    """One look at one client; the names of members that it comes across are kept."""

    view: View
    connection: AsyncConnection
    client: Client
    names: dict[str, str] = field(default_factory=dict)

    async def _rows(self, statement: Executable, **which: Any) -> Sequence[Row[Any]]:
        return (await self.connection.execute(statement, which)).all()

    def _note(self, member_id: str | None, name: str | None) -> None:
        if member_id is not None and name is not None:
            self.names[member_id] = name

    # -- who he is -----------------------------------------------------------------------------

    async def aliases(self) -> list[Client]:
        """The numbers that were merged into him, directly or by another, oldest first."""
        rows = await self._rows(_NUMBERS, client_id=self.client.id)
        ordered = sorted(rows, key=lambda row: int(row.id))
        return [Client(**row._mapping) for row in ordered if row.id != self.client.id]

    async def identities(self) -> list[KnownIdentity]:
        known = [
            KnownIdentity(
                kind=IdentityKind(row.kind),
                value=await self.view.open(self.client.id, row.value, purpose="identity"),
                came_by=row.origin_id or self.client.id,
                added_at=row.added_at,
            )
            for row in await self._rows(_IDENTITIES, client_id=self.client.id)
        ]
        return [one for one in known if one.value != GONE]

    async def kin(self, his: Collection[int]) -> list[Client]:
        """Those of the same house, followed to whom they were merged into; never he himself."""
        found: dict[int, Client] = {}
        for row in await self._rows(_KIN, numbers=sorted(his)):
            other = await self.view.get(Client, row.b_id if row.a_id in his else row.a_id)
            while other.merged_into_id is not None:
                other = await self.view.get(Client, other.merged_into_id)
            if other.erased_at is None and other.id not in his:
                found[other.id] = other
        return list(found.values())

    # -- his leads -----------------------------------------------------------------------------

    async def leads(self) -> list[Lead]:
        """Open ones first, the newest of each first."""
        rows = (await self.view.session.exec(_LEADS, params={"client_id": self.client.id})).all()
        for lead, owner in rows:
            self._note(lead.owner_id, owner)
        found = [lead for lead, _ in rows]
        return sorted(found, key=lambda lead: (lead.is_open, lead.opened_at, lead.id), reverse=True)

    async def collaborators(self, leads: Sequence[Lead]) -> dict[int, list[str]]:
        by_lead: dict[int, list[str]] = {}
        for row in await self._rows(_COLLABORATORS, leads=[lead.id for lead in leads]):
            by_lead.setdefault(row.lead_id, []).append(row.member_id)
            self._note(row.member_id, row.member)
        return by_lead

    async def fields(self, leads: Sequence[Lead]) -> dict[int, list[KnownField]]:
        """By lead, oldest first; the newest MOST_FIELDS of them all."""
        numbers = {"leads": [lead.id for lead in leads]}
        by_lead: dict[int, list[KnownField]] = {}
        for row in reversed((await self.view.session.exec(_FIELDS, params=numbers)).all()):
            known = await fields.open_row(self.view, self.client.id, row)
            if known is not None and known.value is not None:
                by_lead.setdefault(row.lead_id, []).append(known)
        return by_lead

    async def promises(self, leads: Sequence[int]) -> list[Promise]:
        made = []
        for row in await self._rows(_PROMISES, client_id=self.client.id, leads=leads):
            due = row.data.get("due")
            self._note(row.by, row.member)
            made.append(
                Promise(
                    lead_id=row.lead_id,
                    by=row.by,
                    action=row.data["action"],
                    due=datetime.fromisoformat(due["end"]) if due else None,
                    made_at=row.at,
                )
            )
        return sorted(made, key=lambda one: (one.due is None, one.due or one.made_at))

    # -- what was said -------------------------------------------------------------------------

    async def messages(self, about: Collection[int] | None) -> list[Said]:
        """The last ones, oldest first. `about`: only what was said about these leads."""
        if about is None:
            rows = await self._rows(_MESSAGES, client_id=self.client.id)
        else:
            entries = await self._rows(_ABOUT, leads=sorted(about))
            numbers = list(dict.fromkeys(entry.data["message_id"] for entry in entries))
            rows = await self._rows(_MESSAGES_ABOUT, messages=numbers[:LAST_MESSAGES])
        return [await self._said(row) for row in reversed(rows)]

    async def _said(self, row: Row[Any]) -> Said:
        self._note(row.member_id, row.member)
        return Said(
            direction=row.direction,
            at=row.sent_at,
            by=row.member_id,
            form=row.form,
            text=await self.view.open(self.client.id, row.body, purpose="message"),
            attachment=row.attachment,
        )

    async def tallies(self) -> list["_Tally"]:
        """Counted by indexes alone: messages by direction, follow-ups, numbers by source."""
        rows = await self._rows(_TALLIES, client_id=self.client.id)
        return [_Tally(*tuple(row)) for row in rows]


# -- the statements, made once -----------------------------------------------------------------


def _of(table: str) -> Any:
    return SQLModel.metadata.tables[table].c


_clients, _identities, _kin = _of("clients"), _of("identities"), _of("kin")
_collaborators, _timeline = _of("collaborators"), _of("timeline")
_messages, _members = _of("messages"), _of("members")
_intake, _systems = _of("intake"), _of("system_records")

_NUMBER = (_clients.id, _clients.name, _clients.company, _clients.region, _clients.created_at)
_HIMSELF = columns(*_NUMBER).where(_clients.id == bindparam("client_id")).cte(recursive=True)
_NUMBERS = columns(
    # With all that is asked for in it: joined once more, SQLite would go through every client.
    _HIMSELF.union(columns(*_NUMBER).where(_clients.merged_into_id == _HIMSELF.c.id))
)

_IDENTITIES = (
    columns(_identities.kind, _identities.value, _identities.origin_id, _identities.added_at)
    .where(_identities.client_id == bindparam("client_id"))
    .order_by(_identities.id)
    .limit(MOST_IDENTITIES)
)

_KIN = (
    columns(_kin.a_id, _kin.b_id)
    .where(
        or_(
            _kin.a_id.in_(bindparam("numbers", expanding=True)),
            _kin.b_id.in_(bindparam("numbers", expanding=True)),
        )
    )
    .order_by(_kin.a_id, _kin.b_id)
    .limit(MOST_KIN)
)

_LEADS = (
    select(Lead, Member.name)
    .join(Member, col(Member.id) == col(Lead.owner_id), isouter=True)
    .where(Lead.client_id == bindparam("client_id"))
    .order_by(col(Lead.id).desc())
    .limit(_AS_MANY_AS_MATTER)
)

_COLLABORATORS = (
    columns(_collaborators.lead_id, _collaborators.member_id, _members.name.label("member"))
    .outerjoin(_members.id.table, _members.id == _collaborators.member_id)
    .where(_collaborators.lead_id.in_(bindparam("leads", expanding=True)))
    .order_by(_collaborators.since, _collaborators.member_id)
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

_PROMISES = (
    columns(
        _timeline.lead_id,
        _timeline.by,
        _timeline.data,
        _timeline.at,
        _members.name.label("member"),
    )
    .outerjoin(_members.id.table, _members.id == _timeline.by)
    .where(
        _timeline.client_id == bindparam("client_id"),
        _timeline.kind == "promise_made",
        _timeline.lead_id.in_(bindparam("leads", expanding=True)),
    )
    .order_by(_timeline.at.desc())
    .limit(LAST_PROMISES)
)

_ANY_MESSAGES = (
    columns(
        *(_messages.direction, _messages.sent_at, _messages.member_id, _messages.form),
        *(_messages.body, _messages.attachment, _members.name.label("member")),
    )
    .outerjoin(_members.id.table, _members.id == _messages.member_id)
    .order_by(_messages.sent_at.desc(), _messages.id.desc())
    .limit(LAST_MESSAGES)
)
_MESSAGES = _ANY_MESSAGES.where(_messages.client_id == bindparam("client_id"))
_MESSAGES_ABOUT = _ANY_MESSAGES.where(_messages.id.in_(bindparam("messages", expanding=True)))
_ABOUT = (
    columns(_timeline.data)
    .where(
        _timeline.lead_id.in_(bindparam("leads", expanding=True)),
        _timeline.kind.in_(("message_in", "message_out", "message_filed")),
    )
    .order_by(_timeline.id.desc())
    .limit(LAST_MESSAGES * _SAME_MESSAGE)
)


# -- counts ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Tally:
    of: str
    what: str
    count: int
    first: datetime
    last: datetime


_SAYINGS, _FOLLOW_UPS, _SOURCES = "messages", "followed_up", "sources"


def _tally(of: str, what: Any, at: Any, *further: Any) -> Select[Any]:
    counted = (literal(of), what, func.count(), func.min(at), func.max(at))
    is_his = what.table.c.client_id == bindparam("client_id")
    return columns(*counted).where(is_his, *further).group_by(what)


_TALLIES = union_all(
    _tally(_SAYINGS, _messages.direction, _messages.sent_at),
    _tally(_FOLLOW_UPS, _timeline.kind, _timeline.at, _timeline.kind == _FOLLOW_UPS),
    _tally(_SOURCES, _intake.source, _intake.taken_at),
    _tally(_SOURCES, _systems.system, _systems.taken_at),
)


def _contacts(tallies: Sequence[_Tally]) -> Contacts:
    """A submission's words are a message as well; a note that was filed is no contact."""
    met = [tally for tally in tallies if tally.of != _SOURCES and tally.what != Direction.NOTE]
    count = {tally.what: tally.count for tally in met}
    return Contacts(
        messages_in=count.get(Direction.IN, 0),
        messages_out=count.get(Direction.OUT, 0),
        follow_ups=count.get(_FOLLOW_UPS, 0),
        first=min((tally.first for tally in met), default=None),
        last=max((tally.last for tally in met), default=None),
    )
