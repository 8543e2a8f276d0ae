"""The story is a judge: what did not happen breaks it, by the step's name."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.scene import Means, Scene
from bot.sandbox.screens import CardView, Item
from bot.sandbox.story import StoryBroken, perform
from bot.sandbox.transcript import Transcript

TUESDAY_TEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CARD = CardView(title="赵主任 · CT设备")


class SilentStage:
    """People write and nobody answers: the bot is not there."""

    def __init__(self) -> None:
        self.said: list[Item] = []

    def screen(self, person: str) -> list[Item]:
        return self.said if person == "zhao" else []

    async def settled(self) -> None: ...

    async def client_writes(self, client: str, text: str) -> None:
        self.said.append(Item("i1", TUESDAY_TEN, "赵主任", True, "wechat", "kf", "text", text))

    async def member_writes(self, member: str, text: str) -> None: ...
    async def member_presses(self, member: str, item_id: str, key: str) -> None: ...
    async def servicer_writes(self, member: str, client: str, text: str) -> None: ...


class LateStage(SilentStage):
    """Her card comes some looks after the bot said that it had nothing left to do."""

    is_quiet = False
    looks = 0

    def screen(self, person: str) -> list[Item]:
        if person != "lina" or not self.is_quiet:
            return []
        self.looks += 1
        came = Item("i2", TUESDAY_TEN, "跟进", False, "wecom", "assistant", "card", card=CARD)
        return [came] if self.looks > 5 else []


async def stand_still(time: timedelta) -> None: ...


async def nothing_is_known() -> Mapping[str, Any]:
    return {"quiet": True, "leads": []}


async def no_page(url: str) -> str:
    return ""


async def test_a_bot_that_does_nothing_breaks_the_story_at_the_lead() -> None:
    means = Means(lambda: TUESDAY_TEN, stand_still, nothing_is_known, no_page, patience=0.1)
    heard: list[str] = []

    with pytest.raises(StoryBroken) as broken:
        await perform(SilentStage(), means, heard.append)

    assert broken.value.step == "第 2 步 线索到人"
    assert "李娜应看到一张写着「赵主任」、「CT设备」的卡片" in str(broken.value)
    assert "        ✓ 客户的话在他自己的窗口里" in heard


async def test_a_card_that_comes_after_the_bot_was_quiet_is_waited_for() -> None:
    stage = LateStage()

    async def nothing_left_to_do() -> Mapping[str, Any]:
        stage.is_quiet = True
        return {"quiet": True, "leads": []}

    means = Means(lambda: TUESDAY_TEN, stand_still, nothing_left_to_do, no_page)
    scene = Scene(stage, means, Transcript())
    await scene.client_writes("想了解CT设备")

    card = await scene.card("lina", "赵主任", "CT设备")

    assert card.card == CARD
    assert "李娜（企业微信）看到卡片" in str(scene.transcript)
