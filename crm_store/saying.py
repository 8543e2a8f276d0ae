"""What a transaction leaves to be said: messages, changes of cards, and calls, as orders.

What crm_store can say it knows only as something that turns into JSON: `Sayable`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store import inbox, outbox
from crm_store.arrival import Arrival
from crm_store.models import Member, SentCard
from crm_store.outbox import Errand, Order
from crm_store.vault import Vault
from crm_store.view import View

A_DAY = timedelta(hours=24)


class Sayable(Protocol):
    """A card or a text: whatever turns into JSON and tells whether it is a card."""

    @property
    def form(self) -> str: ...
    def model_dump(self, *, mode: str) -> dict[str, Any]: ...
    def model_dump_json(self) -> str: ...
    def parts(self) -> "Sequence[Sayable]":
        """The messages that it goes as: one, or several where it is too long."""
        ...


@dataclass(frozen=True)
class ReplyTo:
    """A way to answer that came with a message (DingTalk's sessionWebhook)."""

    url: str
    expires_at: datetime


ROW_KEY: Any = object()
"""Stands in a call's arguments for the outbox row's own key (kf/send_msg's msgid)."""

MESSAGE_APP = {"wecom": "wecom.assistant", "dingtalk": "dingtalk"}


def receiver_lane(platform: str, account: str) -> str:
    """WeCom's userids come back lower-cased, so lanes are."""
    return f"to:{platform}:{account.lower() if platform == 'wecom' else account}"


@dataclass
class Commit:
    """What the events of one commit share."""

    is_alone: bool = False
    """Whether nobody else can write before the commit (SQLite): what was read is held."""
    held: set[tuple[type[SQLModel], Any]] = field(default_factory=set)
    """Rows locked so far: nobody else changes them before the commit."""
    has_said: bool = False
    has_arrived: bool = False
    has_rung: bool = False
    """Whether something rings on desks, or does no more."""
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    """What the process notes for itself, once all this has come to stay."""


class Saying(View):
    """Writes into the outbox, and further events into the inbox, as part of the transaction."""

    def __init__(
        self,
        session: AsyncSession,
        vault: Vault,
        *,
        now: datetime,
        fresh_id: Callable[[], str],
        commit: Commit | None = None,
    ) -> None:
        super().__init__(session, vault, now=now)
        self.fresh_id = fresh_id
        self.commit = commit or Commit()

    def after_commit(self, note: Callable[[], None]) -> None:
        """`note` is called when this has been committed, and never where it is undone."""
        self.commit.afterwards.append(note)

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
        """The key of what goes out, of the first part of a long text."""
        keys = [
            await self._say(
                *(platform, account, part),
                member_id=member_id,
                purpose=purpose,
                client_id=client_id,
                lead_id=lead_id,
                due_at=due_at,
                reply=reply,
                fallback=fallback,
            )
            for part in message.parts()
        ]
        return keys[0]

    async def _say(
        self,
        platform: str,
        account: str,
        message: Sayable,
        *,
        member_id: str | None,
        purpose: str,
        client_id: int | None,
        lead_id: int | None,
        due_at: datetime | None,
        reply: ReplyTo | None,
        fallback: Sequence[tuple[str, str]],
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
                api=outbox.REPLY if reply and not is_card else message.form,
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
        or_nothing: bool = False,
    ) -> None:
        """Changes a card in place: with a press's own `code`, or with the one its sending left.

        Where no code is left the message goes out as a new card under a new key, or with
        `or_nothing` the card stays as it is.
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
                    "or_nothing": or_nothing,
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
        recording_of: int | None = None,
        only_failure: bool = False,
    ) -> str:
        """Puts a call whose answer matters into the outbox; its key.

        The answer, or the final failure, comes back as a CallAnswered event with purpose
        `answer_to`. An argument ROW_KEY becomes the row's own key: what makes a repeat harmless
        on the wire. `recording_of` names the message whose recording the answer's content is.
        With `only_failure` nothing comes back where it went well.
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
                    "recording_of": recording_of,
                    "only_failure": only_failure,
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
        self.commit.has_arrived = True

    def ring(self) -> None:
        """Something changed that rings on desks: whoever shows it looks again."""
        self.commit.has_rung = True

    async def _post(self, order: Order) -> None:
        await self.session.flush()
        await outbox.put(self.session, order, now=self.now, vault=self.vault)
        self.commit.has_said = True
