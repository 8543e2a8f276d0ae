"""doctor against the sandbox, which refuses whatever the platforms refuse and counts each bug."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from bot.commands.doctor_platforms import platforms
from bot.commands.findings import Mark
from bot.demo import settings_for, staff_of
from bot.sandbox.cast import demo_cast
from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from config.rules import load_rules
from config.settings import Settings
from crm_store.vault import fresh_key


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    stage = Sandbox(TurnedClock(datetime.now(UTC)), demo_cast())
    await stage.start()
    yield stage
    await stage.stop()


def _connected(sandbox: Sandbox, folder: Path) -> Settings:
    (folder / "rules").mkdir()
    staff = yaml.safe_dump(staff_of(sandbox.cast), allow_unicode=True)
    (folder / "rules" / "staff.yaml").write_text(staff, encoding="utf-8")
    return settings_for(sandbox, folder, port=8080, key=fresh_key())


async def test_what_is_in_order_is_found_so_and_nobody_sees_a_thing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    settings = _connected(sandbox, tmp_path)
    rules = load_rules(settings.rules_dir)

    found = [one async for one in platforms(settings, rules, clock=sandbox.world.clock)]

    assert [str(one) for one in found if one.mark is Mark.FAULT] == []
    assert any("有接待人员" in one.text for one in found)
    assert sandbox.ledger.violations == []
    assert [sandbox.screen(member.id) for member in sandbox.cast.members if member.wecom] == [
        [] for member in sandbox.cast.members if member.wecom
    ]


async def test_a_rep_who_rests_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = _connected(sandbox, tmp_path)
    sandbox.world.faults.not_taking.add("lina")

    rules = load_rules(settings.rules_dir)
    found = [one async for one in platforms(settings, rules, clock=sandbox.world.clock)]

    (resting,) = [one for one in found if "停止接待" in one.text]
    assert resting.text.endswith("：李娜")
