"""Edited rules: what is wrong with them reaches the admins, each mistake once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.alarms import Alarms
from bot.staff import RulesWatch
from config.rules import RuleBook
from tests.eventually import eventually
from tests.world import World


@asynccontextmanager
async def watched(office: World) -> AsyncIterator[Path]:
    """The folder of the rules, looked at all the time."""
    folder = office.settings.rules_dir
    assert folder is not None
    alarms = Alarms(office.store)
    watch = RulesWatch(office.store, RuleBook(folder), alarms, every_seconds=0.01)
    looking = asyncio.create_task(watch.run())
    try:
        yield folder
    finally:
        looking.cancel()
        await asyncio.wait([looking])


async def told(office: World, times: int) -> list[str]:
    async def heard() -> bool:
        await office.settle()
        return len(office.texts("root")) >= times

    await eventually(heard)
    return office.texts("root")


async def test_two_bad_edits_within_the_hour_are_two_alarms(office: World) -> None:
    async with watched(office) as folder:
        (folder / "alarms.yaml").write_text("roles: [emperor]", encoding="utf-8")
        (first,) = await told(office, 1)
        (folder / "alarms.yaml").write_text("roles: [admin]", encoding="utf-8")
        _, second = await told(office, 2)

    assert "emperor" in first or "roles" in first
    assert "genjin check" in second
    assert first != second
