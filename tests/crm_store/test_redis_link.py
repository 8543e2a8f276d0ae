"""Redis away, slow or restarted: whoever asks gets no answer for a while, and never an error."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from crm_store.redis_link import RedisLink
from tests.eventually import eventually
from tests.servers import Valkey


@dataclass
class Watch:
    """A monotonic clock that only the test moves, for the link's patience with what failed."""

    at: float = 100.0
    asked: int = 0

    def __call__(self) -> float:
        return self.at


@asynccontextmanager
async def link_to(
    url: str, watch: Watch | None = None, *, patience: float = 10
) -> AsyncIterator[RedisLink]:
    """Patient where an answer is expected: the machine may be busy."""
    link = RedisLink(url, space="test", answers_within=patience, monotonic=watch or time.monotonic)
    try:
        yield link
    finally:
        await link.close()


async def answers(link: RedisLink, watch: Watch) -> bool:
    """A second later or so."""
    watch.at += 2
    return bool(await link.ask(lambda redis: redis.ping()))


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """A server that takes connections and says nothing."""
    gone = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    gone.set()
    server.close()
    await server.wait_closed()


@pytest.fixture
def stopped(valkey_server: Valkey) -> Valkey:
    valkey_server.stop()
    return valkey_server


async def test_what_is_put_is_found(valkey_server: Valkey) -> None:
    async with link_to(valkey_server.url) as link:
        await link.ask(lambda redis: redis.set(link.name("a"), b"1"))

        assert await link.get(link.name("a")) == b"1"
        assert await link.get(link.name("b")) is None
        assert not link.is_away


async def test_a_stopped_redis_is_left_alone_and_found_again(stopped: Valkey) -> None:
    watch = Watch()
    async with link_to(stopped.url, watch) as link:
        assert await link.ask(lambda redis: redis.ping()) is None
        assert link.is_away

        stopped.start()
        watch.at += 0.5
        assert await link.ask(lambda redis: redis.ping()) is None
        watch.at += 0.6
        assert await link.ask(lambda redis: redis.ping())
        assert not link.is_away


async def test_a_restart_between_two_questions_costs_no_error(valkey_server: Valkey) -> None:
    watch = Watch()
    async with link_to(valkey_server.url, watch) as link:
        assert await link.ask(lambda redis: redis.ping())
        valkey_server.stop()
        valkey_server.start()

        await link.ask(lambda redis: redis.ping())
        watch.at += 2

        assert await link.ask(lambda redis: redis.ping())


async def test_a_redis_that_falls_silent_costs_one_short_wait(valkey_server: Valkey) -> None:
    watch = Watch()
    async with link_to(valkey_server.url, watch, patience=0.3) as link:
        await eventually(lambda: answers(link, watch))
        with valkey_server.paused():
            assert await link.get(link.name("a")) is None
            assert link.is_away

        await eventually(lambda: answers(link, watch))


async def test_a_silent_redis_does_not_hold_up_the_end(valkey_server: Valkey) -> None:
    watch = Watch()
    async with asyncio.timeout(30):
        async with link_to(valkey_server.url, watch, patience=0.3) as link:
            await eventually(lambda: answers(link, watch))
            with valkey_server.paused():
                await link.close()


async def test_a_full_redis_is_not_away_and_says_so_once_a_minute(valkey_server: Valkey) -> None:
    """Where nothing is evicted it refuses what is put, and answers everything else."""
    watch = Watch()
    async with link_to(valkey_server.url, watch) as link:
        await link.ask(lambda redis: redis.set(link.name("a"), b"1"))
        await link.redis.config_set("maxmemory-policy", "noeviction")
        await link.redis.config_set("maxmemory", 1)
        with capture_logs() as told:
            for _ in range(50):
                assert await link.ask(lambda redis: redis.set(link.name("b"), b"2")) is None
                assert await link.get(link.name("a")) == b"1"
                watch.at += 1
            assert [line["event"] for line in told] == ["redis_refuses"]
        assert not link.is_away

        await link.redis.config_set("maxmemory", 0)
        assert await link.ask(lambda redis: redis.set(link.name("b"), b"2"))


async def test_one_caller_at_a_time_tries_a_redis_that_does_not_answer(silent: str) -> None:
    watch = Watch()
    async with link_to(silent, watch, patience=0.2) as link:

        async def question() -> bool:
            watch.asked += 1
            return await link.redis.ping()

        assert await link.ask(lambda _: question()) is None
        watch.at += 2
        await asyncio.gather(*(link.ask(lambda _: question()) for _ in range(50)))

        assert watch.asked == 2


async def test_more_callers_than_connections_are_all_answered(valkey_server: Valkey) -> None:
    async with link_to(valkey_server.url) as link:
        answers = await asyncio.gather(
            *(link.ask(lambda redis: redis.incr(link.name("n"))) for _ in range(200))
        )

    assert sorted(answer for answer in answers if answer is not None) == list(range(1, 201))


async def test_a_cancelled_question_leaves_the_connection_clean(valkey_server: Valkey) -> None:
    async with link_to(valkey_server.url) as link:
        await link.ask(lambda redis: redis.set(link.name("mine"), b"mine"))
        for _ in range(30):
            other = asyncio.create_task(link.ask(lambda redis: redis.echo("other")))
            await asyncio.sleep(0)
            other.cancel()
            await asyncio.wait([other])

        assert await link.get(link.name("mine")) == b"mine"
