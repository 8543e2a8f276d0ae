"""发件箱: what has to be said, durable, in order per receiver, until it is said or given up.

A row is claimed with a lease in a short transaction (no HTTP happens inside one), travels, and is
marked in another. Every try is a row of `outbox_tries`, written before the wire is touched: the
platforms' limits are counted there and so hold over a restart.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    update,
)
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from config import tracing
from crm_store.inbox import AT_ONCE
from crm_store.types import BigId, Moment
from crm_store.upsert import changed_rows
from crm_store.vault import Vault

WAITING, SENT, DEAD = "waiting", "sent", "dead"
_WAITING: ColumnElement[str] = literal_column("'waiting'")
"""Written out: for a value that is given, SQLite plans anew each time whether the index will do."""
_IS_WAITING = text("state = 'waiting'")
PURPOSE = "outbox"
REPLY = "reply"
"""The API of an answer that goes to an address which came with the question."""
SAME_BODY_WITHIN = timedelta(hours=6)
"""WeCom's duplicate check swallows an equal body within four hours; ours may be set forward."""
LEASE = timedelta(seconds=30)
"""As long as what a dead process carried waits for another; a living one renews its leases."""
LONGEST_WAIT = timedelta(minutes=5)
"""No try is put off for longer: what seems to be waits for a clock that has been set back."""
BESIDE: Mapping[str, int] = {"llm": 4, "speech": 2, "webhook": 4}
"""Platforms that help and that nobody waits for, and other systems: so many of their calls travel
at once, so that messages always find room beside them, and what waits for them is not late."""
TRIES_COUNT_FOR = timedelta(hours=1)
"""The longest span over which a platform limits messages to one receiver."""


class Errand(StrEnum):
    SEND = "send"
    UPDATE = "update"
    CALL = "call"


