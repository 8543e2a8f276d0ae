"""`kill -9` under load: what was answered 200 arrives all the same, and nothing comes twice.

One process on SQLite; web, worker and scheduler processes on PostgreSQL and Redis. A run that
fails is had again with GENJIN_SEED set to the number it printed.
"""

import asyncio
import random

import pytest

from tests.e2e.conftest import kills
from tests.e2e.deployment import Deployment
from tests.e2e.process import BotProcess
from tests.e2e.storm import Storm, everything_arrived, storm

KILLS_OF_ONE = kills(6)
KILLS_OF_MANY = kills(9)
LONGEST_PAUSE = 0.6
"""Seconds between a process being at work again and the next kill."""


@pytest.mark.timeout(120 + 10 * KILLS_OF_ONE)
async def test_the_only_process_killed_again_and_again(
    one: Deployment, chance: random.Random
) -> None:
    async with storm(one.sandbox) as raging:
        await _kill_at_random(one.processes, raging, KILLS_OF_ONE, chance)

    await everything_arrived(raging)


@pytest.mark.timeout(180 + 10 * KILLS_OF_MANY)
async def test_any_of_many_processes_killed_again_and_again(
    many: Deployment, chance: random.Random
) -> None:
    async with storm(many.sandbox) as raging:
        await _kill_at_random(many.processes, raging, KILLS_OF_MANY, chance)

    await everything_arrived(raging)


async def _kill_at_random(
    processes: list[BotProcess], raging: Storm, kills: int, chance: random.Random
) -> None:
    """Others may be starting meanwhile, or none of a role be there."""
    coming: dict[int, asyncio.Task[None]] = {}
    for kill in range(kills):
        victim = chance.choice(processes)
        if victim.port in coming:
            await coming.pop(victim.port)
        # A moment by chance, not a wait for something.
        await asyncio.sleep(chance.uniform(0, LONGEST_PAUSE))
        await victim.kill()
        victim.begin()
        coming[victim.port] = asyncio.create_task(victim.ready())
        if kill % len(processes) == 0:
            await raging.grows(by=3)
    await asyncio.gather(*coming.values())
    await raging.grows(by=3)
