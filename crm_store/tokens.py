"""访问令牌: access tokens, sealed in the database, fetched by one caller at a time.

The database is the truth. In front of it are two caches, so that a call does not cost a read of
it: a short memory of this process and, where there is one, Redis with the same sealed bytes.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import Column, LargeBinary, String, Table, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from config.clock import Clock
from crm_store.database import Database
from crm_store.redis_link import RedisLink
from crm_store.types import Moment
from crm_store.upsert import changed_rows, insert_into
from crm_store.vault import Unreadable, Vault

log = structlog.get_logger(__name__)

PURPOSE = "token"
_LEASE = timedelta(seconds=15)
_LONGEST_LEASE = timedelta(minutes=1)
"""What seems to be leased for longer waits for a clock that has been set back: it is free."""
_POLL_SECONDS = 0.1
_FRESH_PART = 0.9
"""A token is renewed when this part of its life is over."""
_REMEMBERED_FOR = 10.0
"""Seconds for which a process does not ask again; what another one discarded costs it one
refused call within them."""
_CLOCKS_DIFFER = timedelta(minutes=5)
"""A token from further ahead was fetched before the clock was set back: how old is unknown."""

tokens = Table(
    "tokens",
    SQLModel.metadata,
    Column("name", String(160), primary_key=True),
    Column("sealed", LargeBinary),
    Column("refresh_at", Moment),
    Column("lease_until", Moment),
)


class Fetched(Protocol):
    @property
    def token(self) -> str: ...
    @property
    def lifetime(self) -> timedelta: ...


@dataclass(frozen=True)
class _Kept:
    """A token as it lies sealed."""

    token: str = field(repr=False)
    fetched_at: datetime
    refresh_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        return self.fetched_at - _CLOCKS_DIFFER <= now < self.refresh_at


class TokenStore:
    """One store for all processes. Fills notifiers' TokenCache."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        redis: RedisLink | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._redis = redis
        self._monotonic = monotonic
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._memory: dict[str, tuple[_Kept, float]] = {}
        """What was found, and until when (monotonic) it is not looked up again."""
        self._refused: dict[str, str] = {}
        """The token of a name that the platform refused last: a cache may still hold it."""
        self._failed: dict[str, Exception] = {}
        """How the last fetch ended, where it failed."""
        self.refreshed = 0
        """How many tokens this process fetched."""

    async def token(self, name: str, fetch: Callable[[], Awaitable[Fetched]]) -> str:
        known = self._remembered(name)
        if known is not None:
            return known
        before = self._failed.get(name)
        async with self._turns[name]:
            known = self._remembered(name) or await self._in_redis(name)
            failed = self._failed.get(name)
            if known is None and failed is not None and failed is not before:
                # It has just failed, for somebody before us in the line: it would for us.
                raise failed.with_traceback(None)
            while known is None:
                known = await self._in_database(name)
                lease = await self._lease(name) if known is None else None
                if lease is not None:
                    return await self._fetch_in_turn(name, lease, fetch)
                if known is None:
                    # Another process is fetching; its lease ends even if it dies.
                    await asyncio.sleep(_POLL_SECONDS)
            return known

    async def discard(self, name: str, failed: str) -> None:
        """Drops the token from every cache and the database, if it is still there."""
        if self._refused.get(name) == failed:
            return  # by another call of this process, a moment ago
        self._refused[name] = failed
        self._memory.pop(name, None)
        async with self._database.writing() as session:
            row = (await session.execute(select(tokens).where(tokens.c.name == name))).first()
            kept = self._open(name, row.sealed) if row is not None else None
            if row is not None and kept is not None and kept.token == failed:
                await session.execute(
                    update(tokens)
                    .where(tokens.c.name == name, tokens.c.sealed == row.sealed)
                    .values(sealed=None)
                )
        if self._redis is not None:
            key = self._redis.name(PURPOSE, name)
            kept = self._open(name, await self._redis.get(key))
            if kept is not None and kept.token == failed:
                await self._redis.ask(lambda redis: redis.delete(key))

    async def _fetch_in_turn(
        self, name: str, lease: datetime, fetch: Callable[[], Awaitable[Fetched]]
    ) -> str:
        """With the lease in hand."""
        try:
            known = await self._in_database(name)
            if known is None:
                return await self._fetch(name, lease, fetch)
        except BaseException:
            # Why it failed matters more: without a release the lease runs out.
            with suppress(SQLAlchemyError, OSError):
                await self._release(name, lease)
            raise
        # It was fetched between our look and our turn.
        await self._release(name, lease)
        return known

    async def _fetch(
        self, name: str, lease: datetime, fetch: Callable[[], Awaitable[Fetched]]
    ) -> str:
        try:
            fresh = await fetch()
        except Exception as failed:
            self._failed[name] = failed
            raise
        self._failed.pop(name, None)
        self.refreshed += 1
        now = self._clock.now()
        kept = _Kept(fresh.token, now, now + fresh.lifetime * _FRESH_PART)
        sealed = self._seal(name, kept)
        # Some platforms give the same token out again: then it was not the token's fault.
        self._refused.pop(name, None)
        # It serves this process even where it cannot be written down.
        self._remember(name, kept)
        try:
            if await self._write(name, lease, kept, sealed):
                await self._cache(name, kept, sealed)
                return kept.token
            # It took so long that another's turn came: what he fetched is the newer one.
            return await self._in_database(name) or kept.token
        except (SQLAlchemyError, OSError) as error:
            log.warning("token_not_stored", error=type(error).__name__)
            return kept.token

    async def _write(self, name: str, lease: datetime, kept: _Kept, sealed: bytes) -> bool:
        """False, having changed nothing, where the turn is not ours any more."""
        async with self._database.writing() as session:
            result = await session.execute(
                update(tokens)
                .where(tokens.c.name == name, tokens.c.lease_until == lease)
                .values(sealed=sealed, refresh_at=kept.refresh_at, lease_until=None)
            )
            return changed_rows(result) > 0

    def _remembered(self, name: str) -> str | None:
        kept, until = self._memory.get(name, (None, 0.0))
        if kept is None or until <= self._monotonic() or not kept.is_fresh(self._clock.now()):
            return None
        return kept.token

    async def _in_redis(self, name: str) -> str | None:
        if self._redis is None:
            return None
        key = self._redis.name(PURPOSE, name)
        kept = self._usable(name, await self._redis.get(key))
        if kept is None:
            return None
        self._remember(name, kept)
        return kept.token

    async def _in_database(self, name: str) -> str | None:
        async with self._database.reading() as session:
            query = select(tokens.c.sealed).where(tokens.c.name == name)
            sealed = (await session.execute(query)).scalar_one_or_none()
        kept = self._usable(name, sealed)
        if kept is None or sealed is None:
            return None
        await self._cache(name, kept, sealed)
        return kept.token

    def _usable(self, name: str, sealed: bytes | None) -> _Kept | None:
        kept = self._open(name, sealed)
        if kept is None or kept.token == self._refused.get(name):
            return None
        return kept if kept.is_fresh(self._clock.now()) else None

    async def _cache(self, name: str, kept: _Kept, sealed: bytes) -> None:
        self._remember(name, kept)
        if self._redis is not None:
            key = self._redis.name(PURPOSE, name)
            lasts = max(kept.refresh_at - self._clock.now(), timedelta(seconds=1))
            await self._redis.ask(lambda redis: redis.set(key, sealed, px=lasts))

    def _remember(self, name: str, kept: _Kept) -> None:
        self._memory[name] = (kept, self._monotonic() + _REMEMBERED_FOR)

    def _seal(self, name: str, kept: _Kept) -> bytes:
        content = {
            "name": name,
            "token": kept.token,
            "fetched_at": kept.fetched_at,
            "refresh_at": kept.refresh_at,
        }
        return self._vault.service.seal_json(content, purpose=PURPOSE)

    def _open(self, name: str, sealed: bytes | None) -> _Kept | None:
        """None for what cannot be opened, or was sealed under another name."""
        if sealed is None:
            return None
        try:
            content: dict[str, Any] = self._vault.service.open_json(sealed, purpose=PURPOSE)
        except (Unreadable, ValueError):
            return None
        if content.get("name") != name:
            return None
        return _Kept(
            content["token"],
            datetime.fromisoformat(content["fetched_at"]),
            datetime.fromisoformat(content["refresh_at"]),
        )

    async def _lease(self, name: str) -> datetime | None:
        """What our lease is known by, or None where it is another's turn."""
        now = self._clock.now()
        lease = now + _LEASE
        async with self._database.writing() as session:
            await session.execute(
                insert_into(tokens, session.get_bind().dialect.name)
                .values(name=name)
                .on_conflict_do_nothing()
            )
            until = tokens.c.lease_until
            free = or_(until.is_(None), until <= now, until > now + _LONGEST_LEASE)
            result = await session.execute(
                update(tokens).where(tokens.c.name == name, free).values(lease_until=lease)
            )
            return lease if changed_rows(result) else None

    async def _release(self, name: str, lease: datetime) -> None:
        async with self._database.writing() as session:
            await session.execute(
                update(tokens)
                .where(tokens.c.name == name, tokens.c.lease_until == lease)
                .values(lease_until=None)
            )