outbox = Table(
    "outbox",
    SQLModel.metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(100), nullable=False, unique=True),
    Column("lane", String(200), nullable=False),
    Column("app", String(40), nullable=False),
    Column("errand", String(8), nullable=False),
    Column("api", String(60), nullable=False, server_default=text("''")),
    Column("platform", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("member_id", String(64)),
    Column("client_id", BigId),
    Column("payload", LargeBinary),
    Column("body_hash", String(64)),
    Column("repeat", Integer, nullable=False, default=0),
    Column("state", String(8), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("lease_until", Moment),
    Column("attempts", Integer, nullable=False, default=0),
    Column("settled_at", Moment),
    Column("error", Text),
    Column("trace", String(32)),
    Index(
        "outbox_lane_heads", "lane", "id", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING
    ),
    Index("outbox_waiting", "id", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
    Index("outbox_bodies", "lane", "body_hash", "created_at"),
    Index("outbox_settled", "settled_at"),
    Index("outbox_of_a_client", "client_id"),
)

outbox_tries = Table(
    "outbox_tries",
    SQLModel.metadata,
    Column("id", BigId, primary_key=True),
    Column("outbox_id", BigId, ForeignKey("outbox.id", ondelete="CASCADE"), nullable=False),
    Column("lane", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Index("tries_of_a_lane", "lane", "at"),
    Index("tries_of_a_row", "outbox_id"),
)


@dataclass(frozen=True)
class Order:
    """What is to travel. `payload` is JSON: the message, or the call's arguments.

    `due_at` plans it for later without holding up the lane; past `expires_at` it is given up.
    `app` and `api` name the breakers it depends on: whose settings it needs ("wecom.assistant",
    "wecom.kf", "dingtalk"), and which right of that app ("text", "card", "update", or the call).
    An answer (REPLY) needs neither at first: only where its address is refused does it go out as
    a text.
    """

    key: str
    lane: str
    app: str
    errand: Errand
    api: str
    platform: str
    account: str
    payload: Mapping[str, Any]
    due_at: datetime
    expires_at: datetime
    member_id: str | None = None
    client_id: int | None = None
    body: str | None = None
    """What a reader sees, for finding equal bodies; None where equal ones do no harm."""


@dataclass(frozen=True)
class Claimed:
    """A leased row."""

    id: int
    key: str
    lane: str
    app: str
    errand: Errand
    api: str
    platform: str
    account: str
    member_id: str | None
    client_id: int | None
    repeat: int
    attempts: int
    created_at: datetime
    expires_at: datetime
    trace: str | None
    """What its lines in the log are found by (config/tracing.py)."""
    is_taken_over: bool
    """Whoever carried it before never said how that ended."""
    _sealed: bytes = field(repr=False)
    _vault: Vault = field(repr=False)

    @property
    def passes_breakers(self) -> bool:
        """Whether it needs neither the app's settings nor a right, as far as is known."""
        return self.api == REPLY and self.attempts == 0

    @cached_property
    def payload(self) -> dict[str, Any]:
        """Opened when it is asked for: one that cannot be (Unreadable) fails alone."""
        opened: dict[str, Any] = self._vault.service.open_json(self._sealed, purpose=PURPOSE)
        return opened


async def put(session: AsyncSession, order: Order, *, now: datetime, vault: Vault) -> int:
    """Adds an order inside the handler's transaction; its row's id."""
    body_hash = vault.lookup("body", order.body) if order.body is not None else None
    repeat = await _repeat(session, order.lane, body_hash, now=now) if body_hash else 0
    result = await session.execute(
        outbox.insert()
        .values(
            key=order.key,
            lane=order.lane,
            app=order.app,
            errand=order.errand,
            api=order.api,
            platform=order.platform,
            account=order.account,
            member_id=order.member_id,
            client_id=order.client_id,
            payload=vault.service.seal_json(dict(order.payload), purpose=PURPOSE),
            body_hash=body_hash,
            repeat=repeat,
            state=WAITING,
            created_at=now,
            due_at=order.due_at,
            not_before=AT_ONCE,
            expires_at=order.expires_at,
            attempts=0,
            trace=tracing.current_or_fresh(),
        )
        .returning(outbox.c.id)
    )
    return int(result.scalar_one())


async def _repeat(session: AsyncSession, lane: str, body_hash: str, *, now: datetime) -> int:
    """One more than the greatest of the equal bodies that this one could meet on the wire.

    Those are the ones that still wait, however long ago they were written, and those that went
    out, or may have gone out, within the platform's memory.
    """
    greatest = select(func.max(outbox.c.repeat)).where(
        outbox.c.lane == lane,
        outbox.c.body_hash == body_hash,
        or_(outbox.c.state == _WAITING, outbox.c.settled_at > now - SAME_BODY_WITHIN),
    )
    found: int | None = (await session.execute(greatest)).scalar_one()
    return 0 if found is None else found + 1


_NOW, _AT_MOST = bindparam("now", type_=Moment), bindparam("at_most", type_=Moment)
"""When it is asked, and a LONGEST_WAIT later. The questions are asked all day: built once."""


def _asked(now: datetime) -> dict[str, datetime]:
    return {"now": now, "at_most": now + LONGEST_WAIT}


def _has_come(order: FromClause) -> ColumnElement[bool]:
    """Whether its moment is here. What was not planned for later, or has been tried before, needs
    no clock to tell: one that is set back must not hold it up, nor let another pass it by."""
    return or_(order.c.due_at <= _NOW, order.c.due_at <= order.c.created_at, order.c.attempts > 0)


def _is_due_head() -> ColumnElement[bool]:
    """Waiting, due, and in its lane nothing is being carried and nothing older is due."""
    earlier, carried = outbox.alias("earlier"), outbox.alias("carried")
    is_head = ~exists().where(
        earlier.c.lane == outbox.c.lane,
        earlier.c.state == _WAITING,
        _has_come(earlier),
        earlier.c.id < outbox.c.id,
    )
    is_free = ~exists().where(
        carried.c.lane == outbox.c.lane,
        carried.c.state == _WAITING,
        carried.c.lease_until > _NOW,
    )
    is_rested = or_(outbox.c.not_before <= _NOW, outbox.c.not_before > _AT_MOST)
    # The row's own lease too: where another process had it locked, only its own columns are
    # read again.
    is_idle = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= _NOW)
    is_due = _has_come(outbox)
    return and_(outbox.c.state == _WAITING, is_due, is_rested, is_head, is_free, is_idle)


_IS_DUE_HEAD = _is_due_head()
_ANY_DUE = select(outbox.c.id).where(_IS_DUE_HEAD).limit(1)


async def has_due(session: AsyncSession, *, now: datetime) -> bool:
    """Whether something could travel now; what waits for a breaker's probe counts."""
    return (await session.execute(_ANY_DUE, _asked(now))).first() is not None


async def heads(
    session: AsyncSession,
    *,
    now: datetime,
    vault: Vault,
    closed: Sequence[tuple[str, str]] = (),
    busy_lanes: Collection[str] = (),
    busy_platforms: Collection[str] = (),
    limit: int = 20,
) -> list[Claimed]:
    """Due lane heads that nobody is carrying, locked; `lease` them before the wire is touched.

    `closed` are the breakers that hold back (app, API; an empty API is the whole app);
    `busy_platforms` those of which enough is travelling.
    """
    given = {
        **_asked(now),
        "busy_lanes": list(busy_lanes),
        "busy_platforms": list(busy_platforms),
        "most": limit,
    }
    rows = (await session.execute(_heads(tuple(closed)), given)).mappings().all()
    return [
        Claimed(
            id=row["id"],
            key=row["key"],
            lane=row["lane"],
            app=row["app"],
            errand=Errand(row["errand"]),
            api=row["api"],
            platform=row["platform"],
            account=row["account"],
            member_id=row["member_id"],
            client_id=row["client_id"],
            repeat=row["repeat"],
            attempts=row["attempts"],
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            trace=row["trace"],
            is_taken_over=row["lease_until"] is not None,
            _sealed=row["payload"],
            _vault=vault,
        )
        for row in rows
    ]


@lru_cache(maxsize=64)
def _heads(closed: tuple[tuple[str, str], ...]) -> Select[Any]:
    return (
        select(outbox)
        .where(
            _IS_DUE_HEAD,
            or_(~_waits_for(closed), outbox.c.expires_at <= _NOW),
            outbox.c.lane.not_in(bindparam("busy_lanes", expanding=True)),
            outbox.c.platform.not_in(bindparam("busy_platforms", expanding=True)),
        )
        .order_by(outbox.c.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )


def _waits_for(closed: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    held = [
        and_(outbox.c.app == app, outbox.c.api == api) if api else outbox.c.app == app
        for app, api in closed
    ]
    is_held = or_(false(), *held)
    return and_(is_held, or_(outbox.c.api != REPLY, outbox.c.attempts > 0))


async def lease(session: AsyncSession, rows: Sequence[Claimed], *, now: datetime) -> list[Claimed]:
    """Marks the rows as being carried, and their tries as made: the rows as they are then."""
    if not rows:
        return []
    await session.execute(
        update(outbox)
        .where(outbox.c.id.in_([row.id for row in rows]))
        .values(lease_until=now + LEASE, attempts=outbox.c.attempts + 1)
    )
    await came_back(session, [row.id for row in rows if row.is_taken_over], now=now)
    tries = [{"outbox_id": row.id, "lane": row.lane, "at": now} for row in rows]
    await session.execute(outbox_tries.insert(), tries)
    return [replace(row, attempts=row.attempts + 1) for row in rows]


async def hold(session: AsyncSession, ids: Collection[int]) -> None:
    """Locks the rows in one order for everybody, and before their tries: whoever takes a row over
    has it locked when he comes to its tries. Where there is one writer, nobody meets."""
    if not ids or session.get_bind().dialect.name == "sqlite":
        return
    rows = select(outbox.c.id).where(outbox.c.id.in_(ids)).order_by(outbox.c.id)
    await session.execute(rows.with_for_update())


async def came_back(session: AsyncSession, ids: Collection[int], *, now: datetime) -> None:
    """Their last tries count from now: the platform may have heard them as late as this, and it
    counts by its own watch. A call may wait for its turn between our note and the wire."""
    if not ids:
        return
    last = (
        select(func.max(outbox_tries.c.id))
        .where(outbox_tries.c.outbox_id.in_(ids))
        .group_by(outbox_tries.c.outbox_id)
    )
    await session.execute(
        update(outbox_tries)
        .where(outbox_tries.c.id.in_(last), outbox_tries.c.at < now)
        .values(at=now)
    )


async def renew(session: AsyncSession, ids: Collection[int], *, now: datetime) -> None:
    """They are still on their way."""
    await session.execute(
        update(outbox)
        .where(outbox.c.id.in_(ids), outbox.c.state == _WAITING, outbox.c.lease_until.is_not(None))
        .values(lease_until=now + LEASE)
    )


async def tries_since(
    session: AsyncSession, lanes: Collection[str], *, since: datetime
) -> dict[str, list[datetime]]:
    """When something was tried in each of the lanes since then, oldest first."""
    query = (
        select(outbox_tries.c.lane, outbox_tries.c.at)
        .where(outbox_tries.c.lane.in_(lanes), outbox_tries.c.at > since)
        .order_by(outbox_tries.c.at)
    )
    found: dict[str, list[datetime]] = {lane: [] for lane in lanes}
    if lanes:
        for lane, at in await session.execute(query):
            found[lane].append(at)
    return found


async def clock_was_set(session: AsyncSession, *, showed: datetime | None, now: datetime) -> None:
    """Counts from now what was noted by another clock: `showed` is what that one said last, None
    where it is not known.

    A lease that ran runs for another LEASE: somebody may be on the way with it. Tries whose age
    cannot be told any more were made just now, so that no limit is broken.
    """
    runs = showed if showed is not None and showed < now + LEASE else now + LEASE
    await session.execute(
        update(outbox)
        .where(outbox.c.state == _WAITING, outbox.c.lease_until > runs)
        .values(lease_until=now + LEASE)
    )
    counts = showed - TRIES_COUNT_FOR if showed is not None and showed < now else now
    await session.execute(update(outbox_tries).where(outbox_tries.c.at > counts).values(at=now))


async def sent(session: AsyncSession, ids: Collection[int], *, now: datetime) -> None:
    await session.execute(
        update(outbox)
        .where(outbox.c.id.in_(ids))
        .values(state=SENT, settled_at=now, lease_until=None, error=None)
    )


async def is_blank(session: AsyncSession, row_id: int) -> bool:
    """Whether what it was about has been erased, perhaps while it travelled."""
    query = select(outbox.c.payload).where(outbox.c.id == row_id)
    return (await session.execute(query)).scalar_one_or_none() is None


async def take_back(
    session: AsyncSession, key: str, *, now: datetime, is_due_too: bool = False
) -> bool:
    """Withdraws an order that was planned for later, or with `is_due_too` any that nobody has begun
    to carry; False where it is too late for that."""
    result = await session.execute(
        update(outbox)
        .where(
            outbox.c.key == key,
            outbox.c.state == _WAITING,
            outbox.c.attempts == 0,
            true() if is_due_too else outbox.c.due_at > now,
        )
        .values(state=DEAD, settled_at=now, error="withdrawn before it was sent")
    )
    return changed_rows(result) > 0


async def again(
    session: AsyncSession, row: Claimed, *, now: datetime, wait: timedelta, error: str
) -> bool:
    """Puts the next try off. False, having changed nothing, where the row is another's by now."""
    return await _ours(
        session,
        row,
        not_before=now + min(wait, LONGEST_WAIT),
        lease_until=None,
        error=error[:500],
    )


async def given_up(session: AsyncSession, row: Claimed, *, now: datetime, error: str) -> bool:
    """For good. False, having changed nothing, where the row is another's by now."""
    return await _ours(
        session, row, state=DEAD, settled_at=now, lease_until=None, error=error[:2000]
    )


async def replaced(session: AsyncSession, row: Claimed, *, now: datetime) -> bool:
    """Another order does its work. False, having changed nothing, where the row is another's."""
    return await _ours(session, row, state=SENT, settled_at=now, lease_until=None, error=None)


async def _ours(session: AsyncSession, row: Claimed, **values: Any) -> bool:
    """A lease that ran out may have gone to another process: its try has the next number."""
    result = await session.execute(
        update(outbox)
        .where(
            outbox.c.id == row.id,
            outbox.c.state == _WAITING,
            outbox.c.attempts == row.attempts,
        )
        .values(values)
    )
    return changed_rows(result) > 0


async def next_due(session: AsyncSession, *, after: datetime) -> datetime | None:
    """The earliest moment after `after` at which a waiting row may travel."""
    rested = case(
        (outbox.c.not_before > outbox.c.due_at, outbox.c.not_before), else_=outbox.c.due_at
    )
    query = select(func.min(rested)).where(outbox.c.state == _WAITING, rested > after)
    moment: datetime | None = (await session.execute(query)).scalar_one()
    return moment
