"""The manager's platform, by Stream and by HTTP: his words, his presses, a line that dies."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.demo import Stage
from bot.sandbox.cast import demo_cast
from bot.sandbox.screens import Item
from bot.sandbox.world import DingTalkMode
from tests.e2e.conftest import Opens
from tests.e2e.crowd import Judge
from tests.eventually import eventually

ASK = "你好，我们医院想了解CT设备的参数，预算300万左右，下周三前要招标文件，电话13800001234"


def cards(on: Stage, person: str, title: str) -> list[Item]:
    return [
        item
        for item in on.sandbox.screen(person)
        if item.card is not None and title in item.card.title
    ]


async def press(on: Stage, person: str, label: str) -> None:
    """Presses the button of his newest card that has it."""
    item, key = next(
        (item, button.key)
        for item in reversed(on.sandbox.screen(person))
        if item.card is not None
        for button in item.card.buttons
        if button.text == label
    )
    await on.sandbox.member_presses(person, item.id, key)


@pytest.mark.parametrize("mode", ["stream", "http"])
async def test_the_manager_asks_and_presses(opens: Opens, mode: DingTalkMode) -> None:
    async with opens(cast=demo_cast(), dingtalk_mode=mode) as on:
        await on.sandbox.client_writes("zhao", ASK)
        await eventually(lambda: len(cards(on, "lina", "CT设备")) == 1)
        await on.sandbox.member_writes("chen", "静音 编号C00-00")
        judge = Judge(on.sandbox)
        await eventually(lambda: judge.answers("chen") == ["编号C00-00"])

        on.clock.forward(timedelta(minutes=15))
        await eventually(lambda: len(cards(on, "wanglei", "CT设备")) == 1)
        await press(on, "wanglei", "已联系")
        await eventually(lambda: not _offers(on, "wanglei", "已联系"))
        on.clock.forward(timedelta(hours=48))
        await eventually(lambda: _offers(on, "chen", "转派"))
        await press(on, "chen", "转派")
        await eventually(
            lambda: any("已从王磊转给李娜" in str(item.card) for item in on.sandbox.screen("chen"))
        )

        if mode == "http":
            assert await on.sandbox.verify_dingtalk_events()
        assert on.sandbox.ledger.violations == []


def _offers(on: Stage, person: str, label: str) -> bool:
    return any(
        button.text == label
        for item in on.sandbox.screen(person)
        if item.card is not None
        for button in item.card.buttons
    )


async def drop(on: Stage) -> None:
    await on.sandbox.faults.stream.drop()


async def disconnect(on: Stage) -> None:
    await on.sandbox.faults.stream.disconnect()


async def redeliver(on: Stage) -> None:
    await on.sandbox.faults.stream.redeliver(2)


@pytest.mark.parametrize("fault", [drop, disconnect, redeliver])
async def test_a_line_that_dies_or_repeats_itself_costs_no_word(
    opens: Opens, fault: Callable[[Stage], Awaitable[None]]
) -> None:
    async with opens(cast=demo_cast()) as on:
        judge, told = Judge(on.sandbox), []
        for number in range(6):
            mark = f"编号C00-{number:02}"
            push = await on.sandbox.member_writes("chen", f"静音 {mark}")
            if push.accepted:
                told.append(mark)
            if number in (1, 3):
                await fault(on)

        await eventually(lambda: judge.answers("chen") == told, what=f"{told}")
        assert len(told) >= 4
        assert on.sandbox.ledger.violations == []
