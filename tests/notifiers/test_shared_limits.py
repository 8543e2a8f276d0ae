"""Processes share one pace over Redis; without it each keeps to a slower one of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from crm_store.redis_link import RedisLink
from notifiers.limits import Pace, TokenBuckets
from notifiers.shared_limits import SharedBuckets
from tests.servers import Valkey

Sleep = Callable[[float], Awaitable[None]]

SLOW = Pace(rate=0.1, burst=3, at_start=3)
"""Three at once, then one in ten seconds: far apart beside what a call to Redis takes."""


@dataclass
class Waits:
    """Sleeps that return at once and are remembered."""

    slept: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Process:
    """One process's limits."""

    limits: SharedBuckets
    link: RedisLink
    shared: Waits
    alone: Waits


@asynccontextmanager
async def process(
    server: Valkey, pace: Pace = SLOW, *, sleep: Sleep | None = None
) -> AsyncIterator[Process]:
    shared, alone = Waits(), Waits()
    link = RedisLink(server.url, space="test", answers_within=10, left_alone_for=0)
    own = TokenBuckets(pace.shared_by(2), sleep=alone)
    try:
        yield Process(
            SharedBuckets(link, "wecom", pace, alone=own, sleep=sleep or shared),
            link,
            shared,
            alone,
        )
    finally:
        await link.close()


def tens(waits: Waits) -> list[int]:
    """In steps of the pace's interval."""
    return [round(seconds / 10) for seconds in waits.slept]


async def test_two_processes_share_one_pace(valkey_server: Valkey) -> None:
    async with process(valkey_server) as one, process(valkey_server) as other:
        for limits in (one.limits, other.limits, one.limits):
            await limits.turn("send")
        assert one.shared.slept == other.shared.slept == []

        await other.limits.turn("send")
        await one.limits.turn("send")

    assert (tens(other.shared), tens(one.shared)) == ([1], [2])
    assert (one.limits.waits, other.limits.waits) == (1, 1)


async def test_each_api_has_a_bucket_of_its_own(valkey_server: Valkey) -> None:
    async with process(valkey_server) as one:
        for _ in range(3):
            await one.limits.turn("send")
            await one.limits.turn("update")

    assert one.shared.slept == []


async def test_a_process_that_starts_finds_the_bucket_as_it_was(valkey_server: Valkey) -> None:
    async with process(valkey_server) as one:
        for _ in range(3):
            await one.limits.turn("send")

    async with process(valkey_server) as next_one:
        await next_one.limits.turn("send")

    assert tens(next_one.shared) == [1]


async def test_a_flush_gives_nobody_a_second_burst(valkey_server: Valkey) -> None:
    async with process(valkey_server, Pace(rate=0.1, burst=3)) as one:
        await one.limits.turn("send")
        valkey_server.flush()

        for _ in range(3):
            await one.limits.turn("send")

    assert tens(one.shared) == [1, 2]


async def test_without_redis_each_goes_slower_by_itself(valkey_server: Valkey) -> None:
    async with process(valkey_server) as one:
        valkey_server.stop()
        for _ in range(3):
            await one.limits.turn("send")
        assert one.shared.slept == []
        # Half of three at once, then one in twenty seconds.
        assert [round(seconds / 20) for seconds in one.alone.slept] == [1, 2]
        assert one.limits.waits == 2

        valkey_server.start()
        await one.limits.turn("send")

    assert len(one.alone.slept) == 2


async def test_a_redis_whose_clock_was_set_back_stops_nobody(valkey_server: Valkey) -> None:
    async with process(valkey_server) as one:
        await one.limits.turn("send")
        ahead = timedelta(hours=1) // timedelta(microseconds=1)
        (key,) = await one.link.redis.keys("*pace*")
        await one.link.redis.incrby(key, ahead)

        await one.limits.turn("send")

    assert one.shared.slept == []


async def test_no_window_sees_more_than_the_pace_allows(valkey_server: Valkey) -> None:
    """Many callers in two processes at once, in Redis' own time."""
    pace = Pace(rate=200, burst=20, at_start=20)
    passed: list[float] = []
    async with (
        process(valkey_server, pace, sleep=asyncio.sleep) as one,
        process(valkey_server, pace, sleep=asyncio.sleep) as other,
    ):

        async def call(limits: SharedBuckets) -> None:
            await limits.turn("send")
            passed.append(asyncio.get_running_loop().time())

        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(call(p.limits) for _ in range(60) for p in (one, other)))

    # The last of 120 may pass half a second after the first, and no sooner.
    assert max(passed) - began >= (120 - pace.burst) / pace.rate
