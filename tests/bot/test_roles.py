"""Web, worker and scheduler as parts of their own on PostgreSQL, with Redis and without it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.app import Bot, RunRole, running_bot
from bot.demo import OPENING, settings_for, staff_of
from bot.sandbox.cast import demo_cast
from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from config.settings import Settings
from crm_store.shared_clock import SharedClock
from crm_store.vault import fresh_key
from notifiers.shared_limits import SharedBuckets
from tests.e2e.crowd import Judge
from tests.eventually import eventually
from tests.servers import Valkey, free_port

ROLES = (RunRole.WEB, RunRole.WEB, RunRole.WORKER, RunRole.WORKER, RunRole.SCHEDULER)
ASK = "你好，我们医院想了解CT设备的参数，电话13800001234"


@dataclass
class House:
    """Five parts, each as a process has it: connections, loops and memory of its own."""

    sandbox: Sandbox
    clock: TurnedClock
    parts: list[Bot]

    async def chen_asks(self, numbers: range) -> list[str]:
        """The marks of the questions that were taken."""
        marks = [f"编号C00-{number:02}" for number in numbers]
        for mark in marks:
            push = await self.sandbox.member_writes("chen", f"静音 {mark}")
            assert push.accepted
        return marks


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    clock = TurnedClock(OPENING, seconds=time.monotonic)
    sandbox = Sandbox(clock, demo_cast())
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path, postgres_url: str) -> Settings:
    (tmp_path / "rules").mkdir()
    staff = yaml.safe_dump(staff_of(sandbox.cast), allow_unicode=True)
    (tmp_path / "rules" / "staff.yaml").write_text(staff, encoding="utf-8")
    made = settings_for(sandbox, tmp_path, port=free_port(), key=fresh_key())
    return made.model_copy(update={"database_url": postgres_url})


async def opened(stack: AsyncExitStack, sandbox: Sandbox, settings: Settings) -> House:
    clock = sandbox.world.clock
    assert isinstance(clock, TurnedClock)
    parts = []
    for role in ROLES:
        part = await stack.enter_async_context(running_bot(settings, clock=clock))
        await stack.enter_async_context(part.serving(role, port=0))
        clock.on_turn(part.wakeup.everything)
        parts.append(part)
    sandbox.connect(parts[0].address)
    await sandbox.dingtalk.stream.connected(2)
    return House(sandbox, clock, parts)


@pytest.fixture
async def house(
    sandbox: Sandbox, settings: Settings, valkey_server: Valkey
) -> AsyncIterator[House]:
    shared = settings.model_copy(update={"redis_url": valkey_server.url})
    async with AsyncExitStack() as stack:
        yield await opened(stack, sandbox, shared)


async def test_two_streams_and_two_workers_answer_each_once_and_in_order(
    house: House, valkey_server: Valkey
) -> None:
    """While Redis is stopped, started and flushed under them."""
    asked = await house.chen_asks(range(4))
    valkey_server.stop()
    asked += await house.chen_asks(range(4, 8))
    valkey_server.start()
    asked += await house.chen_asks(range(8, 12))
    valkey_server.flush()
    asked += await house.chen_asks(range(12, 16))

    judge = Judge(house.sandbox)
    await eventually(lambda: judge.answers("chen") == asked, what=f"{asked}")
    assert house.sandbox.ledger.violations == []


async def test_one_token_and_one_pace_serve_all(house: House) -> None:
    asked = await house.chen_asks(range(6))
    judge = Judge(house.sandbox)
    await eventually(lambda: judge.answers("chen") == asked)
    await house.sandbox.client_writes("zhao", ASK)
    await eventually(lambda: _has_card(house, "lina"))

    refreshed = sum(part.tokens.refreshed for part in house.parts)
    assert refreshed <= 3  # the assistant's, the kf app's, DingTalk's
    assert all(
        isinstance(limits, SharedBuckets) for part in house.parts for limits in part.limits.values()
    )


async def test_without_redis_they_look_by_themselves(sandbox: Sandbox, settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        house = await opened(stack, sandbox, settings)
        asked = await house.chen_asks(range(3))
        await sandbox.client_writes("zhao", ASK)

        judge = Judge(sandbox)
        await eventually(lambda: judge.answers("chen") == asked)
        await eventually(lambda: _has_card(house, "lina"))
        house.clock.forward(timedelta(minutes=15))
        await eventually(lambda: _has_card(house, "wanglei"))

    assert sandbox.ledger.violations == []


def _has_card(house: House, person: str) -> bool:
    return any(item.card is not None for item in house.sandbox.screen(person))


async def test_parts_on_several_machines_go_by_the_databases_clock(settings: Settings) -> None:
    async with running_bot(settings) as part:
        assert isinstance(part.clock, SharedClock)
        async with part.serving(RunRole.SCHEDULER, port=0):
            assert "clock" in {task.get_name() for task in asyncio.all_tasks()}
        assert "clock" not in {task.get_name() for task in asyncio.all_tasks()}
