"""Rules in plain words: what they do to leads, when, and what stops them."""

from datetime import timedelta

from crm_store.models import Client, HouseRule, Lead, LeadState, RuleState
from crm_store.models import Member as StoredMember
from handlers.events import SlotDue
from handlers.forgetting import forget
from tests.handlers.school import ARTICLE, applied, enabled, owner_of, versions
from tests.world import World, in_plain


async def test_a_budget_of_the_third_message_moves_an_untouched_lead(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，分配给孙悦")
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await school.hears("gao", "停用规则 1")
    await enabled(school, "gao", ARTICLE)
    assert await owner_of(school) == "sunyue"
    await school.client_writes("wmHan", "孩子高二")
    assert await owner_of(school) == "sunyue"

    await school.client_writes("wmHan", "预算5万")
    await school.client_writes("wmHan", "预算6万吧")

    assert await owner_of(school) == "zhangmin"
    assert (await applied(school))[1:] == [(1, 2, 1)]
    assert school.cards("sunyue")[0].status == "已转给张敏"


async def _give(school: World, member: str) -> None:
    await school.hears("gao", f"转派 L1 给 {school.staff[member]['name']}")


async def test_who_already_works_on_a_lead_keeps_it(school: World) -> None:
    await enabled(school, "gao", "预算大于3万，分配给张敏")
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    owner = await owner_of(school)
    if owner == "zhangmin":
        await _give(school, "sunyue")
        owner = "sunyue"
    await school.hears(str(owner), "跟进 L1 已经打过电话")

    await school.client_writes("wmHan", "预算5万")

    assert await owner_of(school) == owner
    assert await applied(school) == []


async def test_an_owner_chosen_by_hand_is_not_robbed(school: World) -> None:
    await enabled(school, "gao", "预算大于3万，分配给张敏")
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await _give(school, "sunyue")

    await school.client_writes("wmHan", "预算5万")

    assert await owner_of(school) == "sunyue"


async def test_an_old_lead_stays_where_it_is(school: World) -> None:
    await enabled(school, "gao", "预算大于3万，分配给张敏；打上“大单”标签")
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await school.passes(timedelta(hours=25))
    owner = await owner_of(school)

    await school.client_writes("wmHan", "预算5万")

    lead = await school.lead()
    assert lead.owner_id == owner
    assert "大单" in lead.tags


async def test_tags_priority_and_notices_happen_once(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，标为高优先级，打上“雅思”标签，通知主管和我")

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await school.client_writes("wmHan", "雅思什么时候开班")
    await school.client_writes("wmHan", "雅思有周末班吗")

    lead = await school.lead()
    assert lead.priority == "high"
    assert lead.tags.count("雅思") == 1
    told = [text for text in school.texts("gao") if "符合规则 1" in text]
    assert len(told) == 1
    assert "雅思冲刺班" in told[0]
    assert len(await applied(school)) == 1


async def test_a_new_version_acts_once_more_on_a_lead(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，打上“一”标签")
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await school.hears("gao", "修改规则 1 咨询雅思，打上“二”标签")
    await school.presses("gao", "启用")

    await school.client_writes("wmHan", "雅思什么时候开班")

    assert [one[1:] for one in await applied(school)] == [(1, 1), (1, 2)]
    assert {"一", "二"} <= set((await school.lead()).tags)


async def test_who_may_not_see_the_client_is_told_no_name(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，通知客服小郑")

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")

    told = [text for text in school.texts("svc") if "符合规则 1" in text]
    assert len(told) == 1
    assert "韩女士" not in told[0]
    assert "L1" in told[0]


async def test_an_absent_wanted_person_lets_the_engine_choose(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，分配给张敏或孙悦")
    async with school.store.transaction() as tx:
        for member_id in ("zhangmin",):
            row = await tx.get(StoredMember, member_id)
            row.wecom = None
            tx.add(row)

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")

    assert await owner_of(school) == "sunyue"


async def test_a_rule_whose_person_left_stops_and_its_author_is_told(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，分配给张敏")
    await school.dismisses("zhangmin")

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")

    assert await owner_of(school) in ("sunyue", "qian")
    assert await versions(school) == [(1, 1, RuleState.BROKEN)]
    (told,) = [text for text in school.texts("gao") if "规则 1 已经停下" in text]
    assert "张敏" in told
    await school.client_writes("wmLi", "想咨询雅思", nickname="李女士")
    assert len([text for text in school.texts("gao") if "规则 1 已经停下" in text]) == 1


async def test_a_rule_that_cannot_be_read_is_set_aside_and_hurts_no_message(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，打上“雅思”标签")
    async with school.store.transaction() as tx:
        row = await tx.get(HouseRule, 1)
        row.condition = 'words.matches("(a+)+$") || [1].all(x, x > 0)'
        tx.add(row)

    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")

    assert await owner_of(school) is not None
    assert "雅思" not in (await school.lead()).tags


async def test_the_daily_look_finds_what_is_gone_without_a_lead(school: World) -> None:
    await enabled(school, "gao", "咨询雅思，分配给张敏")
    await school.dismisses("zhangmin")

    await school.happens(
        SlotDue(job="rule_look.look_over_rules", slot=school.clock.now()), lane="slots"
    )

    assert await versions(school) == [(1, 1, RuleState.BROKEN)]


async def test_closed_leads_are_left_alone(school: World) -> None:
    await school.client_writes("wmHan", "想咨询雅思", nickname="韩女士")
    await school.hears("gao", "输单 L1 不考了")
    await enabled(school, "gao", "咨询雅思，打上“雅思”标签")

    async with school.store.view() as view:
        lead = await view.get(Lead, 1)
    assert lead.state == LeadState.LOST
    assert await applied(school) == []
    assert in_plain(school.cards("gao")[-1])


async def test_a_rule_that_names_an_erased_client_goes_with_him(school: World) -> None:
    """Not one that has a colleague, or a word of every rule, of his name."""
    await school.client_writes("wmHan", "想报雅思冲刺班", nickname="韩小惠")
    await school.client_writes("wmMin", "想买CT设备", nickname="张敏")
    await enabled(school, "gao", "新规则 客户提到“韩小惠”，打上“韩小惠的朋友”标签，分配给张敏")
    await enabled(school, "gao", "新规则 咨询雅思，分配给张敏")
    await school.client_writes("wmLi", "韩小惠介绍的，想咨询雅思", nickname="李女士")
    assert (await school.lead(3)).tags == ["韩小惠的朋友"]

    for number in (1, 2):
        async with school.store.transaction() as tx:
            client = await tx.lock(Client, number)
            await school.dispatcher.act(tx, forget, {Client: client})
    await school.settle()

    assert [state for _, _, state in await versions(school)] == [
        RuleState.CANCELLED,
        RuleState.ACTIVE,
    ]
    assert (await school.lead(3)).tags == []
    told = [text for text in school.texts("gao") if "规则 1 已经停下" in text]
    assert len(told) == 1
    assert "韩小惠" not in told[0]
    why = await school.hears("zhangmin", "为什么给我")
    assert "规则 1 指定张敏" in why
    assert "韩小惠" not in why
    await school.client_writes("wmQian", "想咨询雅思", nickname="钱女士")
    assert await owner_of(school, 4) == "zhangmin"
