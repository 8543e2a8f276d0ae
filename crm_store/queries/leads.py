"""Questions about leads."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, exists, func, true
from sqlmodel import col, or_, select

from crm_store.models import (
    ChatMessage,
    Client,
    Direction,
    Lead,
    LeadState,
    Mute,
    SentCard,
    TimelineEntry,
)
from crm_store.models.lead import IS_OPEN
from crm_store.queries import naming
from crm_store.view import View


async def open_of_client(view: View, client_id: int) -> Sequence[Lead]:
    """The client's open leads, the newest first: at most one a product line."""
    return (await view.session.exec(_OPEN_OF_CLIENT, params={"client_id": client_id})).all()


_OPEN_OF_CLIENT = (
    select(Lead)
    .where(Lead.client_id == bindparam("client_id"), IS_OPEN)
    .order_by(col(Lead.opened_at).desc(), col(Lead.id).desc())
)


async def open_of_owner(view: View, owner_id: str) -> Sequence[Lead]:
    query = select(Lead).where(Lead.owner_id == owner_id, IS_OPEN).order_by(col(Lead.id))
    return (await view.session.exec(query)).all()


async def loads(view: View) -> dict[str, int]:
    """How many open leads each owner has."""
    query = (
        select(Lead.owner_id, func.count())
        .where(IS_OPEN, col(Lead.owner_id).is_not(None))
        .group_by(col(Lead.owner_id))
    )
    rows = (await view.session.exec(query)).all()
    return {owner: count for owner, count in rows if owner is not None}


async def latest_of_owner(view: View, owner_id: str) -> Lead | None:
    """The open lead that came to him last."""
    query = (
        select(Lead)
        .where(Lead.owner_id == owner_id, IS_OPEN)
        .order_by(col(Lead.assigned_at).desc(), col(Lead.id).desc())
        .limit(1)
    )
    return (await view.session.exec(query)).first()


async def named(
    view: View,
    name: str,
    *,
    owners: frozenset[str] | None,
    with_won: bool,
    with_pool: bool = False,
    shared: Collection[int] = (),
) -> list[tuple[Client, Lead]]:
    """Leads of clients of this name or company that the asker may see, open ones first.

    `owners` None sees all; `with_won` adds clients with a won deal, `with_pool` leads that
    nobody owns, `shared` these leads. An exact name hides those
    that merely contain it. One lead a client and state of being open.
    """
    seen: list[ColumnElement[bool]] | None = None
    if owners is not None:
        seen = [col(Lead.owner_id).in_(owners)]
        seen += [col(Lead.state) == LeadState.WON] if with_won else []
        seen += [col(Lead.owner_id).is_(None)] if with_pool else []
        seen += [col(Lead.id).in_(shared)] if shared else []
    for called in (naming.called, naming.called_in_part):
        clients = await called(view, name)
        if clients is not None:
            rows = await _of_clients(view, clients, seen)
        else:
            rows = await _looked_through(view, name, seen)
        if rows:
            return _latest_each(rows)
    return []


_AS_MANY_AS_MATTER = 50
_AT_ONCE = 1_000

Rows = list[tuple[Client, Lead]]


async def _of_clients(
    view: View, clients: Sequence[int], seen: Sequence[ColumnElement[bool]] | None
) -> Rows:
    """Their leads that may be seen. However few they are, the same is asked of the database."""
    found: Rows = []
    for start in range(0, max(1, len(clients)), _AT_ONCE):
        some = clients[start : start + _AT_ONCE]
        query = _and_clients(seen).where(col(Lead.client_id).in_(some))
        newest = query.order_by(col(Lead.opened_at).desc())
        found += (await view.session.exec(newest)).all()
        if len(found) >= _AS_MANY_AS_MATTER:
            break
    return found


async def _looked_through(
    view: View, name: str, seen: Sequence[ColumnElement[bool]] | None
) -> Rows:
    """The same for a name that thousands bear: from the leads, which come to enough soon."""
    bears = exists().where(col(Client.id) == col(Lead.client_id), naming.stands_in(name))
    newest = col(Lead.id) if seen is None else col(Lead.opened_at)
    some = select(Lead.id).where(bears, col(Lead.folded_into_id).is_(None))
    some = some.where(or_(*seen)) if seen is not None else some
    some = some.order_by(newest.desc()).limit(_AS_MANY_AS_MATTER)
    query = _and_clients(None).where(col(Lead.id).in_(some)).order_by(newest.desc())
    return list((await view.session.exec(query)).all())


def _and_clients(seen: Sequence[ColumnElement[bool]] | None) -> Any:
    query: Any = (
        select(Client, Lead)
        .join(Lead, col(Lead.client_id) == col(Client.id))
        .where(col(Lead.folded_into_id).is_(None))
        .limit(_AS_MANY_AS_MATTER)
    )
    return query if seen is None else query.where(or_(*seen))


