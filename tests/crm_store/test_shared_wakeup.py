"""One process stores, another's loops wake; without Redis each wakes at least its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from crm_store.redis_link import RedisLink
from crm_store.shared_wakeup import SharedWakeup
from tests.eventually import eventually
from tests.servers import Valkey


@asynccontextmanager
async def process(url: str, *, space: str = "test") -> AsyncIterator[SharedWakeup]:
    """A process's wake-ups at work, its own loops asleep."""
    link = RedisLink(url, space=space, answers_within=10, left_alone_for=0.05)
    wakeup = SharedWakeup(link, silence=0.2)
    loops = [asyncio.create_task(wakeup.tell()), asyncio.create_task(wakeup.hear())]
    try:
        yield wakeup
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.wait(loops)
        await link.close()


async def heard(wakeup: SharedWakeup) -> None:
    await eventually(wakeup.hears.is_set)
    sleep(wakeup)


def sleep(wakeup: SharedWakeup) -> None:
    wakeup.inbox_ready.clear()
    wakeup.pointers_ready.clear()
    wakeup.outbox_ready.clear()


@pytest.fixture
async def pair(valkey_server: Valkey) -> AsyncIterator[tuple[SharedWakeup, SharedWakeup]]:
    async with process(valkey_server.url) as one, process(valkey_server.url) as other:
        await heard(one)
        await heard(other)
        yield one, other


async def test_what_one_stores_wakes_the_other(pair: tuple[SharedWakeup, SharedWakeup]) -> None:
    one, other = pair

    one.inbox()
    await eventually(other.inbox_ready.is_set)

    assert one.inbox_ready.is_set()
    assert other.pointers_ready.is_set()
    assert not other.outbox_ready.is_set()

    other.outbox()
    await eventually(one.outbox_ready.is_set)


async def test_nobody_wakes_himself_by_what_he_told(
    pair: tuple[SharedWakeup, SharedWakeup],
) -> None:
    one, other = pair

    one.inbox()
    sleep(one)
    await eventually(other.inbox_ready.is_set)
    other.outbox()
    await eventually(one.outbox_ready.is_set)

    assert not one.inbox_ready.is_set()


async def test_a_storm_of_events_is_told_in_a_few_words(valkey_server: Valkey) -> None:
    async with AsyncExitStack() as stack:
        teller = await stack.enter_async_context(process(valkey_server.url))
        link = RedisLink(valkey_server.url, space="test")
        stack.push_async_callback(link.close)
        words = await stack.enter_async_context(link.redis.pubsub())
        await words.subscribe(link.name("wakeup"))
        assert await words.get_message(timeout=5)

        for _ in range(1_000):
            teller.inbox()
            await asyncio.sleep(0)
        teller.outbox()

        said: list[bytes] = []
        while not any(b"outbox" in word for word in said):
            message = await words.get_message(timeout=5)
            assert message is not None
            said.append(message["data"])

    assert len(said) < 100


async def test_after_a_restart_of_redis_they_hear_each_other_again(
    pair: tuple[SharedWakeup, SharedWakeup], valkey_server: Valkey
) -> None:
    one, other = pair

    valkey_server.stop()
    one.inbox()
    assert one.inbox_ready.is_set()
    await eventually(lambda: not one.hears.is_set() and not other.hears.is_set())
    valkey_server.start()

    await eventually(lambda: one.hears.is_set() and other.hears.is_set())
    # What was told in between nobody has heard: coming back wakes all the same.
    assert other.inbox_ready.is_set()
    assert other.outbox_ready.is_set()
    sleep(other)
    await eventually(lambda: _tells(one, other))


def _tells(one: SharedWakeup, other: SharedWakeup) -> bool:
    one.inbox()
    return other.inbox_ready.is_set()


async def test_a_silent_connection_is_asked_whether_it_lives(
    pair: tuple[SharedWakeup, SharedWakeup], valkey_server: Valkey
) -> None:
    one, other = pair

    with valkey_server.paused():
        await eventually(lambda: not other.hears.is_set())

    await eventually(other.hears.is_set)
    sleep(other)
    await eventually(lambda: _tells(one, other))


async def test_installations_on_one_redis_do_not_wake_each_other(valkey_server: Valkey) -> None:
    async with (
        process(valkey_server.url) as one,
        process(valkey_server.url) as other,
        process(valkey_server.url, space="another") as stranger,
    ):
        for wakeup in (one, other, stranger):
            await heard(wakeup)

        one.inbox()
        await eventually(other.inbox_ready.is_set)
        other.outbox()
        await eventually(one.outbox_ready.is_set)

    assert not stranger.inbox_ready.is_set()


async def test_both_loops_end_whenever_they_are_told_to(valkey_server: Valkey) -> None:
    """Redis' client swallows some cancellations."""
    for steps in range(40):
        link = RedisLink(valkey_server.url, space="test")
        wakeup = SharedWakeup(link)
        loops = [asyncio.create_task(wakeup.tell()), asyncio.create_task(wakeup.hear())]
        wakeup.inbox()
        for _ in range(steps):
            await asyncio.sleep(0)
        for loop in loops:
            loop.cancel()

        async with asyncio.timeout(20):
            await asyncio.wait(loops)
        await link.close()
        assert all(loop.cancelled() for loop in loops)
