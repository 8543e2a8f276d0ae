"""How fast a platform may be asked: callers wait here for their turn."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Pace:
    """How often one API may be called: `burst` at once, then `rate` in a second.

    No window of s seconds sees more than `burst + rate * s` calls, so that is what has to lie
    within the platform's limit. A process that starts may do `at_start` at once and earns the
    rest: the one before it may have used all of it a moment ago.
    """

    rate: float
    burst: int
    at_start: int = 1

    @property
    def interval(self) -> float:
        """Seconds between two calls that come evenly spaced."""
        return 1 / self.rate

    @property
    def slack(self) -> float:
        """How many seconds a call may come before its even place."""
        return (self.burst - 1) * self.interval

    @property
    def debt_at_start(self) -> float:
        """Seconds until the burst is earned in full, after a start."""
        return (self.burst - min(self.at_start, self.burst)) * self.interval

    def shared_by(self, processes: int) -> "Pace":
        """The part of one of so many processes that do not know of each other."""
        return Pace(
            self.rate / processes,
            max(1, self.burst // processes),
            max(1, self.at_start // processes),
        )


class Limits(Protocol):
    """Spaces the calls of every API by its name."""

    @property
    def waits(self) -> int:
        """How many calls had to wait."""
        ...

    async def turn(self, api: str) -> None:
        """Returns when one more call of `api` is within its limit."""
        ...


class TokenBuckets:
    """One bucket an API, for this process. The machine's monotonic clock is right here: the limit
    is the platform's."""

    def __init__(
        self,
        pace: Pace,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pace = pace
        self._monotonic = monotonic
        self._sleep = sleep
        self._due: dict[str, float] = {}
        """When the next call of an API were due if calls came evenly spaced."""
        self.waits = 0

    async def turn(self, api: str) -> None:
        now = self._monotonic()
        due = max(self._due.get(api, now + self._pace.debt_at_start), now)
        self._due[api] = due + self._pace.interval
        wait = due - self._pace.slack - now
        if wait > 0:
            self.waits += 1
            await self._sleep(wait)
