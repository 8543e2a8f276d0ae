"""收件箱: events made durable before the platform gets its 200, deduplicated, in order per lane.

A lane is a conversation. Its head (the oldest waiting row) is the only row of it that can be
claimed, and the claim lives in the handler's own transaction: whoever dies leaves the row as it
was. A row that keeps failing holds its lane for a minute at most and is then set aside, dead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.arrival import Arrival, Route
from crm_store.bulk import insert_new
from crm_store.types import BigId, Moment
from crm_store.upsert import changed_rows
from crm_store.vault import Vault

WAITING, DONE, DEAD = "waiting", "done", "dead"
_WAITING: ColumnElement[str] = literal_column("'waiting'")
"""Written out where an index is to be used that holds nothing else: with a parameter PostgreSQL
plans anew at each execution."""
_IS_WAITING = text("state = 'waiting'")
_MAY_BE_CLAIMED = text("state = 'waiting' AND route <> 'dead'")
"""All that waits; said so that PostgreSQL does not take this index for that of the lanes."""
_IS_DEAD = text("state = 'dead'")
PURPOSE = "inbox"

inbox = Table(
    "inbox",
    SQLModel.metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("lane", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("route", String(8), nullable=False),
    Column("payload", LargeBinary),
    Column("state", String(8), nullable=False),
    Column("arrived_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("first_failed_at", Moment),
    Column("settled_at", Moment),
    Column("error", Text),
    Column("client_id", BigId),
    Column("trace", String(32)),
    Index("inbox_lane_heads", "lane", "id", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
    Index(
        "inbox_waiting", "route", "id", sqlite_where=_IS_WAITING, postgresql_where=_MAY_BE_CLAIMED
    ),
    Index("inbox_dead", "id", sqlite_where=_IS_DEAD, postgresql_where=_IS_DEAD),
    Index("inbox_settled", "settled_at"),
    Index("inbox_of_a_client", "client_id"),
)

HOLDS_LANE = timedelta(minutes=1)
_BACKOFF = [timedelta(seconds=s) for s in (1, 2, 4, 8, 15, 15, 15, 30, 60)]
_LONGEST_NAME = 200
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Due whatever the clock says: one that is set back must not hold up what has just arrived."""
_LONGEST_WAIT = timedelta(minutes=5)
"""Nothing is put off for longer; what seems to be waits for a clock that has been set back."""


@dataclass(frozen=True)
class Waiting:
    """A claimed row."""

    id: int
    key: str
    lane: str
    kind: str
    arrived_at: datetime
    attempts: int
    first_failed_at: datetime | None
    trace: str | None
    """What its lines in the log are found by (config/tracing.py)."""
    _sealed: bytes = field(repr=False)
    _vault: Vault = field(repr=False)

    @cached_property
    def payload(self) -> dict[str, Any]:
        """Opened when it is asked for: one that cannot be (Unreadable) fails alone."""
        opened: dict[str, Any] = self._vault.service.open_json(self._sealed, purpose=PURPOSE)
        return opened


def _name(words: str) -> str:
    """A key or a lane as it stands; its hash where the column could not hold it."""
    try:
        words.encode()
    except UnicodeEncodeError:
        pass
    else:
        if len(words) <= _LONGEST_NAME and "\0" not in words:
            return words
    return f"sha256:{sha256(words.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _bytes(payload: Mapping[str, Any]) -> bytes:
    """As JSON, without what no database column of text could hold later on."""
    try:
        raw = orjson.dumps(payload)
    except TypeError:  # half a surrogate pair
        return orjson.dumps(_storable(payload))
    return orjson.dumps(_storable(payload)) if b"\\u0000" in raw else raw


