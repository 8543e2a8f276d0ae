"""The story is a judge: what did not happen breaks it, by the step's name."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.scene import Means
from bot.sandbox.screens import Item
from bot.sandbox.story import StoryBroken, perform

TUESDAY_TEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


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


async def stand_still(time: timedelta) -> None: ...


async def nothing_is_known() -> Mapping[str, Any]:
    return {"quiet": True, "leads": []}


async def no_page(url: str) -> str:
    return ""


async def test_a_bot_that_does_nothing_breaks_the_story_at_the_lead() -> None:
    means = Means(lambda: TUESDAY_TEN, stand_still, nothing_is_known, no_page)
    heard: list[str] = []

    with pytest.raises(StoryBroken) as broken:
        await perform(SilentStage(), means, heard.append)

    assert broken.value.step == "第 2 步 线索到人"
    assert "李娜应看到一张写着「赵主任」、「CT设备」的卡片" in str(broken.value)
    assert "        ✓ 客户的话在他自己的窗口里" in heard
