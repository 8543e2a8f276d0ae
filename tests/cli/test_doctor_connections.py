"""doctor at the systems that share master data."""

from dataclasses import replace
from typing import Any

import pytest

from bot.commands.doctor_connections import systems
from bot.commands.findings import Mark
from config.rules import load_rules
from config.schemas.connections import Connections
from config.settings import Settings
from tests.fakes.fake_system import SECRET, running_system
from tests.fakes.misbehaviour import Mood


async def findings(settings: dict[str, Any], *registered: dict[str, Any]) -> list[tuple[Mark, str]]:
    connections = Connections.model_validate({"systems": registered})
    rules = replace(load_rules(), connections=connections)
    found = systems(Settings.model_validate(settings), rules)
    return [(one.mark, str(one)) async for one in found]


async def test_nothing_is_said_where_nothing_is_connected() -> None:
    assert await findings({}) == []


async def test_a_system_that_takes_the_ping_is_well() -> None:
    async with running_system() as erp:
        found = await findings(
            {"connections": {"erp": {"secret": SECRET}}, "api_keys": {"erp": "key"}},
            {"name": "erp", "title": "金算", "url": erp.url, "sets": {"name": "ours"}},
        )

        assert [mark for mark, _ in found] == [Mark.GOOD]
        assert erp.told[0]["event"] == "ping"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "connections.erp.secret"),
        ({"connections": {"erp": {"secret": "another"}}}, "connections.erp.secret"),
        ({"connections": {"erp": {"secret": SECRET}, "old": {"secret": "x"}}}, "old 没有登记"),
    ],
)
async def test_what_is_missing_is_named(settings: dict[str, Any], says: str) -> None:
    async with running_system() as erp:
        found = await findings(settings, {"name": "erp", "url": erp.url})

    assert any(says in words for _, words in found)


async def test_one_that_is_away_and_one_without_a_key_are_faults() -> None:
    async with running_system() as erp:
        erp.will(Mood.BROKEN)
        found = await findings(
            {"connections": {"erp": {"secret": SECRET}}},
            {"name": "erp", "url": erp.url, "sets": {"name": "ours"}},
        )

    assert [mark for mark, _ in found] == [Mark.FAULT, Mark.FAULT]
    assert "api_keys.erp" in found[0][1]
    assert SECRET not in str(found)
