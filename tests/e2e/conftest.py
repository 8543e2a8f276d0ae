"""The ordinary bot on the sandbox, over real HTTP and websockets."""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import pytest

from bot.demo import OPENING, Stage, stage
from bot.sandbox.cast import Cast
from bot.sandbox.world import DingTalkMode
from config.clock import TurnedClock
from tests.e2e.crowd import crowd

CLIENTS = 6


class Opens(Protocol):
    def __call__(
        self, *, cast: Cast | None = None, dingtalk_mode: DingTalkMode = "stream"
    ) -> AbstractAsyncContextManager[Stage]: ...


@pytest.fixture
def opens(tmp_path: Path) -> Opens:
    """A stage of the test's own choosing; its clock runs on, and may be turned."""

    def open_stage(
        *, cast: Cast | None = None, dingtalk_mode: DingTalkMode = "stream"
    ) -> AbstractAsyncContextManager[Stage]:
        clock = TurnedClock(OPENING, seconds=time.monotonic)
        return stage(
            tmp_path, clock=clock, cast=cast or crowd(CLIENTS), dingtalk_mode=dingtalk_mode
        )

    return open_stage


@pytest.fixture
async def on(opens: Opens) -> AsyncIterator[Stage]:
    async with opens() as running:
        yield running
