"""How fast a platform may be asked: callers wait here for their turn."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol


class Limits(Protocol):
    """Spaces the calls of every API by its name."""

    async def turn(self, api: str) -> None:
        """Returns when one more call of `api` is within its limit."""
        ...


class TokenBuckets:
    """One bucket an API, for this process: `burst` calls at once, then `rate` in a second.

    No second sees more than `rate + burst` calls, so that is what has to lie within the
    platform's limit. The machine's monotonic clock is right here: the limit is the platform's.
    """

    def __init__(
        self,
        *,
        rate: float,
        burst: int,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval = 1 / rate
        self._slack = (burst - 1) * self._interval
        self._monotonic = monotonic
        self._sleep = sleep
        self._due: dict[str, float] = {}
        """When the next call of an API were due if calls came evenly spaced."""

    async def turn(self, api: str) -> None:
        now = self._monotonic()
        due = max(self._due.get(api, now), now)
        self._due[api] = due + self._interval
        wait = due - self._slack - now
        if wait > 0:
            await self._sleep(wait)