def _latest_each(rows: Rows) -> Rows:
    """A client's open leads; where he has none, his latest."""
    open_rows = [row for row in rows if row[1].is_open]
    with_open = {client.id for client, _ in open_rows}
    latest: dict[int, tuple[Client, Lead]] = {}
    for client, lead in rows:
        if client.id not in with_open:
            latest.setdefault(client.id, (client, lead))
    return open_rows + list(latest.values())


async def going_on(view: View, number: int) -> Lead | None:
    """The lead of this number, or the one that goes on in its place."""
    lead = await view.find(Lead, number)
    while lead is not None and lead.folded_into_id is not None:
        lead = await view.find(Lead, lead.folded_into_id)
    return lead


async def timeline(
    view: View, lead: Lead, *, last: int | None = None, without: Sequence[str] = ()
) -> list[TimelineEntry]:
    """The lead's facts but those of some kinds, and those of leads that it goes on for (#14);
    oldest first, only the `last` ones if given."""
    started = select(col(Lead.id)).where(Lead.id == lead.id).cte(recursive=True)
    folded = select(col(Lead.id)).where(col(Lead.folded_into_id) == started.c.id)
    goes_on_for = select(started.union(folded).c.id)
    query = select(TimelineEntry).where(
        col(TimelineEntry.lead_id).in_(goes_on_for), col(TimelineEntry.kind).not_in(without)
    )
    query = query.order_by(col(TimelineEntry.id).desc())
    if last is not None:
        query = query.limit(last)
    return list(reversed((await view.session.exec(query)).all()))


async def entries(view: View, lead: Lead, kind: str, *, last: int) -> list[TimelineEntry]:
    """The lead's last facts of one kind, oldest first."""
    given = {"lead": lead.id, "kind": kind, "last": last}
    return list(reversed((await view.session.exec(_LAST, params=given)).all()))


_LAST = (
    select(TimelineEntry)
    .where(
        TimelineEntry.lead_id == bindparam("lead"),
        TimelineEntry.kind == bindparam("kind"),
    )
    .order_by(col(TimelineEntry.id).desc())
    .limit(bindparam("last", type_=Integer))
)


async def decision(view: View, lead: Lead) -> TimelineEntry | None:
    """The latest assignment with its reasons."""
    return next(iter(await entries(view, lead, "assigned", last=1)), None)


async def last_words(
    view: View, client_id: int, *, direction: Direction = Direction.IN, last: int = 1
) -> list[tuple[ChatMessage, str]]:
    """The client's (or to the client) last messages with their text, oldest first."""
    query = (
        select(ChatMessage)
        .where(ChatMessage.client_id == client_id, ChatMessage.direction == direction)
        .order_by(col(ChatMessage.sent_at).desc(), col(ChatMessage.id).desc())
        .limit(last)
    )
    rows = reversed((await view.session.exec(query)).all())
    return [(row, await view.open(client_id, row.body, purpose="message")) for row in rows]


async def heard_since(
    view: View, lead: Lead, *, after: int, last: int
) -> list[tuple[ChatMessage, str]]:
    """What the client said about this lead after the message `after`, oldest first, the `last`
    ones."""
    said = await _said(view, lead, "message_in", last=last)
    return [(row, text) for row, text in said if row.id > after]


async def own_words(view: View, lead: Lead) -> tuple[ChatMessage, str] | None:
    """The last words this lead is about: the client's, else what a colleague filed."""
    for kind in ("message_in", "message_filed"):
        said = await _said(view, lead, kind, last=1)
        if said:
            return said[-1]
    return None


async def _said(view: View, lead: Lead, kind: str, *, last: int) -> list[tuple[ChatMessage, str]]:
    """Messages that were recorded on this lead, not on another of the same client."""
    found = []
    for entry in await entries(view, lead, kind, last=last):
        row = await view.get(ChatMessage, entry.data["message_id"])
        found.append((row, await view.open(lead.client_id, row.body, purpose="message")))
    return found


async def newest_message(view: View, client_id: int) -> int:
    """The id of the client's last message; 0 where there is none."""
    query = select(func.max(ChatMessage.id)).where(ChatMessage.client_id == client_id)
    return (await view.session.exec(query)).one() or 0


async def live_cards(
    view: View, lead_id: int, member_id: str | None, *purposes: str
) -> Sequence[SentCard]:
    """The cards of these purposes on the member's screen (None: anybody's) that still have their
    buttons."""
    query = (
        select(SentCard)
        .where(
            SentCard.lead_id == lead_id,
            true() if member_id is None else col(SentCard.member_id) == member_id,
            col(SentCard.purpose).in_(purposes),
            col(SentCard.settled_at).is_(None),
        )
        .order_by(col(SentCard.created_at), col(SentCard.key))
    )
    return (await view.session.exec(query)).all()


async def muted_by(view: View, client_id: int) -> list[str]:
    """Who muted it, in whole or in part."""
    query = select(Mute.member_id).where(Mute.client_id == client_id).order_by(Mute.member_id)
    return list(dict.fromkeys((await view.session.exec(query)).all()))
