"""Several processes at once, and processes that are told to stop."""

import asyncio
import os
import signal
import sys
from collections import Counter

import pytest

from tests.e2e.crowd import Judge, mark_of
from tests.e2e.deployment import Deployment
from tests.e2e.process import ROOT, BotProcess, environment
from tests.e2e.storm import everything_arrived, no_rule_was_broken, storm
from tests.eventually import eventually


@pytest.mark.timeout(300)
async def test_told_to_stop_under_load_the_only_process_finishes_what_it_took(
    one: Deployment,
) -> None:
    (bot,) = one.processes
    async with storm(one.sandbox) as raging:
        for _ in range(3):
            await raging.grows(by=6)
            assert await bot.terminate() == 0
            await bot.start()
        await raging.grows(by=3)

    await everything_arrived(raging)
    assert "stopped_hard" not in one.logs()


@pytest.mark.timeout(300)
async def test_told_to_stop_under_load_one_by_one_nobody_notices(many: Deployment) -> None:
    async with storm(many.sandbox) as raging:
        for process in many.processes:
            await raging.grows(by=4)
            assert await process.terminate() == 0
            await process.start()
        await raging.grows(by=3)

    await everything_arrived(raging)
    assert "stopped_hard" not in many.logs()
    # There was always one to take it.
    assert raging.driver.refused == []


async def test_what_a_stopped_worker_had_in_hand_waits_for_no_lease(many: Deployment) -> None:
    asked = [many.sandbox.member_writes("lina", f"静音 {mark_of(0, n)}") for n in range(8)]
    for question in asked:
        await question
    for worker in many.of("worker"):
        assert await worker.terminate() == 0
    await many.of("worker")[0].start()

    judge = Judge(many.sandbox)
    await eventually(lambda: len(judge.answers("lina")) == 8, within=30)

    assert judge.answers("lina") == [mark_of(0, n) for n in range(8)]
    no_rule_was_broken(many.sandbox.ledger)


async def test_one_conversation_keeps_its_order_between_two_workers(many: Deployment) -> None:
    sandbox, people = many.sandbox, ("lina", "wanglei", "zhouting")

    async def asks(member: str, place: int) -> None:
        for number in range(20):
            await sandbox.member_writes(member, f"静音 {mark_of(place, number)}")

    await asyncio.gather(*(asks(member, place) for place, member in enumerate(people)))

    judge = Judge(sandbox)
    await eventually(lambda: all(len(judge.answers(m)) == 20 for m in people), within=60)
    for place, member in enumerate(people):
        assert judge.answers(member) == [mark_of(place, number) for number in range(20)]
    no_rule_was_broken(sandbox.ledger)


async def test_one_callback_at_two_web_processes_in_the_same_instant_is_handled_once(
    many: Deployment,
) -> None:
    sandbox = many.sandbox
    first = await sandbox.member_writes("lina", f"静音 {mark_of(0, 0)}")
    for number in range(1, 6):
        content = {**first.content, "Content": f"静音 {mark_of(0, number)}"}
        content["MsgId"] = str(int(content["MsgId"]) + 1_000 + number)
        pushes = await asyncio.gather(
            *(sandbox.wecom.callbacks.push(first.target, content) for _ in range(4))
        )
        assert all(push.accepted for push in pushes)
    await sandbox.member_writes("lina", f"静音 {mark_of(0, 9)}")

    judge = Judge(sandbox)
    await eventually(lambda: mark_of(0, 9) in judge.answers("lina"), within=30)
    assert Counter(judge.answers("lina")) == Counter(mark_of(0, n) for n in (0, 1, 2, 3, 4, 5, 9))
    no_rule_was_broken(sandbox.ledger)


async def test_only_one_process_serves_an_sqlite_file(one: Deployment) -> None:
    (bot,) = one.processes
    second = BotProcess(bot.nursery, bot.config)

    with pytest.raises(RuntimeError, match="已经有一个 genjin serve"):
        await second.start()


async def test_the_command_itself_stops_under_load_with_nothing_left_running(
    one: Deployment,
) -> None:
    """Not a child of the nursery: as an operator's shell starts it."""
    (bot,) = one.processes
    await bot.terminate()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve"),
        *("--config", str(bot.config), "--port", str(bot.port)),
        cwd=ROOT,
        env=environment(),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    await bot.answers()
    async with storm(one.sandbox) as raging:
        await raging.grows(by=10)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
        await bot.start()
        await raging.grows(by=3)

    await everything_arrived(raging)
