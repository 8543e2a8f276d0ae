"""Tokens in front of the database: what Redis holds saves reads, and may be lost at any moment."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from crm_store.redis_link import RedisLink, linked
from crm_store.tokens import TokenStore, tokens
from tests.crm_store.conftest import Spine
from tests.crm_store.test_tokens import Fresh, Platform
from tests.servers import Valkey


@pytest.fixture
async def redis(spine: Spine, valkey_server: Valkey) -> AsyncIterator[RedisLink]:
    space = linked(valkey_server.url, spine.vault)
    await space.close()
    link = RedisLink(valkey_server.url, space=space.space, answers_within=10, left_alone_for=0)
    yield link
    await link.close()


def process(spine: Spine, redis: RedisLink) -> TokenStore:
    """One that has just started: it remembers nothing."""
    return TokenStore(spine.database, spine.vault, spine.clock, redis)


async def forget_in_the_database(spine: Spine) -> None:
    async with spine.store.transaction() as tx:
        await tx.session.execute(update(tokens).values(sealed=None))


async def test_what_one_process_fetched_another_finds_in_redis(
    spine: Spine, redis: RedisLink
) -> None:
    platform = Platform()
    await process(spine, redis).token("wecom", platform.fetch)
    await forget_in_the_database(spine)

    assert await process(spine, redis).token("wecom", platform.fetch) == "t1"


async def test_a_flushed_redis_costs_a_look_into_the_database_and_no_fetch(
    spine: Spine, redis: RedisLink, valkey_server: Valkey
) -> None:
    platform = Platform()
    await process(spine, redis).token("wecom", platform.fetch)

    valkey_server.flush()
    started = [process(spine, redis) for _ in range(5)]
    got = await asyncio.gather(*(one.token("wecom", platform.fetch) for one in started * 4))
    assert set(got) == {"t1"}
    assert platform.fetched == 1

    # It lies in Redis again.
    await forget_in_the_database(spine)
    assert await process(spine, redis).token("wecom", platform.fetch) == "t1"


async def test_without_redis_the_database_answers(
    spine: Spine, redis: RedisLink, valkey_server: Valkey
) -> None:
    platform = Platform()
    await process(spine, redis).token("wecom", platform.fetch)

    valkey_server.stop()
    assert await process(spine, redis).token("wecom", platform.fetch) == "t1"
    late = process(spine, redis)
    await late.discard("wecom", "t1")
    assert await late.token("wecom", platform.fetch) == "t2"

    valkey_server.start()
    assert await process(spine, redis).token("wecom", platform.fetch) == "t2"


async def test_a_discarded_token_is_in_no_cache(spine: Spine, redis: RedisLink) -> None:
    platform, ours = Platform(), process(spine, redis)
    await ours.token("wecom", platform.fetch)

    await ours.discard("wecom", "t1")

    assert await redis.get(redis.name("token", "wecom")) is None
    assert await ours.token("wecom", platform.fetch) == "t2"
    assert await process(spine, redis).token("wecom", platform.fetch) == "t2"


async def test_a_dead_token_that_comes_back_into_redis_is_not_taken_again(
    spine: Spine, redis: RedisLink
) -> None:
    """As a process does it that read the database just before the token was discarded."""
    platform, ours = Platform(), process(spine, redis)
    await ours.token("wecom", platform.fetch)
    key = redis.name("token", "wecom")
    dead = await redis.get(key)
    assert dead is not None
    await ours.discard("wecom", "t1")
    await redis.ask(lambda client: client.set(key, dead))

    assert await ours.token("wecom", platform.fetch) == "t2"


async def test_in_redis_too_a_token_is_sealed(spine: Spine, redis: RedisLink) -> None:
    async def fetch() -> Fresh:
        return Fresh("a token of the platform")

    await process(spine, redis).token("wecom", fetch)

    sealed = await redis.get(redis.name("token", "wecom"))
    assert sealed is not None
    assert b"a token" not in sealed
    lasts = await redis.ask(lambda client: client.ttl(redis.name("token", "wecom")))
    assert lasts is not None
    assert 0 < lasts <= 6480


@pytest.mark.parametrize("words", [b"t0", b"\xff" * 60, b""])
async def test_what_a_stranger_wrote_into_redis_is_not_taken(
    spine: Spine, redis: RedisLink, words: bytes
) -> None:
    await redis.ask(lambda client: client.set(redis.name("token", "wecom"), words))

    assert await process(spine, redis).token("wecom", Platform().fetch) == "t1"
