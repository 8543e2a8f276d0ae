"""Access tokens: the same one within its life, worthless once it is revoked."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.faults import Faults
from config.clock import TurnedClock

LIFETIME = timedelta(seconds=7200)


class TokenUnknown(Exception):
    """No such token was given out, or it has been revoked."""


class TokenExpired(Exception):
    """The token's life is over."""


@dataclass
class _Token:
    text: str
    owner: str
    expires_at: datetime
    generation: int


class Tokens:
    """One platform's tokens, by the app they belong to."""

    def __init__(self, clock: TurnedClock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._current: dict[str, _Token] = {}
        self._known: dict[str, _Token] = {}

    def issue(self, owner: str, *, renew: bool = False) -> tuple[str, int]:
        """The owner's token and the seconds it has left. `renew` gives it its full life again."""
        now = self._clock.now()
        token = self._current.get(owner)
        if token is None or token.expires_at <= now or self._revoked(token):
            token = _Token(
                secrets.token_urlsafe(96), owner, now + LIFETIME, self._faults.token_generation
            )
            self._current[owner] = self._known[token.text] = token
        elif renew:
            token.expires_at = now + LIFETIME
        return token.text, int((token.expires_at - now).total_seconds())

    def owner(self, text: str) -> str:
        token = self._known.get(text)
        if token is None or self._revoked(token):
            raise TokenUnknown
        if token.expires_at <= self._clock.now():
            raise TokenExpired
        return token.owner

    def _revoked(self, token: _Token) -> bool:
        return token.generation != self._faults.token_generation
