"""What sync_msg hands out: one log for the 客服 account, cursors into it, pages out of it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.sandbox.wire import Refused, bug
from bot.sandbox.world import World

KEPT = timedelta(days=3)
TOKEN_LIFE = timedelta(minutes=10)
PAGE = 1000
VOICE_FORMATS = (0, 1)


@dataclass(frozen=True)
class _Token:
    open_kfid: str
    expires_at: float


class KfLog:
    """Messages and events in the order of their arrival, kept for three days."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._entries: list[dict[str, Any]] = []
        self._cursors: dict[str, tuple[str, int]] = {}
        self._tokens: dict[str, _Token] = {}
        self._last_page: list[dict[str, Any]] = []
        self.msgids: set[str] = set()

    def append(self, origin: int, msgtype: str, body: Mapping[str, Any], **fields: Any) -> str:
        """Returns the new msgid. `fields` stand beside it (external_userid, servicer_userid)."""
        msgid = secrets.token_urlsafe(32)
        self.msgids.add(msgid)
        entry = {"msgid": msgid, "send_time": self._world.seconds, "origin": origin, **fields}
        self._entries.append({**entry, "msgtype": msgtype, msgtype: dict(body)})
        return msgid

    def new_token(self) -> str:
        """The token of a kf_msg_or_event callback."""
        token = "ENC" + secrets.token_urlsafe(32)
        expires_at = (self._world.now + TOKEN_LIFE).timestamp()
        self._tokens[token] = _Token(self._world.cast.open_kfid, expires_at)
        return token

    def page(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """One answer of sync_msg (doc path/94670)."""
        open_kfid = body.get("open_kfid")
        if open_kfid != self._world.cast.open_kfid:
            bug(95000, f"open_kfid {open_kfid!r} is invalid")
        if body.get("voice_format", 0) not in VOICE_FORMATS:
            bug(40058, "voice_format must be 0 or 1")
        start = self._start(open_kfid, body.get("cursor", ""))
        self._check_token(open_kfid, body.get("token", ""))
        limit = self._limit(body.get("limit", PAGE))
        return self._cut(open_kfid, start, limit)

    def _start(self, open_kfid: str, cursor: Any) -> int:
        oldest = self._world.now - KEPT
        first = next(
            (n for n, e in enumerate(self._entries) if e["send_time"] >= oldest.timestamp()),
            len(self._entries),
        )
        if cursor == "":
            return first
        owner, position = self._cursors.get(cursor, ("", 0)) if isinstance(cursor, str) else ("", 0)
        if owner != open_kfid:
            bug(40058, "cursor was not given out for this open_kfid")
        return max(first, position)

    def _check_token(self, open_kfid: str, text: Any) -> None:
        if text == "":
            return
        token = self._tokens.get(text) if isinstance(text, str) else None
        if token is None:
            bug(95007, "token was never given out")
        if token.open_kfid != open_kfid or token.expires_at <= self._world.now.timestamp():
            raise Refused(95007, "token has expired")

    def _limit(self, limit: Any) -> int:
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= PAGE:
            bug(40058, "limit must be 1 to 1000")
        return min(limit, self._world.faults.kf_page or PAGE)

    def _cut(self, open_kfid: str, start: int, limit: int) -> dict[str, Any]:
        faults = self._world.faults
        if faults.kf_empty_pages:
            faults.kf_empty_pages -= 1
            return {"next_cursor": self._cursor(open_kfid, start), "has_more": 1, "msg_list": []}
        page = self._entries[start : start + limit]
        end = start + len(page)
        listed = list(page)
        if faults.kf_repeats:
            faults.kf_repeats -= 1
            listed = self._last_page + listed
        if faults.kf_reversed_pages:
            faults.kf_reversed_pages -= 1
            listed.reverse()
        self._last_page = page
        return {
            "next_cursor": self._cursor(open_kfid, end),
            "has_more": int(end < len(self._entries)),
            "msg_list": listed,
        }

    def _cursor(self, open_kfid: str, position: int) -> str:
        cursor = secrets.token_urlsafe(24)
        self._cursors[cursor] = (open_kfid, position)
        return cursor
