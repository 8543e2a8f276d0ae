"""访问令牌: access tokens, sealed in the database, fetched by one caller at a time."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Column, LargeBinary, String, Table, select, update
from sqlmodel import SQLModel

from config.clock import Clock
from crm_store.database import Database
from crm_store.types import Moment
from crm_store.upsert import insert_into
from crm_store.vault import Unreadable, Vault

PURPOSE = "token"
_LEASE = timedelta(seconds=15)
_POLL_SECONDS = 0.1
_FRESH_PART = 0.9
"""A token is renewed when this part of its life is over."""

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


class TokenStore:
    """One store for all processes. Fills notifiers' TokenCache."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.refreshed = 0
        """How many tokens this process fetched."""

    async def token(self, name: str, fetch: Callable[[], Awaitable[Fetched]]) -> str:
        known = await self._known(name)
        if known is not None:
            return known
        async with self._turns[name]:
            while True:
                known = await self._known(name)
                if known is not None:
                    return known
                if await self._lease(name):
                    break
                # Another process is fetching; its lease ends even if it dies.
                await asyncio.sleep(_POLL_SECONDS)
            known = await self._known(name)
            if known is not None:
                # It was fetched between our look and our turn.
                await self._release(name)
                return known
            return await self._fetch(name, fetch)

    async def discard(self, name: str, failed: str) -> None:
        async with self._database.writing() as session:
            row = (await session.execute(select(tokens).where(tokens.c.name == name))).first()
            if row is not None and self._open(row.sealed) == failed:
                await session.execute(
                    update(tokens).where(tokens.c.name == name).values(sealed=None)
                )

    async def _fetch(self, name: str, fetch: Callable[[], Awaitable[Fetched]]) -> str:
        try:
            fresh = await fetch()
        except BaseException:
            await self._release(name)
            raise
        self.refreshed += 1
        now = self._clock.now()
        async with self._database.writing() as session:
            await session.execute(
                update(tokens)
                .where(tokens.c.name == name)
                .values(
                    sealed=self._vault.service.seal(fresh.token.encode(), purpose=PURPOSE),
                    refresh_at=now + fresh.lifetime * _FRESH_PART,
                    lease_until=None,
                )
            )
        return fresh.token

    async def _known(self, name: str) -> str | None:
        async with self._database.reading() as session:
            row = (await session.execute(select(tokens).where(tokens.c.name == name))).first()
        if row is None or row.refresh_at is None or row.refresh_at <= self._clock.now():
            return None
        return self._open(row.sealed)

    def _open(self, sealed: bytes | None) -> str | None:
        if sealed is None:
            return None
        try:
            return self._vault.service.open(sealed, purpose=PURPOSE).decode()
        except Unreadable:
            return None

    async def _lease(self, name: str) -> bool:
        now = self._clock.now()
        async with self._database.writing() as session:
            await session.execute(
                insert_into(tokens, session.get_bind().dialect.name)
                .values(name=name)
                .on_conflict_do_nothing()
            )
            free = (tokens.c.lease_until.is_(None)) | (tokens.c.lease_until <= now)
            result = await session.execute(
                update(tokens).where(tokens.c.name == name, free).values(lease_until=now + _LEASE)
            )
            return bool(result.rowcount)  # type: ignore[attr-defined]

    async def _release(self, name: str) -> None:
        async with self._database.writing() as session:
            await session.execute(
                update(tokens).where(tokens.c.name == name).values(lease_until=None)
            )
