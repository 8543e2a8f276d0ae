"""What a pointer of 微信客服 announces, fetched: page after page into the inbox
(developer.work.weixin.qq.com/document/path/94670).

A page, the cursor behind it and (with the last one) the pointer's own row are stored in one
transaction each, by the store that is passed in. No page is fetched inside a transaction.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from bot.platforms.kf_messages import arrival_of
from bot.platforms.wire import Unreadable, required, text_of
from config.clock import Clock
from crm_store.arrival import Arrival
from notifiers.errors import DeliveryError

log = structlog.get_logger(__name__)

Call = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""`Messenger.call` of WeCom's client."""

PAGE = 1000
TOKEN_LIFE = timedelta(minutes=10)
MOST_PAGES = 10_000
TOKEN_INVALID = "95007"
STILL_FOR = 5
"""Pages without any progress after which a server is not believed any more."""


class CursorStore(Protocol):
    """Keeps, for each 客服 account, how far its messages were fetched."""

    async def cursor(self, open_kfid: str) -> str:
        """The stored cursor; empty where nothing was fetched yet."""
        ...

    async def store_page(
        self,
        open_kfid: str,
        old_cursor: str,
        new_cursor: str,
        arrivals: Sequence[Arrival],
        *,
        pointer_done: bool,
    ) -> bool:
        """Stores a page in one transaction, and marks the pointer done with the last one.

        Returns False, having stored nothing, where another process has moved the cursor away
        from `old_cursor`.
        """
        ...


class PullStuck(Exception):
    """The platform keeps saying "there is more" without moving on; the pointer is tried again."""


@dataclass(frozen=True)
class Page:
    arrivals: Sequence[Arrival]
    next_cursor: str
    has_more: bool


async def pull(pointer: Mapping[str, Any], *, call: Call, store: CursorStore, clock: Clock) -> None:
    """Fetches all that waits behind a `kf_pointer` payload, and returns when it is durable.

    Raises DeliveryError as the client does, PullStuck, and Unreadable for a payload or an answer
    that is none; what was stored by then stays, and a later pull goes on behind it.
    """
    open_kfid = required(pointer, "open_kfid")
    token = _Token(text_of(pointer, "token"), _created(pointer), clock)
    still, seen = 0, set[str]()
    while True:
        cursor = await store.cursor(open_kfid)
        page = await _fetch(open_kfid, cursor, token, call, clock)
        stored = await store.store_page(
            open_kfid, cursor, page.next_cursor, page.arrivals, pointer_done=not page.has_more
        )
        if stored and not page.has_more:
            return
        if not stored:
            log.info("kf_cursor_moved_elsewhere", open_kfid=open_kfid)
        still = still + 1 if page.next_cursor in seen else 0
        seen.add(page.next_cursor)
        if still >= STILL_FOR or len(seen) > MOST_PAGES:
            raise PullStuck(f"kf/sync_msg of {open_kfid} says there is more, and never moves on")


def _created(pointer: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(required(pointer, "created_at"))


class _Token:
    """The event's token: lifts the strict limit for ten minutes, then does harm."""

    def __init__(self, text: str, created_at: datetime, clock: Clock) -> None:
        self._text = text
        self._until = created_at + TOKEN_LIFE
        self._clock = clock

    def current(self) -> str:
        return self._text if self._clock.now() < self._until else ""

    def drop(self) -> None:
        self._text = ""


async def _fetch(open_kfid: str, cursor: str, token: _Token, call: Call, clock: Clock) -> Page:
    """One page; once more without the token where the platform does not take it (95007)."""
    arguments = {"cursor": cursor, "limit": PAGE, "voice_format": 0, "open_kfid": open_kfid}
    if text := token.current():
        try:
            return _page(
                open_kfid, cursor, await call("kf/sync_msg", arguments | {"token": text}), clock
            )
        except DeliveryError as error:
            if error.code != TOKEN_INVALID:
                raise
            log.info("kf_token_refused", open_kfid=open_kfid)
            token.drop()
    return _page(open_kfid, cursor, await call("kf/sync_msg", arguments), clock)


def _page(open_kfid: str, cursor: str, answer: Mapping[str, Any], clock: Clock) -> Page:
    """Reads an answer. An empty `next_cursor` never replaces a cursor: it would replay 3 days."""
    next_cursor = text_of(answer, "next_cursor") or cursor
    items = answer.get("msg_list") or []
    if not isinstance(items, list):
        raise Unreadable("an answer of kf/sync_msg whose msg_list is no list")
    now = clock.now()
    found = [arrival_of(item, open_kfid, now) for item in items]
    return Page(found, next_cursor, has_more=answer.get("has_more") in (1, "1"))
