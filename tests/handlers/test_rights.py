"""What people see beside the table (test_rights_table.py): roles that change, and the audit log."""

from datetime import timedelta

from tests.world import STORY, TEAM, Opens, World

NOT_YOURS = "没有找到您名下的客户“赵主任”"


async def _office(world: World) -> World:
    """李娜 owns 赵主任's lead."""
    await world.client_writes("wmZhao", STORY, nickname="赵主任")
    assert (await world.lead()).owner_id == "lina"
    return world


async def test_who_has_two_roles_sees_what_either_of_them_sees(opens: Opens) -> None:
    both = {"id": "both", "name": "兼管", "roles": ["finance", "director"], "wecom": "both01"}
    async with opens(team=[*TEAM, both]) as world:
        office = await _office(world)

        assert "赵主任" in await office.hears("both", "为什么 赵主任")


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
