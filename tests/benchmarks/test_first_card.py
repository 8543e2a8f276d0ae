"""From a client's words to the card in a rep's hand, over the real protocols in one process."""

import statistics
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.demo import OPENING, stage
from bot.sandbox.cast import Client, demo_cast
from bot.sandbox.ledger import Call
from config.clock import TurnedClock
from tests.eventually import eventually

pytestmark = pytest.mark.bench

CLIENTS = 60
WORDS = "你好，我想了解CT设备的参数，预算300万左右，下周三前要招标文件，电话138{:08d}"


async def test_push_to_first_card(tmp_path: Path) -> None:
    clients = tuple(Client(f"c{n}", f"客户{n}", f"wmBench{n:04d}") for n in range(CLIENTS))
    cast = replace(demo_cast(), clients=clients)
    clock = TurnedClock(OPENING, seconds=time.monotonic)
    took: list[float] = []

    async with stage(tmp_path, clock=clock, cast=cast) as on:

        def cards() -> list[Call]:
            sent = on.sandbox.ledger.delivered()
            return [call for call in sent if "template_card" in str(call.body)[:400]]

        def more_than(known: int) -> bool:
            return len(cards()) > known

        for number, client in enumerate(clients):
            before = len(cards())
            started = time.perf_counter()
            await on.sandbox.client_writes(client.id, WORDS.format(number))
            await eventually(partial(more_than, before))
            took.append(time.perf_counter() - started)
            # One app says at most thirty things a minute to one member.
            if number % 20 == 19:
                on.clock.forward(timedelta(seconds=70))

    cuts = statistics.quantiles(took[5:], n=100)
    print(f"\npush to first card, {CLIENTS} new clients one after another, SQLite")
    print(f"  p50 {cuts[49] * 1000:.0f} ms  p99 {cuts[98] * 1000:.0f} ms")
