"""Rules in plain words: their list, their versions and buttons, and who may change which."""

import pytest

from crm_store.models import RuleState
from notifiers.card import Card
from tests.handlers.school import applied, enabled, owner_of, versions
from tests.world import World


async def test_a_changed_rule_is_a_new_version_of_its_number(school: World) -> None:
    await enabled(school, "gao", "咨询雅思且预算大于3万，分配给张敏")

    answer = await school.hears("gao", "修改规则 1 咨询雅思且预算大于5万，分配给孙悦")
    assert "启用后代替第 1 版" in answer
    assert await versions(school) == [(1, 1, RuleState.ACTIVE), (1, 2, RuleState.DRAFT)]
    await school.presses("gao", "启用")

    assert await versions(school) == [(1, 1, RuleState.REPLACED), (1, 2, RuleState.ACTIVE)]
    shown = await school.hears("gao", "规则 1")
    assert "第 2 版" in shown
    assert "第 1 版" in shown
    listed = await school.hears("gao", "规则")
    assert "1（启用中）产品是「雅思冲刺班」，且预算大于5万元：分配给孙悦" in listed


async def test_a_rule_is_stopped_and_enabled_by_its_number(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，分配给张敏")

    assert "已停用" in await school.hears("gao", "停用规则 1")
    assert "现在没有启用" in await school.hears("gao", "停用规则 1")
    assert "已启用" in await school.hears("gao", "启用规则 1")
    assert "已经是启用的" in await school.hears("gao", "启用规则1。")
    assert "没有规则 9" in await school.hears("gao", "停用规则 9")


async def test_pressing_again_and_later_is_answered_sanely(school: World) -> None:
    await school.hears("gao", "咨询雅思，分配给张敏")
    draft = school.screen("gao")[-1]
    await school.presses("gao", "启用", card=draft)
    await school.hears("gao", "停用规则 1")
    changed = Card.model_validate(draft.message.model_dump())
    draft.drawings.append(changed)  # his phone still shows the old buttons

    await school.presses("gao", "启用", card=draft)
    assert await versions(school) == [(1, 1, RuleState.STOPPED)]
    await school.presses("gao", "取消", card=draft)

    assert "已经处理过了" in school.texts("gao")[-1]
    assert await versions(school) == [(1, 1, RuleState.STOPPED)]


async def test_a_draft_that_was_thrown_away_cannot_be_enabled(school: World) -> None:
    await school.hears("gao", "咨询雅思，分配给张敏")

    await school.presses("gao", "取消")

    assert await versions(school) == [(1, 1, RuleState.CANCELLED)]
    assert "没有规则 1" in await school.hears("gao", "启用规则 1")


async def test_the_card_tells_how_to_write_the_new_sentence(school: World) -> None:
    await school.hears("gao", "咨询雅思，分配给张敏")

    await school.presses("gao", "修改")

    assert "修改规则 1 产品是「雅思冲刺班」：分配给张敏" in school.texts("gao")[-1]


async def test_a_press_by_who_may_not_changes_nothing(school: World) -> None:
    await school.hears("chen", "咨询雅思，分配给张敏")
    (draft,) = [shown for shown in school.screen("chen") if isinstance(shown.now, Card)]
    school.wecom.screens.setdefault("Liu01", []).append(draft)  # forwarded to another's phone

    await school.presses("liu", "启用", card=draft)

    assert "不是您写的" in school.texts("liu")[-1]
    assert await versions(school) == [(1, 1, RuleState.DRAFT)]


async def test_a_manager_s_rule_names_only_his_own_people(school: World) -> None:
    answer = await school.hears("liu", "咨询雅思，分配给张敏")

    assert "张敏不在您的团队" in answer
    assert await versions(school) == []


async def test_a_manager_s_rule_takes_no_lead_from_another_s_team(school: World) -> None:
    await enabled(school, "liu", "预算大于0.5万，分配给钱程")

    await school.client_writes("wmZhao", "想买CT设备，预算300万，我在上海", nickname="赵主任")

    assert await owner_of(school) in ("lina", "wanglei")
    assert await applied(school) == []


async def test_the_house_s_rule_comes_before_a_manager_s(school: World) -> None:
    await enabled(school, "chen", "咨询雅思，分配给孙悦")
    await enabled(school, "gao", "咨询雅思，分配给张敏")

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")

    assert await owner_of(school) == "zhangmin"


async def test_a_manager_does_not_see_or_stop_another_s_rule(school: World) -> None:
    await enabled(school, "chen", "咨询雅思，分配给孙悦")

    assert "还没有规则" in await school.hears("liu", "规则")
    assert "没有规则 1" in await school.hears("liu", "停用规则 1")
    assert "已停用" in await school.hears("gao", "停用规则 1")


async def test_many_rules_come_page_by_page(school: World) -> None:
    for amount in range(1, 18):
        said = f"预算大于{amount}万且咨询雅思且来自北京，打上“第{amount}档客户”标签"
        await enabled(school, "gao", said)

    first = await school.hears("gao", "规则")
    second = await school.hears("gao", "规则 第2页")

    assert first.startswith("共有 17 条规则")
    assert "规则 第2页" in first
    assert len(first.encode()) < 2048
    assert "\n17（启用中）" in second
    assert "\n1（" not in second


@pytest.mark.parametrize("words", ["停用规则一", "规则 1 停用", "规则1停掉", "删除规则 1"])
async def test_a_rule_is_stopped_in_either_order(school: World, words: str) -> None:
    await enabled(school, "gao", "咨询雅思，分配给张敏")

    assert (await school.hears("gao", words)).startswith("规则 1 已停用")
