"""Rules in plain words: written, tried, enabled, and what they do to leads."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from crm_store.erasure import erase
from crm_store.models import HouseRule, Lead, LeadState, RuleState, TimelineEntry
from crm_store.models import Member as StoredMember
from handlers.events import SlotDue
from notifiers.card import Card
from tests.world import TEAM, Opens, World, in_plain

pytestmark = pytest.mark.words

ARTICLE = "客户咨询雅思课程且预算>3万，自动分配给资深顾问张敏，并推送《高净值客户沟通话术》"
SCHOOL: list[dict[str, Any]] = [
    {"id": "zhangmin", "name": "张敏", "roles": ["rep"], "manager": "chen", "level": "资深顾问",
     "lines": ["教育培训"], "wecom": "ZhangMin"},
    {"id": "sunyue", "name": "孙悦", "roles": ["rep"], "manager": "chen", "level": "顾问",
     "lines": ["教育培训"], "wecom": "SunYue"},
    {"id": "liu", "name": "刘经理", "roles": ["manager"], "manager": "gao", "wecom": "Liu01"},
    {"id": "qian", "name": "钱程", "roles": ["rep"], "manager": "liu", "level": "顾问",
     "lines": ["教育培训"], "wecom": "QianCheng"},
]  # fmt: skip


@pytest.fixture
async def school(opens: Opens) -> AsyncIterator[World]:
    async with opens(team=[*TEAM, *SCHOOL]) as world:
        yield world


async def _enabled(school: World, who: str, sentence: str) -> str:
    await school.hears(who, sentence)
    await school.presses(who, "启用")
    return school.texts(who)[-1]


async def _owner(school: World, number: int = 1) -> str | None:
    return (await school.lead(number)).owner_id


async def _applied(school: World) -> list[tuple[int | None, int, int]]:
    async with school.store.view() as view:
        rows = await view.session.exec(
            select(TimelineEntry)
            .where(TimelineEntry.kind == "rule_applied")
            .order_by(col(TimelineEntry.id))
        )
        return [(row.lead_id, row.data["rule_id"], row.data["version"]) for row in rows.all()]


async def _versions(school: World) -> Sequence[tuple[int, int, str]]:
    async with school.store.view() as view:
        rows = await view.session.exec(select(HouseRule).order_by(col(HouseRule.id)))
        return [(row.number, row.version, row.state) for row in rows.all()]


# -- writing ----------------------------------------------------------------------------------


async def test_the_article_s_sentence_becomes_a_rule_that_acts(school: World) -> None:
    answer = await school.hears("gao", ARTICLE)

    assert "我这样理解，对吗？" in answer
    assert "产品是「雅思冲刺班」，且预算大于3万元：分配给张敏；推送《高净值客户沟通话术》" in answer
    assert "[启用]\n[修改]\n[取消]" in answer
    assert await _versions(school) == [(1, 1, RuleState.DRAFT)]

    await school.presses("gao", "启用")
    assert school.texts("gao")[-1].startswith("规则 1 已启用：")
    await school.client_writes(
        "wmHan", "想咨询雅思，预算5万左右，电话13800001234", nickname="韩女士"
    )

    assert await _owner(school) == "zhangmin"
    pushed = [card for card in school.cards("zhangmin") if "规则 1推送" in card.subtitle]
    assert [row.value for card in pushed for row in card.rows] == ["高净值客户沟通话术"]
    assert await _applied(school) == [(1, 1, 1)]
    why = await school.hears("zhangmin", "为什么给我")
    assert "规则 1" in why


async def test_nothing_happens_before_it_is_enabled(school: World) -> None:
    await school.hears("gao", ARTICLE)

    await school.client_writes("wmHan", "想咨询雅思，预算5万", nickname="韩女士")

    assert await _applied(school) == []


async def test_what_is_not_understood_is_told_word_by_word_and_not_stored(school: World) -> None:
    answer = await school.hears("gao", "客户咨询托福且预算>3万，分配给张小敏，推送《高净值话术》")

    assert "“托福”不认识" in answer
    assert "“张小敏”不是同事、级别或小组，是不是“张敏”？" in answer
    assert "“《高净值话术》”不在话术库里，是不是“《高净值客户沟通话术》”？" in answer
    assert await _versions(school) == []


async def test_the_answer_tells_what_it_would_have_done(school: World) -> None:
    for number in range(7):
        await school.client_writes(f"wm{number}", "想咨询雅思，预算5万", nickname=f"家长{number}")
    await school.client_writes("wmCt", "想买CT设备，预算300万", nickname="赵主任")

    answer = await school.hears("gao", "咨询雅思且预算大于3万，标为高优先级")

    assert "最近 30 天的 8 条线索里，7 条符合：家长6 · 雅思冲刺班、" in answer
    assert "家长1" not in answer


async def test_the_trial_shows_a_manager_only_what_he_may_see(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，分配给张敏")
    await school.client_writes("wmHan", "想咨询雅思，预算5万", nickname="韩女士")

    theirs = await school.hears("liu", "咨询雅思，打上“雅思”标签")
    ours = await school.hears("chen", "咨询雅思，打上“雅思”标签")

    assert "韩女士" not in theirs
    assert "1 条符合：韩女士 · 雅思冲刺班" in ours


async def test_conflicts_are_named_with_the_one_that_comes_first(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，分配给张敏")

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


async def test_many_rules_come_page_by_page(school: World) -> None:
    for amount in range(1, 18):
        said = f"预算大于{amount}万且咨询雅思且来自北京，打上“第{amount}档客户”标签"
        await _enabled(school, "gao", said)

    first = await school.hears("gao", "规则")
    second = await school.hears("gao", "规则 第2页")

    assert first.startswith("共有 17 条规则")
    assert "规则 第2页" in first
    assert len(first.encode()) < 2048
    assert "\n17（启用中）" in second
    assert "\n1（" not in second


@pytest.mark.parametrize("words", ["停用规则 1", "规则 1 停用", "规则1停掉"])
async def test_a_rule_is_stopped_in_either_order(school: World, words: str) -> None:
    await _enabled(school, "gao", "咨询雅思，分配给张敏")

    assert (await school.hears("gao", words)).startswith("规则 1 已停用")


async def test_a_rule_that_names_an_erased_client_goes_with_him(school: World) -> None:
    await school.client_writes("wmHan", "想报雅思冲刺班", nickname="韩小惠")
    await school.hears("gao", "新规则 客户提到“韩小惠”，打上“老朋友”标签")
    await school.presses("gao", "启用")

    async with school.store.transaction() as tx:
        await erase(tx, 1)

    async with school.store.view() as view:
        (row,) = (await view.session.exec(select(HouseRule))).all()
        assert "韩小惠" not in f"{row.said}{row.sentence}{row.rule}{row.condition}"
    assert (await school.hears("gao", "规则")).startswith("还没有规则")


async def test_a_sentence_of_five_thousand_characters_is_refused(school: World) -> None:
    answer = await school.hears("gao", "如果预算大于3万，" * 600 + "分配给张敏")

    assert "太长了" in answer
    assert await _versions(school) == []


@pytest.mark.parametrize("who", ["lina", "svc", "fin"])
async def test_who_may_write_no_rules_writes_none(school: World, who: str) -> None:
    for words in (ARTICLE, "规则", "新规则 咨询雅思，分配给张敏", "启用规则 1"):
        await school.hears(who, words)

    assert await _versions(school) == []


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
    assert len(await _versions(school)) == 1


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
    assert await _versions(school) == []


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

    assert await _owner(school) == "wanglei"
    assert await _versions(school) == []


# -- versions, buttons, states ----------------------------------------------------------------


async def test_a_changed_rule_is_a_new_version_of_its_number(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思且预算大于3万，分配给张敏")

    answer = await school.hears("gao", "修改规则 1 咨询雅思且预算大于5万，分配给孙悦")
    assert "启用后代替第 1 版" in answer
    assert await _versions(school) == [(1, 1, RuleState.ACTIVE), (1, 2, RuleState.DRAFT)]
    await school.presses("gao", "启用")

    assert await _versions(school) == [(1, 1, RuleState.REPLACED), (1, 2, RuleState.ACTIVE)]
    shown = await school.hears("gao", "规则 1")
    assert "第 2 版" in shown
    assert "第 1 版" in shown
    listed = await school.hears("gao", "规则")
    assert "1（启用中）产品是「雅思冲刺班」，且预算大于5万元：分配给孙悦" in listed


async def test_a_rule_is_stopped_and_enabled_by_its_number(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，分配给张敏")

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
    assert await _versions(school) == [(1, 1, RuleState.STOPPED)]
    await school.presses("gao", "取消", card=draft)

    assert "已经处理过了" in school.texts("gao")[-1]
    assert await _versions(school) == [(1, 1, RuleState.STOPPED)]


async def test_a_draft_that_was_thrown_away_cannot_be_enabled(school: World) -> None:
    await school.hears("gao", "咨询雅思，分配给张敏")

    await school.presses("gao", "取消")

    assert await _versions(school) == [(1, 1, RuleState.CANCELLED)]
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
    assert await _versions(school) == [(1, 1, RuleState.DRAFT)]


# -- whose leads ------------------------------------------------------------------------------


async def test_a_manager_s_rule_names_only_his_own_people(school: World) -> None:
    answer = await school.hears("liu", "咨询雅思，分配给张敏")

    assert "张敏不在您的团队" in answer
    assert await _versions(school) == []


async def test_a_manager_s_rule_takes_no_lead_from_another_s_team(school: World) -> None:
    await _enabled(school, "liu", "预算大于0.5万，分配给钱程")

    await school.client_writes("wmZhao", "想买CT设备，预算300万，我在上海", nickname="赵主任")

    assert await _owner(school) in ("lina", "wanglei")
    assert await _applied(school) == []


async def test_the_house_s_rule_comes_before_a_manager_s(school: World) -> None:
    await _enabled(school, "chen", "咨询雅思，分配给孙悦")
    await _enabled(school, "gao", "咨询雅思，分配给张敏")

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")

    assert await _owner(school) == "zhangmin"


async def test_a_manager_does_not_see_or_stop_another_s_rule(school: World) -> None:
    await _enabled(school, "chen", "咨询雅思，分配给孙悦")

    assert "还没有规则" in await school.hears("liu", "规则")
    assert "没有规则 1" in await school.hears("liu", "停用规则 1")
    assert "已停用" in await school.hears("gao", "停用规则 1")


# -- when it acts -----------------------------------------------------------------------------


async def test_a_budget_of_the_third_message_moves_an_untouched_lead(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，分配给孙悦")
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await school.hears("gao", "停用规则 1")
    await _enabled(school, "gao", ARTICLE)
    assert await _owner(school) == "sunyue"
    await school.client_writes("wmHan", "孩子高二")
    assert await _owner(school) == "sunyue"

    await school.client_writes("wmHan", "预算5万")
    await school.client_writes("wmHan", "预算6万吧")

    assert await _owner(school) == "zhangmin"
    assert (await _applied(school))[1:] == [(1, 2, 1)]
    assert school.cards("sunyue")[0].status == "已转给张敏"


async def _give(school: World, member: str) -> None:
    await school.hears("gao", f"转派 L1 给 {school.staff[member]['name']}")


async def test_who_already_works_on_a_lead_keeps_it(school: World) -> None:
    await _enabled(school, "gao", "预算大于3万，分配给张敏")
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    owner = await _owner(school)
    if owner == "zhangmin":
        await _give(school, "sunyue")
        owner = "sunyue"
    await school.hears(str(owner), "跟进 L1 已经打过电话")

    await school.client_writes("wmHan", "预算5万")

    assert await _owner(school) == owner
    assert await _applied(school) == []


async def test_an_owner_chosen_by_hand_is_not_robbed(school: World) -> None:
    await _enabled(school, "gao", "预算大于3万，分配给张敏")
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await _give(school, "sunyue")

    await school.client_writes("wmHan", "预算5万")

    assert await _owner(school) == "sunyue"


async def test_an_old_lead_stays_where_it_is(school: World) -> None:
    await _enabled(school, "gao", "预算大于3万，分配给张敏；打上“大单”标签")
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await school.passes(timedelta(hours=25))
    owner = await _owner(school)

    await school.client_writes("wmHan", "预算5万")

    lead = await school.lead()
    assert lead.owner_id == owner
    assert "大单" in lead.tags


async def test_tags_priority_and_notices_happen_once(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，标为高优先级，打上“雅思”标签，通知主管和我")

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await school.client_writes("wmHan", "雅思什么时候开班")
    await school.client_writes("wmHan", "雅思有周末班吗")

    lead = await school.lead()
    assert lead.priority == "high"
    assert lead.tags.count("雅思") == 1
    told = [text for text in school.texts("gao") if "符合规则 1" in text]
    assert len(told) == 1
    assert "雅思冲刺班" in told[0]
    assert len(await _applied(school)) == 1


async def test_a_new_version_acts_once_more_on_a_lead(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，打上“一”标签")
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await school.hears("gao", "修改规则 1 咨询雅思，打上“二”标签")
    await school.presses("gao", "启用")

    await school.client_writes("wmHan", "雅思什么时候开班")

    assert [applied[1:] for applied in await _applied(school)] == [(1, 1), (1, 2)]
    assert {"一", "二"} <= set((await school.lead()).tags)


async def test_who_may_not_see_the_client_is_told_no_name(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，通知客服小郑")

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")

    told = [text for text in school.texts("svc") if "符合规则 1" in text]
    assert len(told) == 1
    assert "韩女士" not in told[0]
    assert "L1" in told[0]


async def test_an_absent_wanted_person_lets_the_engine_choose(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，分配给张敏或孙悦")
    async with school.store.transaction() as tx:
        for member_id in ("zhangmin",):
            row = await tx.get(StoredMember, member_id)
            row.wecom = None
            tx.add(row)

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")

    assert await _owner(school) == "sunyue"


# -- what is gone -----------------------------------------------------------------------------


async def test_a_rule_whose_person_left_stops_and_its_author_is_told(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，分配给张敏")
    await school.dismisses("zhangmin")

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")

    assert await _owner(school) in ("sunyue", "qian")
    assert await _versions(school) == [(1, 1, RuleState.BROKEN)]
    (told,) = [text for text in school.texts("gao") if "规则 1 已经停下" in text]
    assert "张敏" in told
    await school.client_writes("wmLi", "想咨询雅思", nickname="李女士")
    assert len([text for text in school.texts("gao") if "规则 1 已经停下" in text]) == 1


async def test_a_rule_that_cannot_be_read_is_set_aside_and_hurts_no_message(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，打上“雅思”标签")
    async with school.store.transaction() as tx:
        row = await tx.get(HouseRule, 1)
        row.condition = 'words.matches("(a+)+$") || [1].all(x, x > 0)'
        tx.add(row)

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")

    assert await _owner(school) is not None
    assert "雅思" not in (await school.lead()).tags


async def test_the_daily_look_finds_what_is_gone_without_a_lead(school: World) -> None:
    await _enabled(school, "gao", "咨询雅思，分配给张敏")
    await school.dismisses("zhangmin")

    await school.happens(
        SlotDue(job="rule_look.look_over_rules", slot=school.clock.now()), lane="slots"
    )

    assert await _versions(school) == [(1, 1, RuleState.BROKEN)]


async def test_closed_leads_are_left_alone(school: World) -> None:
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await school.hears("gao", "输单 L1 不考了")
    await _enabled(school, "gao", "咨询雅思，打上“雅思”标签")

    async with school.store.view() as view:
        lead = await view.get(Lead, 1)
    assert lead.state == LeadState.LOST
    assert await _applied(school) == []
    assert in_plain(school.cards("gao")[-1])
