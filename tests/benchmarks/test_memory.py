"""What the bot holds in memory while messages go through it, stage by stage.

`BENCH_MESSAGES=100000` asks for the whole bound; the default is what a few minutes allow.
"""

import os
from pathlib import Path

import pytest

from tests.benchmarks.fleet import fleet
from tests.benchmarks.processes import apart, resident_kib

pytestmark = pytest.mark.bench

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "2500"))
STAGES = 5
A_CLIENT = 50
"""Messages of one client."""
GROWTH = 1.10
"""Of the last stage over the second: the first fills caches, pools and dictionaries."""


async def test_memory_while_messages_go_through(tmp_path: Path) -> None:
    bots_on, town_on = apart()
    url = f"sqlite+aiosqlite:///{tmp_path / 'genjin.db'}"
    stage, heard = MESSAGES // STAGES, 0

    print(f"\nmemory, {MESSAGES} messages on SQLite in {STAGES} stages, role all")
    async with fleet(tmp_path, url, ["all"], bots_on=bots_on, town_on=town_on) as running:
        held = [resident_kib(running.pids[0])]
        for _ in range(STAGES):
            heard += await running.town.ask(
                do="chat", messages=stage, clients=max(1, stage // A_CLIENT)
            )
            await running.has_handled(heard)
            held.append(resident_kib(running.pids[0]))

    for number, kib in enumerate(held):
        print(f"  after {number * stage:7,} messages: {kib / 1024:7.1f} MiB")
    grown = held[-1] / held[2]
    verdict = "met" if grown <= GROWTH else "missed"
    print(f"  last stage / second: {grown:.3f}, bound {GROWTH:g} {verdict}")
