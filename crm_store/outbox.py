"""发件箱: what has to be said, durable, in order per receiver, until it is said or given up.

A row is claimed with a lease in a short transaction (no HTTP happens inside one), travels, and is
marked in another. Every try is a row of `outbox_tries`, written before the wire is touched: the
platforms' limits are counted there and so hold over a restart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    text,
    update,
)
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from config import tracing
from crm_store.types import BigId, Moment
from crm_store.upsert import changed_rows
from crm_store.vault import Vault

WAITING, SENT, DEAD = "waiting", "sent", "dead"
_IS_WAITING = text("state = 'waiting'")
PURPOSE = "outbox"
SAME_BODY_WITHIN = timedelta(hours=4)
"""WeCom's duplicate check swallows an equal body within this time."""


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
    _sealed: bytes = field(repr=False)
    _vault: Vault = field(repr=False)

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
            not_before=order.due_at,
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
        or_(outbox.c.state == WAITING, outbox.c.settled_at > now - SAME_BODY_WITHIN),
    )
    found: int | None = (await session.execute(greatest)).scalar_one()
    return 0 if found is None else found + 1


def _is_due_head(now: datetime) -> list[ColumnElement[bool]]:
    """Waiting, due, and in its lane nothing is being carried and nothing older is due."""
    earlier, carried = outbox.alias("earlier"), outbox.alias("carried")
    is_head = ~exists().where(
        earlier.c.lane == outbox.c.lane,
        earlier.c.state == WAITING,
        earlier.c.due_at <= now,
        earlier.c.id < outbox.c.id,
    )
    is_free = ~exists().where(
        carried.c.lane == outbox.c.lane,
        carried.c.state == WAITING,
        carried.c.lease_until > now,
    )
    is_due = [outbox.c.due_at <= now, outbox.c.not_before <= now]
    # The row's own lease too: where another process had it locked, only its own columns are
    # read again.
    is_idle = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)
    return [outbox.c.state == WAITING, *is_due, is_head, is_free, is_idle]


async def has_due(session: AsyncSession, *, now: datetime) -> bool:
    """Whether something could travel now; what waits for a breaker's probe counts."""
    query = select(outbox.c.id).where(*_is_due_head(now)).limit(1)
    return (await session.execute(query)).first() is not None


async def heads(
    session: AsyncSession,
    *,
    now: datetime,
    vault: Vault,
    closed: Sequence[tuple[str, str]] = (),
    busy_lanes: frozenset[str] = frozenset(),
    limit: int = 20,
) -> list[Claimed]:
    """Due lane heads that nobody is carrying, locked; `lease` them before the wire is touched.

    `closed` are the breakers that hold back (app, API; an empty API is the whole app).
    """
    query = (
        select(outbox)
        .where(
            *_is_due_head(now),
            or_(~_waits_for(closed), outbox.c.expires_at <= now),
            outbox.c.lane.not_in(busy_lanes),
        )
        .order_by(outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.execute(query)).mappings().all()
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
            _sealed=row["payload"],
            _vault=vault,
        )
        for row in rows
    ]


def _waits_for(closed: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    held = [
        and_(outbox.c.app == app, outbox.c.api == api) if api else outbox.c.app == app
        for app, api in closed
    ]
    return or_(false(), *held)


async def lease(session: AsyncSession, row: Claimed, *, now: datetime, until: datetime) -> None:
    """Marks the row as being carried, and the try as made."""
    await session.execute(
        update(outbox)
        .where(outbox.c.id == row.id)
        .values(lease_until=until, attempts=row.attempts + 1)
    )
    await session.execute(outbox_tries.insert().values(outbox_id=row.id, lane=row.lane, at=now))


async def tries_since(session: AsyncSession, lane: str, *, since: datetime) -> list[datetime]:
    """When something was tried in this lane since then, oldest first."""
    query = (
        select(outbox_tries.c.at)
        .where(outbox_tries.c.lane == lane, outbox_tries.c.at > since)
        .order_by(outbox_tries.c.at)
    )
    return list((await session.execute(query)).scalars())


async def sent(session: AsyncSession, row_id: int, *, now: datetime) -> None:
    await session.execute(
        update(outbox)
        .where(outbox.c.id == row_id)
        .values(state=SENT, settled_at=now, lease_until=None, error=None)
    )


async def take_back(session: AsyncSession, key: str, *, now: datetime) -> bool:
    """Withdraws an order that nobody has begun to carry; False where it is too late for that."""
    result = await session.execute(
        update(outbox)
        .where(
            outbox.c.key == key,
            outbox.c.state == WAITING,
            outbox.c.attempts == 0,
            outbox.c.due_at > now,
        )
        .values(state=DEAD, settled_at=now, error="withdrawn before it was sent")
    )
    return changed_rows(result) > 0


async def again(
    session: AsyncSession, row_id: int, *, not_before: datetime, error: str | None
) -> None:
    await session.execute(
        update(outbox)
        .where(outbox.c.id == row_id)
        .values(not_before=not_before, lease_until=None, error=error)
    )


async def given_up(session: AsyncSession, row_id: int, *, now: datetime, error: str) -> None:
    await session.execute(
        update(outbox)
        .where(outbox.c.id == row_id)
        .values(state=DEAD, settled_at=now, lease_until=None, error=error[:2000])
    )


async def next_due(session: AsyncSession, *, after: datetime) -> datetime | None:
    """The earliest planned moment after `after` at which a waiting row may travel."""
    query = select(func.min(outbox.c.not_before)).where(
        outbox.c.state == WAITING, outbox.c.not_before > after
    )
    moment: datetime | None = (await session.execute(query)).scalar_one()
    return moment
