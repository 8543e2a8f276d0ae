"""The unit of work: one transaction an event, in which everything an event causes is written.

Rows, facts, timers and what has to be said commit together with the inbox row that caused them.
What crm_store can say it knows only as something that turns into JSON: `Sayable`.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import text
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from config.clock import Clock
from crm_store import inbox, outbox, timers
from crm_store.arrival import Arrival
from crm_store.database import Database
from crm_store.facts import Fact
from crm_store.models import (
    AuditEntry,
    Client,
    ClientKey,
    Identity,
    IdentityKind,
    Lead,
    Member,
    SentCard,
    TimelineEntry,
)
from crm_store.outbox import Errand, Order
from crm_store.vault import Cipher, Erased, Vault
from crm_store.wakeup import Wakeup

Row = TypeVar("Row", bound=SQLModel)

Known = tuple[IdentityKind, str]
"""What somebody may be known by, and its value."""

A_DAY = timedelta(hours=24)
GONE = "（已删除）"
"""What stands where an erased client's words were."""


_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


class Sayable(Protocol):
    """A card or a text: whatever turns into JSON and tells whether it is a card."""

    @property
    def form(self) -> str: ...
    def model_dump(self, *, mode: str) -> dict[str, Any]: ...
    def model_dump_json(self) -> str: ...


@dataclass(frozen=True)
class ReplyTo:
    """A way to answer that came with a message (DingTalk's sessionWebhook)."""

    url: str
    expires_at: datetime


class View:
    """Reads, and opens what is sealed. It cannot write."""

    def __init__(self, session: AsyncSession, vault: Vault, *, now: datetime) -> None:
        self.session = session
        self.vault = vault
        self.now = now
        self._ciphers: dict[int, Cipher] = {}

    async def find(self, model: type[Row], key: Any) -> Row | None:
        return await self.session.get(model, key)

    async def get(self, model: type[Row], key: Any) -> Row:
        """The row, or LookupError: for keys that our own rows hold."""
        row = await self.session.get(model, key)
        if row is None:
            raise LookupError(f"{model.__name__} {key} is gone")
        return row

    async def cipher(self, client_id: int) -> Cipher:
        """The client's cipher; raises Erased where he was."""
        if client_id not in self._ciphers:
            key = await self.session.get(ClientKey, client_id)
            if key is None:
                raise Erased
            self._ciphers[client_id] = self.vault.client_cipher(client_id, key.wrapped)
        return self._ciphers[client_id]

    async def open(self, client_id: int, sealed: bytes, *, purpose: str) -> str:
        """What was sealed for the client; GONE once he was erased."""
        try:
            cipher = await self.cipher(client_id)
        except Erased:
            return GONE
        return cipher.open(sealed, purpose=purpose).decode()

    async def identity(self, kind: IdentityKind, value: str) -> Identity | None:
        return (await self.identities([(kind, value)])).get((kind, value))

    async def identities(self, known: Sequence[Known]) -> dict[Known, Identity]:
        """Those of these identifiers that somebody has."""
        lookups = {self.vault.lookup(kind, value): (kind, value) for kind, value in known}
        if not lookups:
            return {}
        query = select(Identity).where(
            col(Identity.kind).in_({kind for kind, _ in known}),
            col(Identity.lookup).in_(lookups),
        )
        rows = (await self.session.exec(query)).all()
        return {lookups[row.lookup]: row for row in rows if lookups[row.lookup][0] == row.kind}


@dataclass
class _Commit:
    """What the events of one commit share."""

    is_alone: bool = False
    """Whether nobody else can write before the commit (SQLite): what was read is held."""
    held: set[tuple[type[SQLModel], Any]] = field(default_factory=set)
    """Rows locked so far: nobody else changes them before the commit."""
    has_said: bool = False
    has_arrived: bool = False


