"""Role × command × whose client: allowed, or the one sentence. Every command is in the table."""

from datetime import timedelta
from typing import Any

import pytest

from handlers import ROUTERS
from handlers.router import Command
from tests.world import STORY, TEAM, Opens, World

NOT_YOURS = "没有找到您名下的客户“赵主任”"
ARGUMENTS = {
    "client": "赵主任",
    "successor": "王磊",
    "note": "已电话",
    "words": "预算已批",
    "reason": "选了别家",
}
ABOUT_CLIENTS = [
    command
    for router in ROUTERS
    for command in router.commands
    if "client" in command.regexes[0].groupindex
]
OTHER_TEAM: list[dict[str, Any]] = [
    {"id": "other", "name": "别组经理", "roles": ["manager"], "wecom": "other01"},
    {"id": "both", "name": "兼管", "roles": ["finance", "director"], "wecom": "both01"},
]
MAY = {"lina", "chen", "gao", "both"}
MAY_NOT = {"wanglei", "fin", "svc", "root", "other"}


def _said(command: Command) -> str:
    return command.patterns[0].format(**ARGUMENTS)


async def _office(world: World) -> World:
    """李娜 owns 赵主任's lead."""
    await world.client_writes("wmZhao", STORY, nickname="赵主任")
    assert (await world.lead()).owner_id == "lina"
    return world


@pytest.mark.parametrize("member", sorted(MAY_NOT))
async def test_nobody_learns_of_a_client_that_is_not_his(opens: Opens, member: str) -> None:
    async with opens(team=TEAM + OTHER_TEAM) as world:
        office = await _office(world)

        answers = {_said(c): await office.hears(member, _said(c)) for c in ABOUT_CLIENTS}

        assert set(answers.values()) == {NOT_YOURS}, answers
        lead = await office.lead()
        assert (lead.owner_id, lead.state) == ("lina", "assigned")


@pytest.mark.parametrize("member", sorted(MAY))
@pytest.mark.parametrize("command", ABOUT_CLIENTS, ids=lambda command: command.usage)
async def test_the_owner_and_who_stands_above_him_may(
    opens: Opens, member: str, command: Command
) -> None:
    async with opens(team=TEAM + OTHER_TEAM) as world:
        office = await _office(world)

        answer = await office.hears(member, _said(command))

        assert answer
        assert NOT_YOURS not in answer
        assert "没有听懂" not in answer


async def test_service_sees_a_client_once_his_deal_is_won(opens: Opens) -> None:
    async with opens() as world:
        office = await _office(world)
        before = await office.hears("svc", "为什么 赵主任")
        await office.hears("lina", "赢单 赵主任")

        after = await office.hears("svc", "为什么 赵主任")

        assert before == NOT_YOURS
        assert after != NOT_YOURS


async def test_a_deactivated_colleague_is_a_stranger(opens: Opens) -> None:
    gone = [{**row, "active": row["id"] != "wanglei"} for row in TEAM]
    async with opens(team=gone) as world:
        answer = await world.hears("wanglei", "我的线索")

        assert answer == "您还没有登记，请把账号 WangLei 发给管理员"


async def test_reading_anothers_client_is_in_the_audit_log(opens: Opens) -> None:
    async with opens() as world:
        office = await _office(world)

        await office.hears("chen", "为什么 赵主任")
        await office.hears("lina", "为什么 赵主任")

        assert await office.audited() == [("chen", "read_client")]


async def test_a_senior_rep_who_only_stands_above_is_not_asked_to_decide(opens: Opens) -> None:
    """He could not act: the escalation goes to the next manager above him."""
    above = {"lina": "wanglei", "wanglei": "chen"}
    team = [{**row, "manager": above.get(row["id"])} for row in TEAM]
    async with opens(team=team) as world:
        office = await _office(world)
        await office.presses("lina", "已联系")

        await office.passes(timedelta(hours=48))
        await office.presses("chen", "需协同支持")

        assert not office.cards("wanglei")
        assert office.cards("chen")[-1].status == "已安排协同支持"
