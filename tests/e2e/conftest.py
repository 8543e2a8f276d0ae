"""The ordinary bot on the sandbox, over real HTTP and websockets."""

import os
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import pytest

from bot.demo import OPENING, Stage, stage
from bot.sandbox.cast import Cast
from bot.sandbox.world import DingTalkMode
from config.clock import TurnedClock
from config.settings import Speech
from tests.databases import fresh_database
from tests.e2e.crowd import crowd
from tests.e2e.deployment import MANY, ONE, Deployment, deployed
from tests.e2e.process import Nursery, nursery
from tests.e2e.storm import CAST, RULES
from tests.servers import Valkey

CLIENTS = 6
IS_SOAK = bool(os.environ.get("GENJIN_SOAK"))
"""`make soak`: the same, for an hour or two. GENJIN_KILLS says how often a test kills, instead."""


def kills(usual: int) -> int:
    return int(os.environ.get("GENJIN_KILLS") or (1_000 if IS_SOAK else usual))


class Opens(Protocol):
    def __call__(
        self,
        *,
        cast: Cast | None = None,
        dingtalk_mode: DingTalkMode = "stream",
        speech: Speech | None = None,
    ) -> AbstractAsyncContextManager[Stage]: ...


@pytest.fixture
def opens(tmp_path: Path) -> Opens:
    """A stage of the test's own choosing; its clock runs on, and may be turned."""

    def open_stage(
        *,
        cast: Cast | None = None,
        dingtalk_mode: DingTalkMode = "stream",
        speech: Speech | None = None,
    ) -> AbstractAsyncContextManager[Stage]:
        clock = TurnedClock(OPENING, seconds=time.monotonic)
        return stage(
            tmp_path,
            clock=clock,
            cast=cast or crowd(CLIENTS),
            dingtalk_mode=dingtalk_mode,
            speech=speech,
        )

    return open_stage


@pytest.fixture
async def on(opens: Opens) -> AsyncIterator[Stage]:
    async with opens() as running:
        yield running


@pytest.fixture(scope="session")
def bots() -> Iterator[Nursery]:
    """Where the processes of all tests are born."""
    with nursery() as opened:
        yield opened


@pytest.fixture
async def one(tmp_path: Path, bots: Nursery) -> AsyncIterator[Deployment]:
    """One process that does everything, on SQLite."""
    url = await fresh_database(tmp_path / "genjin.db")
    async with deployed(tmp_path, bots, url, cast=CAST(), shape=ONE, rules=RULES) as running:
        yield running


@pytest.fixture
async def many(
    tmp_path: Path, bots: Nursery, postgres_url: str, valkey_server: Valkey
) -> AsyncIterator[Deployment]:
    """Two processes of each role, on PostgreSQL and Redis."""
    async with deployed(
        tmp_path,
        bots,
        postgres_url,
        cast=CAST(),
        shape=MANY,
        redis_url=valkey_server.url,
        rules=RULES,
    ) as running:
        yield running


@pytest.fixture
def chance() -> random.Random:
    """What happens at random is had again with GENJIN_SEED."""
    seed = int(os.environ.get("GENJIN_SEED") or random.SystemRandom().randrange(10**6))
    print(f"GENJIN_SEED={seed}")  # noqa: T201 (pytest shows it where the test fails)
    return random.Random(seed)
