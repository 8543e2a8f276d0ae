"""One pace for all processes: the buckets lie in Redis, by Redis' clock.

While Redis is away each process keeps to a slower pace of its own, never to none. A bucket that
Redis has lost begins as after a start, so that a flush gives nobody a second burst.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from crm_store.redis_link import RedisLink
from notifiers.limits import Pace, TokenBuckets

_FORGOTTEN_AFTER = timedelta(hours=1)
"""An API that nobody called for so long begins as after a start."""
_LONGEST_QUEUE = timedelta(minutes=2)
"""Nobody waits for longer than this; what says so comes from a clock that has been set back."""

_TURN = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local interval, slack, debt = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due = tonumber(redis.call('GET', KEYS[1]))
if not due or due > now + slack + tonumber(ARGV[4]) then due = now + debt end
if due < now then due = now end
redis.call('SET', KEYS[1], string.format('%.0f', due + interval), 'EX', ARGV[5])
return math.max(0, math.ceil(due - slack - now))
"""
"""The same bucket as `TokenBuckets`, in microseconds; the answer is how long to wait."""


class SharedBuckets:
    """One bucket an API for every process that meets in this Redis."""

    def __init__(
        self,
        redis: RedisLink,
        platform: str,
        pace: Pace,
        *,
        alone: TokenBuckets,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._redis = redis
        self._platform = platform
        self._pace = pace
        self._alone = alone
        self._sleep = sleep
        self._waits = 0
        self._turn = redis.redis.register_script(_TURN)

    @property
    def waits(self) -> int:
        return self._waits + self._alone.waits

    async def turn(self, api: str) -> None:
        wait = await self._redis.ask(lambda _: self._ask(api))
        if wait is None:
            await self._alone.turn(api)
        elif wait > 0:
            self._waits += 1
            await self._sleep(wait / 1_000_000)

    async def _ask(self, api: str) -> int:
        pace = self._pace
        microseconds = [
            round(seconds * 1_000_000)
            for seconds in (
                pace.interval,
                pace.slack,
                pace.debt_at_start,
                _LONGEST_QUEUE.total_seconds(),
            )
        ]
        kept_for = int(_FORGOTTEN_AFTER.total_seconds())
        keys = [self._redis.name("pace", self._platform, api)]
        return int(await self._turn(keys=keys, args=[*microseconds, kept_for]))