class Transaction(View):
    """What a handler writes with. Nothing of it is seen, or said, before it commits."""

    def __init__(
        self,
        session: AsyncSession,
        vault: Vault,
        *,
        now: datetime,
        fresh_id: Callable[[], str],
        commit: _Commit | None = None,
    ) -> None:
        super().__init__(session, vault, now=now)
        self.fresh_id = fresh_id
        self.recorded: list[tuple[TimelineEntry, Fact]] = []
        """Facts recorded so far, with their entries; the dispatcher runs their reactions."""
        self.is_careful = True
        """Whether a reaction that fails is undone by itself; else the whole event is."""
        self.touched_client: int | None = None
        """The client this event was about, for erasure."""
        self._commit = commit or _Commit()

    def apart(self, *, is_careful: bool) -> "Transaction":
        """One of several events that are committed together, with facts of its own."""
        one = Transaction(
            self.session, self.vault, now=self.now, fresh_id=self.fresh_id, commit=self._commit
        )
        one.is_careful = is_careful
        return one

    @property
    def has_said(self) -> bool:
        return self._commit.has_said

    @property
    def has_arrived(self) -> bool:
        return self._commit.has_arrived

    def add(self, row: SQLModel) -> None:
        self.session.add(row)

    async def flush(self) -> None:
        await self.session.flush()

    async def lock(self, model: type[Row], key: Any) -> Row:
        """The row as it is now, held until the commit; LookupError where it is gone.

        Held against changes only: rows that point at it may still be added (foreign keys).
        """
        held = self._commit.held
        if self._commit.is_alone or (model, key) in held:
            return await self.get(model, key)
        row = await self.session.get(
            model, key, populate_existing=True, with_for_update={"key_share": True}
        )
        if row is None:
            raise LookupError(f"{model.__name__} {key} is gone")
        held.add((model, key))
        return row

    async def turn(self, what: str) -> None:
        """Waits until no other transaction is at this; it is this one's until the commit.

        Asked for after the client is held, never before.
        """
        if not self._commit.is_alone:
            await self.session.execute(_TURN, {"what": what})

    async def lock_lead(self, lead_id: int) -> Lead:
        """The lead as it is now, held, and its client before it.

        Whoever changes anything about a client holds the client first: his messages, presses,
        timers and answers then wait for each other and never crosswise.
        """
        lead = await self.get(Lead, lead_id)
        await self.lock(Client, lead.client_id)
        return await self.lock(Lead, lead_id)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What the block does is undone where it raises: rows, facts, and keys drawn in it."""
        recorded, ciphers, touched = len(self.recorded), dict(self._ciphers), self.touched_client
        held = set(self._commit.held)
        try:
            async with self.session.begin_nested():
                yield
        except BaseException:
            del self.recorded[recorded:]
            # An id drawn in the block is given out again, to a client with another key.
            self._ciphers, self.touched_client = ciphers, touched
            self._commit.held = held
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
        self.session.add(entry)
        self.touched_client = fact.client_id or self.touched_client
        self.recorded.append((entry, fact))
        return entry

    # -- clients ----------------------------------------------------------------------------

    async def new_client(self, *, name: str = "", company: str = "", region: str = "") -> Client:
        client = Client(name=name, company=company, region=region, created_at=self.now)
        self.session.add(client)
        await self.session.flush()
        self.session.add(
            ClientKey(client_id=client.id, wrapped=self.vault.fresh_client_key(client.id))
        )
        await self.session.flush()
        return client

    async def destroy_key(self, client_id: int) -> None:
        """Whatever was sealed for the client can never be opened again."""
        key = await self.session.get(ClientKey, client_id)
        if key is not None:
            await self.session.delete(key)
            await self.session.flush()
        self._ciphers.pop(client_id, None)

    async def seal(self, client_id: int, text: str, *, purpose: str) -> bytes:
        cipher = await self.cipher(client_id)
        return cipher.seal(text.encode("utf-8", "replace"), purpose=purpose)

    async def add_identity(self, client_id: int, kind: IdentityKind, value: str) -> None:
        """Ties an identifier to the client. Two at once: one commits, the other's event is tried
        again and finds it (unique index)."""
        self.session.add(
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

    # -- what has to be said ----------------------------------------------------------------

    async def notify(
        self,
        member: Member,
        message: Sayable,
        *,
        purpose: str = "notice",
        client_id: int | None = None,
        lead_id: int | None = None,
        due_at: datetime | None = None,
        reply: ReplyTo | None = None,
        on: str | None = None,
    ) -> str | None:
        """Puts a message to a colleague into the outbox; its key, or None where he has no account
        or has left.

        `on` names the platform to answer on (the one he spoke on), else his preferred one; the
        others are kept to fall back on.
        """
        if not member.active:
            return None
        accounts = sorted(member.accounts(), key=lambda pair: pair[0] != on) if on else None
        accounts = accounts if accounts is not None else member.accounts()
        if not accounts:
            return None
        (platform, account), *others = accounts
        return await self.say(
            platform,
            account,
            message,
            member_id=member.id,
            purpose=purpose,
            client_id=client_id,
            lead_id=lead_id,
            due_at=due_at,
            reply=reply,
            fallback=others,
        )

    async def say(
        self,
        platform: str,
        account: str,
        message: Sayable,
        *,
        member_id: str | None = None,
        purpose: str = "notice",
        client_id: int | None = None,
        lead_id: int | None = None,
        due_at: datetime | None = None,
        reply: ReplyTo | None = None,
        fallback: Sequence[tuple[str, str]] = (),
    ) -> str:
        key = self.fresh_id()
        is_card = message.form == "card"
        if is_card:
            self.session.add(
                SentCard(
                    key=key,
                    purpose=purpose,
                    platform=platform,
                    account=account,
                    member_id=member_id or "",
                    lead_id=lead_id,
                    created_at=self.now,
                )
            )
        payload = {
            "message": message.model_dump(mode="json"),
            "purpose": purpose,
            "lead_id": lead_id,
            "fallback": [list(pair) for pair in fallback],
            "reply": {"url": reply.url, "expires_at": reply.expires_at.isoformat()}
            if reply
            else None,
        }
        await self._post(
            Order(
                key=key,
                lane=receiver_lane(platform, account),
                app=MESSAGE_APP[platform],
                errand=Errand.SEND,
                api=message.form,
                platform=platform,
                account=account,
                payload=payload,
                due_at=due_at or self.now,
                expires_at=(due_at or self.now) + A_DAY,
                member_id=member_id,
                client_id=client_id,
                body=None if is_card else message.model_dump_json(),
            )
        )
        return key

    async def redraw(
        self,
        card: SentCard,
        message: Sayable,
        *,
        code: str | None = None,
        settles: bool = False,
        client_id: int | None = None,
    ) -> None:
        """Changes a card in place: with a press's own `code`, or with the one its sending left.

        Where no code is left the message goes out as a new card under a new key.
        """
        if settles:
            card.settled_at = self.now
            self.session.add(card)
            await self.session.flush()
            if await outbox.take_back(self.session, card.key, now=self.now):
                return  # it waited for his quiet hours to end: nothing is left to change
        await self._post(
            Order(
                key=self.fresh_id(),
                lane=receiver_lane(card.platform, card.account),
                app=MESSAGE_APP[card.platform],
                errand=Errand.UPDATE,
                api=Errand.UPDATE,
                platform=card.platform,
                account=card.account,
                payload={
                    "message": message.model_dump(mode="json"),
                    "card_key": card.key,
                    "code": code,
                },
                due_at=self.now,
                expires_at=self.now + A_DAY,
                member_id=card.member_id or None,
                client_id=client_id,
            )
        )

    async def call(
        self,
        api: str,
        arguments: Mapping[str, Any],
        *,
        lane: str,
        account: str,
        client_id: int | None = None,
        answer_to: str | None = None,
        context: Mapping[str, Any] | None = None,
        expires_in: timedelta = A_DAY,
        platform: str = "wecom",
        app: str = "wecom.kf",
    ) -> str:
        """Puts a call whose answer matters into the outbox; its key.

        The answer, or the final failure, comes back as a CallAnswered event with purpose
        `answer_to`. An argument ROW_KEY becomes the row's own key: what makes a repeat harmless
        on the wire.
        """
        key = self.fresh_id()
        filled = {name: key if value is ROW_KEY else value for name, value in arguments.items()}
        await self._post(
            Order(
                key=key,
                lane=lane,
                app=app,
                errand=Errand.CALL,
                api=api,
                platform=platform,
                account=account,
                payload={
                    "api": api,
                    "arguments": filled,
                    "answer_to": answer_to,
                    "context": dict(context or {}),
                    "answer_lane": lane,
                },
                due_at=self.now,
                expires_at=self.now + expires_in,
                client_id=client_id,
            )
        )
        return key

    async def arrive(self, arrivals: Sequence[Arrival]) -> None:
        """Puts further events into the inbox, as part of this transaction."""
        await inbox.put(self.session, arrivals, now=self.now, vault=self.vault)
        self._commit.has_arrived = True

    async def _post(self, order: Order) -> None:
        await self.session.flush()
        await outbox.put(self.session, order, now=self.now, vault=self.vault)
        self._commit.has_said = True


ROW_KEY: Any = object()
"""Stands in a call's arguments for the outbox row's own key (kf/send_msg's msgid)."""

MESSAGE_APP = {"wecom": "wecom.assistant", "dingtalk": "dingtalk"}


def receiver_lane(platform: str, account: str) -> str:
    """WeCom's userids come back lower-cased, so lanes are."""
    return f"to:{platform}:{account.lower() if platform == 'wecom' else account}"


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
            commit = _Commit(is_alone=self.database.is_sqlite)
            tx = Transaction(session, self.vault, now=now, fresh_id=self._fresh_id, commit=commit)
            yield tx
            await session.flush()
        if tx.has_said:
            self.wakeup.outbox()
        if tx.has_arrived:
            self.wakeup.inbox()

    @asynccontextmanager
    async def view(self) -> AsyncIterator[View]:
        async with self.database.reading() as session:
            yield View(session, self.vault, now=self.clock.now())
