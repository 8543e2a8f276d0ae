"""Access tokens: fetched by one, kept sealed for all, dropped only when they are the failed one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.database import Database
from crm_store.tokens import TokenStore, tokens
from tests.crm_store.conftest import Spine
from tests.eventually import eventually

TWO_HOURS = timedelta(hours=2)


@dataclass(frozen=True)
class Fresh:
    token: str
    lifetime: timedelta = TWO_HOURS


@dataclass
class Platform:
    """Gives out t1, t2 …"""

    fetched: int = 0
    failing: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def fetch(self) -> Fresh:
        self.fetched += 1
        token = f"t{self.fetched}"
        await self.gate.wait()
        if self.failing:
            raise OSError
        return Fresh(token)


def store(spine: Spine) -> TokenStore:
    return TokenStore(spine.database, spine.vault, spine.clock)


async def test_many_callers_in_many_processes_fetch_once(spine: Spine) -> None:
    platform = Platform()
    async with spine.another() as other:
        ours, theirs = store(spine), store(other)
        got = await asyncio.gather(
            *(one.token("wecom", platform.fetch) for _ in range(10) for one in (ours, theirs))
        )

    assert set(got) == {"t1"}
    assert platform.fetched == 1


async def test_it_is_kept_until_nine_tenths_of_its_life(spine: Spine) -> None:
    platform, cache = Platform(), store(spine)
    await cache.token("wecom", platform.fetch)

    spine.clock.forward(timedelta(minutes=107))
    assert await store(spine).token("wecom", platform.fetch) == "t1"
    spine.clock.forward(timedelta(minutes=1))
    assert await cache.token("wecom", platform.fetch) == "t2"
    assert await cache.token("dingtalk", platform.fetch) == "t3"


async def test_only_the_failed_token_is_dropped(spine: Spine) -> None:
    platform, cache = Platform(), store(spine)
    await cache.token("wecom", platform.fetch)

    await cache.discard("wecom", "t0")
    assert await cache.token("wecom", platform.fetch) == "t1"
    await cache.discard("wecom", "t1")
    assert await cache.token("wecom", platform.fetch) == "t2"
    await cache.discard("wecom", "t1")
    assert await cache.token("wecom", platform.fetch) == "t2"


async def test_a_failed_fetch_lets_the_next_caller_try(spine: Spine) -> None:
    platform, cache = Platform(failing=True), store(spine)
    with pytest.raises(OSError):  # noqa: PT011 (what the fetch raised, unchanged)
        await cache.token("wecom", platform.fetch)

    platform.failing = False
    assert await cache.token("wecom", platform.fetch) == "t2"


async def test_who_waited_while_a_fetch_failed_does_not_fetch_again(spine: Spine) -> None:
    """One after the other they would wait for a slow platform longer than their leases last."""
    platform, cache = Platform(failing=True), store(spine)
    platform.gate.clear()
    callers = [asyncio.create_task(cache.token("wecom", platform.fetch)) for _ in range(16)]
    await eventually(lambda: platform.fetched == 1)
    await asyncio.sleep(0)
    platform.gate.set()

    ends = await asyncio.gather(*callers, return_exceptions=True)
    assert all(isinstance(end, OSError) for end in ends)
    assert platform.fetched == 1

    platform.failing = False
    assert await cache.token("wecom", platform.fetch) == "t2"


async def test_a_cancelled_fetch_lets_the_next_caller_try(spine: Spine) -> None:
    platform, cache = Platform(), store(spine)
    platform.gate.clear()
    fetching = asyncio.create_task(cache.token("wecom", platform.fetch))
    await eventually(lambda: platform.fetched == 1)
    fetching.cancel()
    await asyncio.wait([fetching])

    platform.gate.set()
    async with asyncio.timeout(5):
        assert await store(spine).token("wecom", platform.fetch) == "t2"


async def test_the_turn_of_a_process_that_died_runs_out(spine: Spine) -> None:
    platform, cache = Platform(), store(spine)
    await store(spine).token("wecom", platform.fetch)
    async with spine.store.transaction() as tx:
        # As a process leaves it that was killed while it fetched.
        await tx.session.execute(
            update(tokens).values(sealed=None, lease_until=tx.now + timedelta(seconds=15))
        )

    waiting = asyncio.create_task(cache.token("wecom", platform.fetch))
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    assert platform.fetched == 1
    spine.clock.forward(timedelta(seconds=15))

    async with asyncio.timeout(5):
        assert await waiting == "t2"


async def test_who_fetched_too_slowly_changes_nothing_of_what_came_after_him(
    spine: Spine,
) -> None:
    slow, quick = Platform(), Platform(fetched=1)
    slow.gate.clear()
    async with spine.another() as other:
        late, theirs = store(spine), store(other)
        fetching = asyncio.create_task(late.token("wecom", slow.fetch))
        await eventually(lambda: slow.fetched == 1)
        spine.clock.forward(timedelta(seconds=15))
        assert await theirs.token("wecom", quick.fetch) == "t2"
        slow.gate.set()

        assert await fetching == "t2"
        assert await late.token("wecom", slow.fetch) == "t2"
        assert await store(other).token("wecom", quick.fetch) == "t2"


async def test_who_fetched_too_slowly_leaves_the_next_one_his_turn(spine: Spine) -> None:
    slow, slower = Platform(failing=True), Platform(fetched=1)
    slow.gate.clear()
    slower.gate.clear()
    fetching = asyncio.create_task(store(spine).token("wecom", slow.fetch))
    await eventually(lambda: slow.fetched == 1)
    spine.clock.forward(timedelta(seconds=15))
    following = asyncio.create_task(store(spine).token("wecom", slower.fetch))
    await eventually(lambda: slower.fetched == 2)

    slow.gate.set()
    await asyncio.wait([fetching])
    async with spine.store.view() as view:
        (lease,) = (await view.session.execute(select(tokens.c.lease_until))).scalars()
    assert lease == spine.now + timedelta(seconds=15)

    slower.gate.set()
    assert await following == "t2"


class Full(Database):
    """Takes what is written until it is full."""

    is_full = False

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        if self.is_full:
            raise OperationalError("BEGIN", {}, OSError("full"))
        async with super().writing() as session:
            yield session


@pytest.fixture
async def full(spine: Spine) -> AsyncIterator[Full]:
    """It is full once a platform was asked."""
    database = Full(spine.url)
    yield database
    await database.close()


async def test_a_token_that_cannot_be_written_down_serves_all_the_same(
    spine: Spine, full: Full
) -> None:
    platform, cache = Platform(), TokenStore(full, spine.vault, spine.clock)

    async def fetch() -> Fresh:
        full.is_full = True
        return await platform.fetch()

    assert await cache.token("wecom", fetch) == "t1"
    assert await cache.token("wecom", fetch) == "t1"
    assert platform.fetched == 1


async def test_a_failed_fetch_is_told_as_it_failed_whatever_the_database_does(
    spine: Spine, full: Full
) -> None:
    async def fetch() -> Fresh:
        full.is_full = True
        raise LookupError("the platform's own words")

    with pytest.raises(LookupError):
        await TokenStore(full, spine.vault, spine.clock).token("wecom", fetch)


async def test_a_token_is_not_in_the_database_in_clear(spine: Spine) -> None:
    await store(spine).token("wecom", Platform().fetch)

    async with spine.store.view() as view:
        (sealed,) = (await view.session.execute(select(tokens.c.sealed))).scalars()
    assert sealed != b"t1"
    assert len(sealed) > 30


async def test_a_token_sealed_with_a_lost_key_is_fetched_anew(spine: Spine) -> None:
    platform = Platform()
    await store(spine).token("wecom", platform.fetch)
    async with spine.store.transaction() as tx:
        await tx.session.execute(update(tokens).values(sealed=b"\x01from another time"))

    assert await store(spine).token("wecom", platform.fetch) == "t2"


async def test_a_token_that_lies_under_another_name_is_not_taken(spine: Spine) -> None:
    platform = Platform()
    await store(spine).token("wecom", platform.fetch)
    async with spine.store.transaction() as tx:
        await tx.session.execute(update(tokens).values(name="dingtalk"))

    assert await store(spine).token("dingtalk", platform.fetch) == "t2"


async def test_a_call_costs_no_look_into_the_database(spine: Spine) -> None:
    platform, cache = Platform(), store(spine)
    await cache.token("wecom", platform.fetch)
    async with spine.store.transaction() as tx:
        await tx.session.execute(update(tokens).values(sealed=None))

    assert await cache.token("wecom", platform.fetch) == "t1"
    assert cache.refreshed == 1


async def test_what_another_process_discarded_is_dropped_when_it_is_refused(spine: Spine) -> None:
    platform = Platform()
    async with spine.another() as other:
        ours, theirs = store(spine), store(other)
        for cache in (ours, theirs):
            assert await cache.token("wecom", platform.fetch) == "t1"

        await theirs.discard("wecom", "t1")
        assert await theirs.token("wecom", platform.fetch) == "t2"
        await asyncio.gather(*(ours.discard("wecom", "t1") for _ in range(5)))
        assert await ours.token("wecom", platform.fetch) == "t2"

    assert platform.fetched == 2


async def test_a_platform_that_gives_the_refused_token_out_again_is_believed(
    spine: Spine,
) -> None:
    fetched = []

    async def fetch() -> Fresh:
        fetched.append(1)
        return Fresh("same")

    cache = store(spine)
    for _ in range(3):
        assert await cache.token("wecom", fetch) == "same"
        await cache.discard("wecom", "same")
    assert await cache.token("wecom", fetch) == "same"
    assert await cache.token("wecom", fetch) == "same"

    assert len(fetched) == 4


async def test_a_clock_set_back_does_not_keep_a_token_alive(spine: Spine) -> None:
    """How much of its life is over nobody knows any more."""
    platform, cache = Platform(), store(spine)
    await cache.token("wecom", platform.fetch)

    spine.clock.turn_to(spine.now - timedelta(hours=1))
    assert await cache.token("wecom", platform.fetch) == "t2"
    assert await store(spine).token("wecom", platform.fetch) == "t2"


async def test_clocks_of_two_machines_may_differ_a_little(spine: Spine) -> None:
    platform = Platform()
    await store(spine).token("wecom", platform.fetch)

    spine.clock.turn_to(spine.now - timedelta(minutes=2))

    assert await store(spine).token("wecom", platform.fetch) == "t1"


async def test_a_clock_set_back_does_not_prolong_the_turn_of_a_dead_process(spine: Spine) -> None:
    platform = Platform()
    await store(spine).token("wecom", platform.fetch)
    async with spine.store.transaction() as tx:
        await tx.session.execute(
            update(tokens).values(sealed=None, lease_until=tx.now + timedelta(hours=1))
        )

    async with asyncio.timeout(10):
        assert await store(spine).token("wecom", platform.fetch) == "t2"
