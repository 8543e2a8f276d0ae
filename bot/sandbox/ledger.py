"""What went over the wire, in order: judges delivery without a look at the bot's own tables."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal


class Outcome(StrEnum):
    PENDING = "pending"
    """Still being answered (held by a gate, for instance)."""
    ANSWERED = "answered"
    DELIVERED = "delivered"
    """It came up on at least one screen."""
    DUPLICATE = "duplicate"
    """Success by its answer, shown to nobody: it had been shown before."""
    DROPPED = "dropped"
    """Success by its answer, shown to nobody: over the member's rate."""
    REFUSED = "refused"


CallKind = Literal["call", "message", "card", "update", "kf"]


@dataclass
class Call:
    """One request of the bot. `path` is short: "message/send", "v1.0/card/instances"."""

    number: int
    at: datetime
    platform: Literal["wecom", "dingtalk"]
    method: str
    path: str
    body: Any = None
    app: str = ""
    kind: CallKind = "call"
    receivers: tuple[str, ...] = ()
    """Ids of the people (of the cast) on whose screens it came up."""
    outcome: Outcome = Outcome.PENDING
    code: int | str = 0
    status: int = 0
    answer: Any = None
    cut: bool = False
    """The connection was cut before the answer could be read."""


@dataclass
class Attempt:
    """One try at handing over a callback. `status` None: no answer, see `error`."""

    at: datetime
    status: int | None = None
    error: str = ""
    answer: str = ""
    timestamp: str = ""
    nonce: str = ""
    signature: str = ""


@dataclass
class Push:
    """A callback: what was said (before encryption), and how the bot took it."""

    number: int
    at: datetime
    platform: Literal["wecom", "dingtalk"]
    target: str
    """The app's name (WeCom), or the topic ("robot", "card", "event", "verify")."""
    content: Any
    attempts: list[Attempt] = field(default_factory=list)
    accepted: bool = False


class Ledger:
    """`violations` holds what no correct bot does; a test fails when it is not empty."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._numbers = itertools.count(1)
        self.calls: list[Call] = []
        self.pushes: list[Push] = []
        self.violations: list[str] = []

    def entries(self) -> list[Call | Push]:
        """Both directions, in the order of their beginning."""
        return sorted([*self.calls, *self.pushes], key=lambda entry: entry.number)

    def of(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def delivered(self, person: str | None = None) -> list[Call]:
        """What came up on somebody's screen, or on `person`'s."""
        return [c for c in self.calls if c.receivers and (person is None or person in c.receivers)]

    def dropped(self) -> list[Call]:
        return [call for call in self.calls if call.outcome is Outcome.DROPPED]

    def token_fetches(self, app: str) -> int:
        """How often the app (or "dingtalk") asked for a token."""
        paths = ("gettoken", "v1.0/oauth2/accessToken")
        return sum(call.path in paths and call.app == app for call in self.calls)

    def told_200(self) -> list[Push]:
        """The callbacks that the bot has taken upon itself."""
        return [push for push in self.pushes if push.accepted]

    def violation(self, words: str) -> None:
        self.violations.append(words)

    def arrived(
        self, platform: Literal["wecom", "dingtalk"], method: str, path: str, body: Any
    ) -> Call:
        call = Call(next(self._numbers), self._now(), platform, method, path, body)
        self.calls.append(call)
        return call

    def pushing(self, platform: Literal["wecom", "dingtalk"], target: str, content: Any) -> Push:
        push = Push(next(self._numbers), self._now(), platform, target, content)
        self.pushes.append(push)
        return push

    def attempt(self, push: Push) -> Attempt:
        attempt = Attempt(self._now())
        push.attempts.append(attempt)
        return attempt

    def __iter__(self) -> Iterator[Call | Push]:
        return iter(self.entries())