def _storable(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "").encode("utf-8", "replace").decode()
        case Mapping():
            return {_storable(name): _storable(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_storable(inner) for inner in value]
        case _:
            return value


def _rows(arrivals: Sequence[Arrival], *, now: datetime, vault: Vault) -> list[dict[str, Any]]:
    return [
        {
            "key": _name(arrival.key),
            "lane": _name(arrival.lane),
            "kind": arrival.kind,
            "route": arrival.route,
            "payload": vault.service.seal(_bytes(arrival.payload), purpose=PURPOSE),
            "state": DEAD if arrival.route is Route.DEAD else WAITING,
            "arrived_at": now,
            "not_before": AT_ONCE,
            "attempts": 0,
            "settled_at": now if arrival.route is Route.DEAD else None,
            "error": _storable(arrival.error),
            "trace": arrival.trace,
        }
        for arrival in arrivals
    ]


async def put(
    session: AsyncSession, arrivals: Sequence[Arrival], *, now: datetime, vault: Vault
) -> int:
    """Adds arrivals inside a transaction, in their order; those whose key is known are dropped.
    How many were new."""
    if not arrivals:
        return 0
    rows = _rows(arrivals, now=now, vault=vault)
    return await insert_new(await session.connection(), inbox, rows, key="key")


def _is_due_head() -> ColumnElement[bool]:
    """Waiting, due, and nothing older waits in its lane."""
    earlier = inbox.alias("earlier")
    # Asked lane by lane over `inbox_lane_heads`. A "not exists" PostgreSQL takes for a join, and
    # reads all that waits for each row where its statistics knew of nothing waiting.
    oldest = (
        select(earlier.c.id)
        .where(earlier.c.lane == inbox.c.lane, earlier.c.state == _WAITING)
        .order_by(earlier.c.lane, earlier.c.id)
        .limit(1)
        .correlate(inbox)
        .scalar_subquery()
    )
    is_head = inbox.c.id == oldest
    now, at_most = bindparam("now", type_=Moment), bindparam("at_most", type_=Moment)
    is_due = or_(inbox.c.not_before <= now, inbox.c.not_before > at_most)
    return and_(inbox.c.state == _WAITING, is_due, is_head)


def _asked(now: datetime) -> dict[str, datetime]:
    return {"now": now, "at_most": now + _LONGEST_WAIT}


@cache
def _any_due(route: Route | None) -> Select[Any]:
    query = select(inbox.c.id).where(_is_due_head()).limit(1)
    return query if route is None else query.where(inbox.c.route == _written_out(route))


@cache
def _heads(route: Route) -> Select[Any]:
    """Built once: it is asked all day."""
    return (
        select(inbox)
        .where(_is_due_head(), inbox.c.route == _written_out(route))
        .order_by(inbox.c.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )


def _written_out(route: Route) -> ColumnElement[str]:
    return bindparam("route", route.value, literal_execute=True)


async def has_due(session: AsyncSession, *, now: datetime, route: Route | None = None) -> bool:
    """Whether something could be claimed now, of this route or of any."""
    return (await session.execute(_any_due(route), _asked(now))).first() is not None


async def claim(
    session: AsyncSession, *, now: datetime, vault: Vault, route: Route = Route.HANDLE
) -> Waiting | None:
    """The oldest due lane head, locked until the transaction ends; None where nothing is due."""
    return next(iter(await heads(session, now=now, vault=vault, route=route, limit=1)), None)


async def heads(
    session: AsyncSession,
    *,
    now: datetime,
    vault: Vault,
    route: Route = Route.HANDLE,
    limit: int,
) -> list[Waiting]:
    """The oldest due lane heads, each of another lane, locked until the transaction ends."""
    rows = await session.execute(_heads(route), {**_asked(now), "most": limit})
    return [
        Waiting(
            id=row["id"],
            key=row["key"],
            lane=row["lane"],
            kind=row["kind"],
            arrived_at=row["arrived_at"],
            attempts=row["attempts"],
            first_failed_at=row["first_failed_at"],
            trace=row["trace"],
            _sealed=row["payload"],
            _vault=vault,
        )
        for row in rows.mappings()
    ]


async def done(
    session: AsyncSession, row_id: int, *, now: datetime, client_id: int | None = None
) -> None:
    await all_done(session, {row_id: client_id}, now=now)


async def all_done(
    session: AsyncSession, clients: Mapping[int, int | None], *, now: datetime
) -> None:
    """Marks rows done; `clients` is row id → the client it was about, for erasure."""
    if not clients:
        return
    rows = [{"row": row, "client": client, "now": now} for row, client in clients.items()]
    await (await session.connection()).execute(_DONE, rows)


_DONE = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"))
    .values(state=DONE, settled_at=bindparam("now"), client_id=bindparam("client"), error=None)
)


async def failed(
    session: AsyncSession,
    row: Waiting,
    *,
    now: datetime,
    error: str,
    holds: timedelta = HOLDS_LANE,
) -> bool:
    """Notes a failure: again later, or dead once the lane was held for `holds`. True if dead."""
    since = min(row.first_failed_at or now, now)
    backoff = _BACKOFF[min(row.attempts, len(_BACKOFF) - 1)]
    is_dead = now - since >= holds
    result = await session.execute(
        update(inbox)
        .where(
            inbox.c.id == row.id,
            inbox.c.state == WAITING,
            # Another loop may have taken it since: what it did, or noted, stands.
            inbox.c.attempts == row.attempts,
        )
        .values(
            attempts=row.attempts + 1,
            first_failed_at=since,
            not_before=now if is_dead else min(now + backoff, since + holds),
            state=DEAD if is_dead else WAITING,
            settled_at=now if is_dead else None,
            error=error[:2000],
        )
    )
    return is_dead and changed_rows(result) > 0


async def newest_waiting(session: AsyncSession, lane: str) -> int | None:
    """The id of the lane's last waiting row."""
    query = select(func.max(inbox.c.id)).where(inbox.c.lane == lane, inbox.c.state == WAITING)
    newest: int | None = (await session.execute(query)).scalar_one()
    return newest


async def done_up_to(session: AsyncSession, lane: str, row_id: int, *, now: datetime) -> None:
    """Marks the lane's waiting rows done up to one: a single pull covered their pointers."""
    await session.execute(
        update(inbox)
        .where(inbox.c.lane == lane, inbox.c.state == WAITING, inbox.c.id <= row_id)
        .values(state=DONE, settled_at=now, error=None)
    )


async def lease(session: AsyncSession, row_id: int, *, until: datetime, attempts: int) -> None:
    """Keeps a pointer from other processes while it is pulled, outside any transaction."""
    await session.execute(
        update(inbox).where(inbox.c.id == row_id).values(not_before=until, attempts=attempts)
    )


async def dead_letters(session: AsyncSession, *, limit: int = 200) -> list[dict[str, Any]]:
    """Events that failed for good, oldest first, without their bodies."""
    query = (
        select(
            inbox.c.id,
            inbox.c.kind,
            inbox.c.lane,
            inbox.c.arrived_at,
            inbox.c.settled_at,
            inbox.c.attempts,
            inbox.c.error,
            inbox.c.trace,
        )
        .where(inbox.c.state == DEAD)
        .order_by(inbox.c.id)
        .limit(limit)
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def retry(session: AsyncSession, ids: Sequence[int], *, now: datetime) -> list[int]:
    """Puts dead letters back to be handled; the ids that were dead. Unreadable ones stay dead."""
    was_dead = (
        await session.execute(
            select(inbox.c.id).where(
                inbox.c.id.in_(ids),
                inbox.c.state == DEAD,
                inbox.c.route != Route.DEAD,
                inbox.c.payload.is_not(None),
            )
        )
    ).scalars()
    found = list(was_dead)
    await session.execute(
        update(inbox)
        .where(inbox.c.id.in_(found))
        .values(state=WAITING, attempts=0, first_failed_at=None, not_before=now, settled_at=None)
    )
    return found
