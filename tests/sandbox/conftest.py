"""A sandbox that runs, a bot that only listens, and a caller with the right tokens."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession

from bot.sandbox.cast import Cast, demo_cast
from bot.sandbox.server import Sandbox
from bot.sandbox.world import Patience
from config.clock import TurnedClock
from tests.sandbox.caller import Caller
from tests.sandbox.listener import Listener

IMPATIENT = Patience(robot_resend=0.01, event_retries=(0.01, 0.01), disconnect_grace=0.01)
"""Waits that nobody has to sit through. What is waited for in a test keeps its full time."""


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))


@pytest.fixture
def cast() -> Cast:
    return demo_cast()


@pytest.fixture
async def bot(cast: Cast) -> AsyncIterator[Listener]:
    bot = Listener(cast)
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
def patience() -> Patience:
    return IMPATIENT


@pytest.fixture
async def sandbox(
    clock: TurnedClock, cast: Cast, bot: Listener, patience: Patience
) -> AsyncIterator[Sandbox]:
    """A test that provokes violations empties `ledger.violations` itself."""
    sandbox = Sandbox(clock, cast, patience=patience)
    await sandbox.start()
    sandbox.connect(bot.url)
    yield sandbox
    await sandbox.stop()
    assert sandbox.ledger.violations == []


@pytest.fixture
async def caller(sandbox: Sandbox) -> AsyncIterator[Caller]:
    async with ClientSession() as session:
        yield Caller(sandbox, session)


def blamed(sandbox: Sandbox) -> list[str]:
    """The violations so far, which are forgiven."""
    violations = list(sandbox.ledger.violations)
    sandbox.ledger.violations.clear()
    return violations
