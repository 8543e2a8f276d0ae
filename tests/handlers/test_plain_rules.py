"""Rules in plain words: what is understood of a sentence, and what is told of it before it acts."""

import pytest

from crm_store.models import RuleState
from notifiers.card import Card
from tests.handlers.school import ARTICLE, applied, enabled, owner_of, versions
from tests.world import World, in_plain


async def test_the_article_s_sentence_becomes_a_rule_that_acts(school: World) -> None:
    answer = await school.hears("gao", ARTICLE)

    assert "我这样理解，对吗？" in answer
    assert "产品是「雅思冲刺班」，且预算大于3万元：分配给张敏；推送《高净值客户沟通话术》" in answer
    assert "[启用]\n[修改]\n[取消]" in answer
    assert await versions(school) == [(1, 1, RuleState.DRAFT)]

    await school.presses("gao", "启用")
    assert school.texts("gao")[-1].startswith("规则 1 已启用：")
    await school.client_writes(
        "wmHan", "想咨询雅思，预算5万左右，电话13800001234", nickname="韩女士"
    )

    assert await owner_of(school) == "zhangmin"
    pushed = [card for card in school.cards("zhangmin") if "规则 1 推送" in card.subtitle]
    assert [row.value for card in pushed for row in card.rows] == ["高净值客户沟通话术"]
    assert await applied(school) == [(1, 1, 1)]
    why = await school.hears("zhangmin", "为什么给我")
    assert "规则 1" in why


async def test_nothing_happens_before_it_is_enabled(school: World) -> None:
    await school.hears("gao", ARTICLE)

    await school.client_writes("wmHan", "想咨询雅思，预算5万", nickname="韩女士")

    assert await applied(school) == []


async def test_what_is_not_understood_is_told_word_by_word_and_not_stored(school: World) -> None:
    answer = await school.hears("gao", "客户咨询托福且预算>3万，分配给张小敏，推送《高净值话术》")

    assert "“托福”不认识" in answer
    assert "“张小敏”不是同事、级别或小组，是不是“张敏”？" in answer
    assert "“《高净值话术》”不在话术库里，是不是“《高净值客户沟通话术》”？" in answer
    assert await versions(school) == []


async def test_the_answer_tells_what_it_would_have_done(school: World) -> None:
    for number in range(7):
        await school.client_writes(f"wm{number}", "想咨询雅思，预算5万", nickname=f"家长{number}")
    await school.client_writes("wmCt", "想买CT设备，预算300万", nickname="赵主任")

    answer = await school.hears("gao", "咨询雅思且预算大于3万，标为高优先级")

    assert "最近 30 天的 8 条线索里，7 条符合：家长6 · 雅思冲刺班、" in answer
    assert "家长1" not in answer


async def test_the_trial_shows_a_manager_only_what_he_may_see(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，分配给张敏")
    await school.client_writes("wmHan", "想咨询雅思，预算5万", nickname="韩女士")

    theirs = await school.hears("liu", "咨询雅思，打上“雅思”标签")
    ours = await school.hears("chen", "咨询雅思，打上“雅思”标签")

    assert "韩女士" not in theirs
    assert "1 条符合：韩女士 · 雅思冲刺班" in ours


async def test_conflicts_are_named_with_the_one_that_comes_first(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，分配给张敏")

    met = await school.hears("gao", "预算大于3万，分配给孙悦")
    apart = await school.hears("gao", "咨询CT设备，分配给李娜")

    assert "和规则 1（产品是「雅思冲刺班」：分配给张敏）可能同时符合，分配时先看规则 1" in met
    assert "可能同时符合" not in apart


async def test_a_conflict_with_what_came_since_is_told_when_it_is_put_in_force(
    school: World,
) -> None:
    await school.hears("gao", "新规则 咨询雅思，分配给张敏")
    first = school.screen("gao")[-1]
    await school.hears("gao", "新规则 预算大于3万，分配给孙悦")
    await school.presses("gao", "启用")
    await school.presses("gao", "启用", card=first)

    answers = [text for text in school.texts("gao") if "已启用" in text]
    assert "可能同时符合" not in answers[0]
    assert "注意：和规则 2（预算大于3万元：分配给孙悦）可能同时符合，分配时先看规则 1" in answers[1]


async def test_an_administrator_sees_what_a_rule_would_do_and_no_names(school: World) -> None:
    await school.client_writes("wmHan", "想报雅思冲刺班", nickname="韩女士")

    answer = await school.hears("root", "新规则 咨询雅思，分配给张敏")

    assert "1 条线索里，1 条符合" in answer
    assert "韩女士" not in answer


async def test_a_sentence_of_five_thousand_characters_is_refused(school: World) -> None:
    answer = await school.hears("gao", "如果预算大于3万，" * 600 + "分配给张敏")

    assert "太长了" in answer
    assert await versions(school) == []


@pytest.mark.parametrize("who", ["lina", "svc", "fin"])
async def test_who_may_write_no_rules_writes_none(school: World, who: str) -> None:
    for words in (ARTICLE, "规则", "新规则 咨询雅思，分配给张敏", "启用规则 1"):
        await school.hears(who, words)

    assert await versions(school) == []


@pytest.mark.parametrize(
    "words",
    [
        "把上海的客户转给李娜",
        "规则：来自上海的客户分给李娜",
        "新规则 来自上海，分配给李娜",
        "上海的线索一律分给李娜",
        "如果客户在上海，就分配给李娜",
    ],
)
async def test_a_rule_needs_no_command(school: World, words: str) -> None:
    answer = await school.hears("gao", words)

    assert "地区是「上海」：分配给李娜" in answer
    assert len(await versions(school)) == 1


@pytest.mark.parametrize(
    "words",
    [
        "预算30万的那个客户，提醒我下午3点打电话",
        "王总说预算批了，通知李娜",
        "明天9点以后提醒我开会",
    ],
)
async def test_a_reminder_is_no_rule(school: World, words: str) -> None:
    answer = await school.hears("gao", words)

    assert "规则" not in answer
    assert await versions(school) == []


async def test_a_long_rule_is_told_whole_before_its_card(school: World) -> None:
    tests = "，且".join(f"客户的话不包含「这是一句很长很长的话{number}」" for number in range(12))

    await school.hears("gao", f"新规则 {tests}：打上“长”标签")

    whole, card = [shown.now for shown in school.screen("gao")[-2:]]
    assert "这是一句很长很长的话11" in in_plain(whole)
    assert isinstance(card, Card)
    assert card.text == "全文和说明见上一条消息"


async def test_an_order_about_one_client_is_no_rule(school: World) -> None:
    await school.client_writes("wmZhao", "想买CT设备", nickname="赵主任")

    await school.hears("chen", "把赵主任转给王磊")

    assert await owner_of(school) == "wanglei"
    assert await versions(school) == []
