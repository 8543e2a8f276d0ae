"""`kill -9` under load: what was answered 200 arrives all the same, and nothing comes twice."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import yaml

from bot.demo import settings_for, staff_of
from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from crm_store.vault import fresh_key
from tests.e2e.crowd import Driver, Judge, crowd, twice_on_the_wire
from tests.e2e.process import BotProcess
from tests.eventually import eventually
from tests.servers import free_port

KILLS = 40 if os.environ.get("GENJIN_SOAK") else 3
PATIENCE = 60.0 + 10 * KILLS
"""Seconds: what has piled up goes out thirty a minute and member."""
PEOPLE = ("lina", "wanglei", "zhouting", "sunhao")


@dataclass
class Scene:
    sandbox: Sandbox
    bot: BotProcess


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """The sandbox here, the bot in a process of its own, both by the machine's clock."""
    clock = TurnedClock(datetime.now(UTC), seconds=time.monotonic)
    sandbox = Sandbox(clock, crowd(6))
    await sandbox.start()
    settings = settings_for(sandbox, tmp_path, port=free_port(), key=fresh_key())
    (tmp_path / "rules").mkdir()
    staff = yaml.safe_dump(staff_of(sandbox.cast), allow_unicode=True)
    (tmp_path / "rules" / "staff.yaml").write_text(staff, encoding="utf-8")
    bot = BotProcess(settings, tmp_path)
    await bot.migrate()
    await bot.start()
    sandbox.connect(bot.address)
    try:
        yield Scene(sandbox, bot)
    finally:
        await bot.kill()
        await sandbox.stop()


@dataclass
class Storm:
    """Everybody talks on until told to stop; whoever is not heard waits for the bot to be back."""

    driver: Driver
    is_up: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def talk(self, say: Callable[[int], Awaitable[None]], pause: float) -> None:
        for number in itertools.count():
            await self.is_up.wait()
            if self.stopping.is_set():
                return
            await say(number)
            # A person's pace: a member may be answered thirty times a minute.
            await asyncio.sleep(pause)


@pytest.mark.timeout(60 + 40 * KILLS)
async def test_killed_again_and_again_nothing_is_lost_or_doubled(scene: Scene) -> None:
    driver = Driver(scene.sandbox)
    storm = Storm(driver)
    storm.is_up.set()
    clients = [client.id for client in scene.sandbox.cast.clients]
    talking = [
        *(storm.talk(partial(driver.member_asks, person), 0.3) for person in PEOPLE),
        *(storm.talk(partial(driver.client_says, client), 1.0) for client in clients),
    ]
    tasks = [asyncio.create_task(talk) for talk in talking]

    for kill in range(KILLS):
        await _grows(driver.told, by=6 + kill % 7)
        await scene.bot.kill()
        await _grows(driver.refused, by=1)
        storm.is_up.clear()
        await scene.bot.start()
        storm.is_up.set()
    storm.stopping.set()
    await asyncio.gather(*tasks)
    # One thing more is said: it fetches what the pointers meant that nobody heard.
    await driver.client_says(clients[0], 99)

    judge = Judge(scene.sandbox)
    for person, letter in zip(PEOPLE, "ABDE", strict=True):
        wanted = [mark for mark in driver.told if mark.startswith(f"编号{letter}")]
        answered = partial(_has_answered, judge, person, wanted)
        await eventually(answered, within=PATIENCE, what=person)
        answers = judge.answers(person)
        # What was stored, and whose 200 the kill swallowed, may be answered as well.
        assert [mark for mark in answers if mark not in driver.refused] == wanted
        assert len(set(answers)) == len(answers)
    await eventually(judge.has_every_card, within=60)

    assert twice_on_the_wire(scene.sandbox.ledger) == []
    assert scene.sandbox.ledger.violations == []
    assert scene.bot.starts == KILLS + 1


async def _grows(marks: list[str], *, by: int) -> None:
    enough = len(marks) + by
    await eventually(lambda: len(marks) >= enough, within=40)


def _has_answered(judge: Judge, person: str, wanted: list[str]) -> bool:
    return set(wanted) <= set(judge.answers(person))


async def test_told_to_stop_it_finishes_what_it_took_and_leaves_nothing_running(
    scene: Scene,
) -> None:
    driver = Driver(scene.sandbox)
    await driver.everybody_speaks(questions=3)

    assert await scene.bot.terminate() == 0
    await scene.bot.start()

    judge = Judge(scene.sandbox)
    await eventually(lambda: judge.has_every_card() and judge.answered(3), within=60)
    assert twice_on_the_wire(scene.sandbox.ledger) == []
    assert scene.sandbox.ledger.violations == []


async def test_only_one_process_serves_an_sqlite_file(scene: Scene, tmp_path: Path) -> None:
    second = BotProcess(
        scene.bot.settings.model_copy(
            update={"listen": scene.bot.settings.listen.model_copy(update={"port": free_port()})}
        ),
        tmp_path,
    )
    second.log = tmp_path / "second.log"

    with pytest.raises(RuntimeError, match="已经有一个 genjin serve"):
        await second.start()
