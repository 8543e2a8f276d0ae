"""Signed links to our own pages: bound to one page, one lead and one person, and expiring.

The key is derived from the settings' encryption key; links of an older key open while it stands
there. Expiry counts on our clock, so the moment of signing is in the token.
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

_HISTORY = "history"


class LinkRefused(Exception):
    """The link is not ours, was changed, or is too old; the message may be shown."""


class LinkExpired(LinkRefused):
    """The link was ours and is too old."""


@dataclass(frozen=True)
class LeadLink:
    lead_id: int
    member_id: str


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
            for page in (_HISTORY,)
        }

    def history(self, lead: Lead, reader: Member) -> str:
        at = int(self._clock.now().timestamp())
        token = self._serializers[_HISTORY].dumps([lead.id, reader.id, at])
        return f"{self._public_url}/t/{token}"

    def open_history(self, token: str) -> LeadLink:
        """Raises LinkRefused."""
        try:
            _require_canonical(token)
            lead_id, member_id, at = self._serializers[_HISTORY].loads(token)
        except (BadData, ValueError, TypeError):
            raise LinkRefused("这个链接不对，请从卡片里重新打开") from None
        lives = timedelta(hours=self._rules.current.keeping.link_hours)
        if self._clock.now() - datetime.fromtimestamp(at, UTC) > lives:
            raise LinkExpired("这个链接已经过期，请从新的卡片里打开")
        return LeadLink(lead_id=lead_id, member_id=member_id)


def _require_canonical(token: str) -> None:
    """Raises BadSignature where another spelling of the signature's base64 would be the link's.

    The last character has two bits to spare: without this, four tokens would open one page.
    """
    signature = token.rpartition(".")[2]
    if base64_encode(base64_decode(signature)).decode() != signature:
        raise BadSignature("another spelling")
