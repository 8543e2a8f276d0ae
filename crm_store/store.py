"""The unit of work: one transaction an event, in which everything an event causes is written.

Rows, facts, timers and what has to be said commit together with the inbox row that caused them.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from config.clock import Clock
from crm_store import timers
from crm_store.database import Database
from crm_store.facts import Fact
from crm_store.models import (
    AuditEntry,
    Client,
    ClientKey,
    Identity,
    IdentityKind,
    Lead,
    TimelineEntry,
)
from crm_store.saying import Commit, Saying
from crm_store.vault import Vault
from crm_store.view import Row, View
from crm_store.wakeup import Wakeup

_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


class Transaction(Saying):
    """What a handler writes with. Nothing of it is seen, or said, before it commits."""

    def __init__(
        self,
        session: AsyncSession,
        vault: Vault,
        *,
        now: datetime,
        fresh_id: Callable[[], str],
        commit: Commit | None = None,
    ) -> None:
        super().__init__(session, vault, now=now, fresh_id=fresh_id, commit=commit)
        self.recorded: list[tuple[TimelineEntry, Fact]] = []
        """Facts recorded so far, with their entries; the dispatcher runs their reactions."""
        self.is_careful = True
        """Whether a reaction that fails is undone by itself; else the whole event is."""
        self.touched_client: int | None = None
        """The client this event was about, for erasure."""
        self._came_by: dict[int, int] = {}
        """By client, the alias by which what is added from now on came."""

    def apart(self, *, is_careful: bool) -> "Transaction":
        """One of several events that are committed together, with facts of its own."""
        one = Transaction(
            self.session, self.vault, now=self.now, fresh_id=self.fresh_id, commit=self.commit
        )
        one.is_careful = is_careful
        return one

    def add(self, row: SQLModel) -> None:
        if "origin_id" in type(row).model_fields and getattr(row, "id", None) is None:
            self._stamp(row)
        self.session.add(row)

    def _stamp(self, row: Any) -> None:
        if row.origin_id is None and (client_id := getattr(row, "client_id", None)) is not None:
            row.origin_id = self.origin_of(client_id)

    def came_by(self, client_id: int, number: int | None) -> None:
        """What is added about the client from now on came by this number of his: his conversation
        under an alias, a form that was handed in. None: by nobody's in particular."""
        if number is None:
            self._came_by.pop(client_id, None)
        else:
            self._came_by[client_id] = number

    def origin_of(self, client_id: int) -> int | None:
        return self._came_by.get(client_id)

    @contextmanager
    def speaking_for(self, client_id: int, number: int | None) -> Iterator[None]:
        """`came_by` for the block alone."""
        before = self.origin_of(client_id)
        self.came_by(client_id, number)
        try:
            yield
        finally:
            self.came_by(client_id, before)

    async def flush(self) -> None:
        await self.session.flush()

    async def lock(self, model: type[Row], key: Any) -> Row:
        """The row as it is now, held until the commit; LookupError where it is gone.

        Held against changes only: rows that point at it may still be added (foreign keys).
        """
        held = self.commit.held
        if self.commit.is_alone or (model, key) in held:
            return await self.get(model, key)
        row = await self.session.get(
            model, key, populate_existing=True, with_for_update={"key_share": True}
        )
        if row is None:
            raise LookupError(f"{model.__name__} {key} is gone")
        held.add((model, key))
        return row

    async def read_again(self, row: SQLModel) -> None:
        """As it is now that its client is held: who held him before may have changed it."""
        if not self.commit.is_alone:
            await self.session.refresh(row)

    async def turn(self, what: str) -> None:
        """Waits until no other transaction is at this; it is this one's until the commit.

        Asked for after the client is held, never before.
        """
        if not self.commit.is_alone:
            await self.session.execute(_TURN, {"what": what})

    async def lock_lead(self, lead_id: int) -> Lead:
        """The lead as it is now, held, and its client before it; where it was folded into another,
        that one.

        Whoever changes anything about a client holds the client first: his messages, presses,
        timers and answers then wait for each other and never crosswise.
        """
        while True:
            lead = await self.get(Lead, lead_id)
            await self.lock_client(lead.client_id)
            lead = await self.lock(Lead, lead_id)
            if lead.folded_into_id is None:
                return lead
            lead_id = lead.folded_into_id

    async def lock_client(self, client_id: int) -> Client:
        """Whom the number stands for, as he is now, held: where it was merged into another, that
        client, who is found to be so once he is held."""
        while True:
            client = await self.lock(Client, client_id)
            if client.merged_into_id is None:
                return client
            client_id = client.merged_into_id

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What the block does is undone where it raises: rows, facts, and keys drawn in it."""
        recorded, ciphers, touched = len(self.recorded), dict(self._ciphers), self.touched_client
        held, notes = set(self.commit.held), len(self.commit.afterwards)
        came_by = dict(self._came_by)
        try:
            async with self.session.begin_nested():
                yield
        except BaseException:
            del self.recorded[recorded:]
            # An id drawn in the block is given out again, to a client with another key.
            self._ciphers, self.touched_client, self._came_by = ciphers, touched, came_by
            self.commit.held = held
            del self.commit.afterwards[notes:]
            raise

    # -- facts ------------------------------------------------------------------------------

    async def record(self, fact: Fact) -> TimelineEntry:
        """Appends the fact to the timeline and changes the lead's columns as it says."""
        if fact.lead_id is not None:
            lead = await self.get(Lead, fact.lead_id)
            lead.apply(fact)
            self.session.add(lead)
        words = None
        if fact.words is not None and fact.client_id is not None:
            words = await self.seal(fact.client_id, fact.words, purpose="fact")
        entry = TimelineEntry(
            kind=fact.kind,
            at=fact.at,
            client_id=fact.client_id,
            lead_id=fact.lead_id,
            by=fact.by,
            data=fact.data(),
            why=fact.why,
            words=words,
        )
        self.add(entry)
        self.touched_client = fact.client_id or self.touched_client
        self.recorded.append((entry, fact))
        return entry

    # -- clients ----------------------------------------------------------------------------

    async def new_client(self, *, name: str = "", company: str = "", region: str = "") -> Client:
        client = Client(name=name, company=company, region=region, created_at=self.now)
        self.session.add(client)
        await self.session.flush()
        await self.add_key(client.id)
        return client

    async def new_alias(self, client: Client, *, name: str = "", company: str = "") -> Client:
        """A further number of the client, for a record that was brought by itself. It has no key:
        what comes by it is sealed with his."""
        alias = Client(name=name, company=company, created_at=self.now, merged_into_id=client.id)
        self.session.add(alias)
        await self.session.flush()
        return alias

    async def add_key(self, client_id: int) -> None:
        wrapped = self.vault.fresh_client_key(client_id)
        self.session.add(ClientKey(client_id=client_id, holder_id=client_id, wrapped=wrapped))
        await self.session.flush()

    def forget_ciphers(self, *client_ids: int) -> None:
        """Who holds which key has changed."""
        for client_id in client_ids:
            self._ciphers.pop(client_id, None)

    async def destroy_key(self, client_id: int) -> None:
        """Whatever was sealed for the client can never be opened again."""
        for key in await self.keys_of(client_id):
            await self.session.delete(key)
        await self.session.flush()
        self._ciphers.pop(client_id, None)

    async def seal(self, client_id: int, text: str, *, purpose: str) -> bytes:
        cipher = await self.cipher(client_id)
        return cipher.seal(text.encode("utf-8", "replace"), purpose=purpose)

    async def add_identity(self, client_id: int, kind: IdentityKind, value: str) -> None:
        """Ties an identifier to the client. Two at once: one commits, the other's event is tried
        again and finds it (unique index)."""
        self.add(
            Identity(
                client_id=client_id,
                kind=kind,
                lookup=self.vault.lookup(kind, value),
                value=await self.seal(client_id, value, purpose="identity"),
                added_at=self.now,
            )
        )
        await self.session.flush()

    def audit(self, who: str, action: str, *, client_id: int | None = None) -> None:
        self.session.add(AuditEntry(at=self.now, who=who, action=action, client_id=client_id))

    # -- timers -----------------------------------------------------------------------------

    async def set_timer(
        self, kind: str, subject: str, due_at: datetime, *, data: Mapping[str, Any] | None = None
    ) -> None:
        await timers.set_timer(self.session, kind, subject, due_at, data=data)

    async def cancel_timer(self, kind: str, subject: str) -> None:
        await self.cancel_timers((kind,), subject)

    async def cancel_timers(self, kinds: Sequence[str], subject: str) -> None:
        await timers.cancel(self.session, kinds, subject)


class Store:
    """Opens transactions and views over one database."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        wakeup: Wakeup,
        *,
        fresh_id: Callable[[], str],
    ) -> None:
        self.database = database
        self.vault = vault
        self.clock = clock
        self.wakeup = wakeup
        self._fresh_id = fresh_id

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self.database.writing() as session:
            now = self.clock.now()
            commit = Commit(is_alone=self.database.is_sqlite)
            tx = Transaction(session, self.vault, now=now, fresh_id=self._fresh_id, commit=commit)
            yield tx
            await session.flush()
        for note in commit.afterwards:
            note()
        if commit.has_said:
            self.wakeup.outbox()
        if commit.has_arrived:
            self.wakeup.inbox()
        if commit.has_rung:
            self.wakeup.desk()

    @asynccontextmanager
    async def view(self) -> AsyncIterator[View]:
        async with self.database.reading() as session:
            yield View(session, self.vault, now=self.clock.now())
