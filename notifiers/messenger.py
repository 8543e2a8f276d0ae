"""The port through which delivery speaks to a platform; wecom.py and dingtalk.py fill it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from notifiers.card import Card, Message


@dataclass(frozen=True)
class ReplyAddress:
    """A way to answer that the incoming message brought along (DingTalk's sessionWebhook)."""

    url: str
    expires_at: datetime


@dataclass(frozen=True)
class Receipt:
    """What the platform said of a sending. `card_code` changes the card once, until it expires.

    `by_reply`: it went to the `ReplyAddress`, which asks for neither token nor right.
    """

    wire_id: str | None = None
    card_code: str | None = None
    code_expires_at: datetime | None = None
    by_reply: bool = False


@dataclass(frozen=True)
class FreshToken:
    token: str
    lifetime: timedelta


class TokenCache(Protocol):
    """Access tokens, kept encrypted in the database and refreshed by one caller at a time."""

    async def token(self, name: str, fetch: Callable[[], Awaitable[FreshToken]]) -> str:
        """The stored token, or a fetched one; refreshed when 90 % of its life is over."""
        ...

    async def discard(self, name: str, failed: str) -> None:
        """Drops the stored token if it is still the one that failed."""
        ...


class Messenger(Protocol):
    """One platform's client. Every method may raise the errors of notifiers/errors.py."""

    async def send(
        self, to: str, message: Message, *, key: str, repeat: int, reply: ReplyAddress | None = None
    ) -> Receipt:
        """Says `message` to the platform account `to`.

        `key` is unique for this message for ever and the same at each retry (at most 100
        characters of `[0-9A-Za-z_-]`): task_id or outTrackId of a card. `repeat` counts how many
        equal bodies went to this receiver within four hours; above zero, the text is made to
        differ, so that the platform's duplicate check does not swallow it.
        """
        ...

    async def update(self, to: str, key: str, card: Card, *, code: str | None) -> None:
        """Redraws the card that was sent under `key`, for the account `to`."""
        ...

    async def call(self, api: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Calls an API whose answer matters ("kf/service_state/get"), and returns the answer.

        A file comes as bytes under `content`; it is kept for the message that the call's context
        names (`message_id`), and only its size goes on.
        """
        ...
