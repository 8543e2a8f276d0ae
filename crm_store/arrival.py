"""What an adapter hands to the inbox."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from config import tracing


class Route(StrEnum):
    HANDLE = "handle"
    """A handler acts on it, in one transaction."""
    PULL = "pull"
    """A pointer: an inbound step fetches what it announces (no handler sees it)."""
    DEAD = "dead"
    """Rightly signed but unreadable: kept among the dead letters with `error`."""


@dataclass(frozen=True)
class Arrival:
    """One event to be made durable.

    `key` (at most 200 characters) is the platform's natural key: a second arrival with it is
    dropped. `lane` (at most 200 characters) names the conversation whose order is kept. `payload`
    is JSON; it is stored encrypted.
    """

    kind: str
    key: str
    lane: str
    payload: Mapping[str, Any]
    route: Route = Route.HANDLE
    error: str | None = None
    trace: str = field(default_factory=tracing.current_or_fresh, compare=False)
    """Whose doing it is; by itself that of whoever makes the arrival."""


Accept = Callable[[Sequence[Arrival]], Awaitable[None]]
"""Makes arrivals durable (group commit) and returns; raises NotStored where it could not."""
