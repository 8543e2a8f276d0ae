"""Signed links to our own pages: bound to one page, to what it is about and to one person.

The key is derived from the settings' encryption key; links of an older key open while it stands
there. Each page signs for a purpose of its own, so no page's link opens another page. Links about
a lead expire; expiry counts on our clock, so the moment of signing is in the token. One that lies
in a platform's todo lasts as long as that, and the link to somebody's own desk while its seat is
his: handlers/desk/seat.py takes it back.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, BadSignature, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from config.clock import Clock
from config.rules import RuleBook
from config.settings import Settings
from crm_store.models import Lead, Member

_HISTORY, _ENTRY, _FOLLOW_UP, _DESK = "history", "entry", "follow up", "desk"
_PATHS = {_HISTORY: "t", _ENTRY: "t", _FOLLOW_UP: "f", _DESK: "d"}
_ALWAYS = timedelta.max


class LinkRefused(Exception):
    """The link is not ours, was changed, or is too old; the message may be shown."""


class LinkExpired(LinkRefused):
    """The link was ours and is too old."""


@dataclass(frozen=True)
class LeadLink:
    lead_id: int
    member_id: str
    is_entry: bool = False
    """Out of a todo or an event: the caller sees whether that still stands."""


@dataclass(frozen=True)
class DeskLink:
    member_id: str
    seat: int
    """The number of the member's seat when it was signed; another number takes it back."""


class SignedLinks:
    """Makes and opens the links of handlers/links.py."""

    def __init__(self, settings: Settings, rules: RuleBook, clock: Clock) -> None:
        self._public_url = settings.public_url.rstrip("/")
        self._rules = rules
        self._clock = clock
        # itsdangerous signs with the last key and accepts all; ours come newest first.
        keys = [
            hmac.new(key, b"links", hashlib.sha256).digest()
            for key in reversed(settings.encryption_keys)
        ]
        self._serializers = {
            page: URLSafeSerializer(
                keys, salt=f"genjin {page}", signer_kwargs={"digest_method": hashlib.sha256}
            )
            for page in _PATHS
        }

    def history(self, lead: Lead, reader: Member) -> str:
        return self._signed(_HISTORY, lead.id, reader.id)

    def entry(self, lead: Lead, reader: Member) -> str:
        return self._signed(_ENTRY, lead.id, reader.id)

    def follow_up(self, lead: Lead, owner: Member) -> str:
        return self._signed(_FOLLOW_UP, lead.id, owner.id)

    def desk(self, member: Member, seat: int) -> str:
        return self._signed(_DESK, seat, member.id)

    def open_history(self, token: str) -> LeadLink:
        """Raises LinkRefused."""
        try:
            return LeadLink(*self._opened(_ENTRY, token, _ALWAYS), is_entry=True)
        except LinkRefused:
            return LeadLink(*self._opened(_HISTORY, token, self._lives))

    def open_follow_up(self, token: str) -> LeadLink:
        """Raises LinkRefused."""
        return LeadLink(*self._opened(_FOLLOW_UP, token, self._lives))

    def open_desk(self, token: str) -> DeskLink:
        """Raises LinkRefused. Whether the seat still is his is for the caller to see."""
        days = timedelta(days=self._rules.current.desk.link_days)
        seat, member_id = self._opened(_DESK, token, days)
        return DeskLink(member_id=member_id, seat=seat)

    @property
    def _lives(self) -> timedelta:
        return timedelta(hours=self._rules.current.keeping.link_hours)

    def _signed(self, page: str, about: int, member_id: str) -> str:
        at = int(self._clock.now().timestamp())
        token = self._serializers[page].dumps([about, member_id, at])
        return f"{self._public_url}/{_PATHS[page]}/{token}"

    def _opened(self, page: str, token: str, lives: timedelta) -> tuple[int, str]:
        """What the token is about, and whose it is."""
        try:
            _require_canonical(token)
            about, member_id, at = self._serializers[page].loads(token)
        except (BadData, ValueError, TypeError):
            raise LinkRefused("这个链接不对，请从卡片里重新打开") from None
        if self._clock.now() - datetime.fromtimestamp(at, UTC) > lives:
            raise LinkExpired("这个链接已经过期，请从新的卡片里打开")
        return about, member_id


def _require_canonical(token: str) -> None:
    """Raises BadSignature where another spelling of the signature's base64 would be the link's.

    The last character has two bits to spare: without this, four tokens would open one page.
    """
    signature = token.rpartition(".")[2]
    if base64_encode(base64_decode(signature)).decode() != signature:
        raise BadSignature("another spelling")
