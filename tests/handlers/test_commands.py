from datetime import timedelta

import pytest

from crm_store.models import LeadState, Member
from crm_store.queries import leads, mutes
from handlers import ROUTERS
from handlers.commands import Words, find_command
from notifiers.card import Card
from tests.world import STORY, World, in_plain


async def _zhao(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")


async def test_help_lists_every_command_in_chinese(office: World) -> None:
    topics = (await office.hears("lina", "帮助")).rsplit("：", 1)[1].split("、")
    answer = "\n".join([await office.hears("lina", topic) for topic in topics])

    for usage in ("我的线索", "转派 客户 给 同事", "静音 客户", "归档 客户 内容", "线索 内容"):
        assert usage in answer
    assert "client" not in answer


async def test_a_stranger_learns_what_to_send_to_whom(office: World) -> None:
    office.staff["stranger"] = {"wecom": "nobody01"}

    answer = await office.hears("stranger", "我的线索")

    assert answer == "您还没有登记，请把账号 nobody01 发给管理员"


async def test_words_that_are_nothing_get_a_hint(office: World) -> None:
    assert "回复“帮助”" in await office.hears("lina", "今天天气不错")


async def test_my_leads_names_state_and_silence(office: World) -> None:
    await _zhao(office)
    await office.passes(timedelta(minutes=5))

    answer = await office.hears("lina", "我的线索")

    assert "L1 赵主任 · CT设备（" in answer
    assert "5 分钟没有动" in answer


async def test_a_note_is_a_follow_up_in_the_reps_words(office: World) -> None:
    await _zhao(office)

    answer = await office.hears("lina", "跟进 赵主任 已发参数表，等院里开会")

    assert answer.startswith("已记录赵主任的跟进")
    lead = await office.lead()
    assert lead.state == LeadState.CONTACTED
    await office.passes(timedelta(hours=48))
    assert "李娜记录跟进：已发参数表，等院里开会" in in_plain(office.cards("chen")[-1])


async def test_why_he_reassigns_is_no_part_of_the_name(office: World) -> None:
    await _zhao(office)

    answer = await office.hears("chen", "转派 赵主任 给 王磊，李娜太忙了")

    assert answer.startswith("已将「赵主任 · CT设备」转派给王磊")
    assert (await office.lead()).owner_id == "wanglei"


async def test_a_manager_reassigns_by_name(office: World) -> None:
    await _zhao(office)

    answer = await office.hears("chen", "把赵主任转给王磊")

    assert answer == "已将「赵主任 · CT设备」转派给王磊"
    assert office.cards("lina")[0].status == "已转给王磊"
    assert office.cards("wanglei")[0].title == "赵主任 · CT设备"


async def test_a_manager_who_names_nobody_chooses_from_a_card(office: World) -> None:
    await _zhao(office)

    await office.hears("chen", "转派 赵主任")
    await office.presses("chen", "王磊")

    assert (await office.lead()).owner_id == "wanglei"
    assert office.cards("chen")[-1].status == "已转给王磊"


async def test_an_unknown_colleague_is_said_so(office: World) -> None:
    await _zhao(office)

    assert await office.hears("chen", "转派 赵主任 给 张三丰") == ("没有找到同事“张三丰”，请写全名")


@pytest.mark.parametrize(
    "words",
    [
        "跟进 赵主任 好",
        "静音 赵主任",
        "归档 赵主任 好",
        "赢单 赵主任",
        "为什么 赵主任",
        "转派 赵主任",
    ],
)
@pytest.mark.parametrize("member", ["wanglei", "fin", "svc", "root"])
async def test_not_found_and_not_yours_are_one_sentence(
    office: World, member: str, words: str
) -> None:
    await _zhao(office)
    nobody = words.replace("赵主任", "钱主任")

    answer = await office.hears(member, words)

    assert answer == "没有找到您名下的客户“赵主任”"
    assert await office.hears(member, nobody) == "没有找到您名下的客户“钱主任”"


@pytest.mark.parametrize("member", ["chen", "gao"])
async def test_who_stands_above_may_follow_up(office: World, member: str) -> None:
    await _zhao(office)

    assert await office.hears(member, "跟进 赵主任 已电话") == "已记录赵主任的跟进"


async def test_two_clients_of_a_name_are_asked_about(office: World) -> None:
    await office.client_writes("wmA", "我想了解CT设备", nickname="张总")
    await office.passes(timedelta(minutes=1))
    await office.client_writes("wmB", "想要移动DR，江苏的", nickname="张总")
    for number in (1, 2):
        await office.hears("chen", f"转派 L{number} 给 李娜")

    question = await office.hears("lina", "静音 张总")
    assert "说的是哪一位张总？" in question
    await office.presses("lina", "张总 · 移动DR")

    assert "不再提醒您跟进张总" in office.cards("lina")[-1].text
    async with office.store.view() as view:
        lead = await office.lead(2)
        assert await mutes.is_muted(view, "lina", lead.client_id, "nudge")


async def test_entered_words_become_a_lead_of_the_rep(office: World) -> None:
    answer = await office.hears("wanglei", "线索 康源医疗的王主任 13912345678 想要移动DR 预算50万")

    assert "已建线索 L1，由您负责" in answer
    assert office.texts("wanglei") == []
    (card,) = office.cards("wanglei")
    assert card.subtitle.startswith("录入")
    assert "13912345678" in in_plain(card)


async def test_free_words_with_a_phone_are_asked_about(office: World) -> None:
    question = await office.hears("lina", "刚才加了刘工，13712345678，想看彩超")
    assert "这段话怎么处理？" in question

    await office.presses("lina", "建线索")

    assert any("已建线索 L1" in card.text for card in office.cards("lina"))
    asked = next(c for c in office.cards("lina") if c.title == "这段话怎么处理？")
    assert asked.status == "已建线索"


async def test_free_words_can_go_to_a_clients_file(office: World) -> None:
    await _zhao(office)
    await office.hears("lina", "客户说CT设备要双源的")

    await office.presses("lina", "归档到赵主任")

    async with office.store.view() as view:
        kinds = [entry.kind for entry in await leads.timeline(view, await office.lead())]
    assert "message_filed" in kinds


async def test_ignored_words_leave_nothing(office: World) -> None:
    await office.hears("lina", "刚才加了刘工，13712345678，想看彩超")
    await office.presses("lina", "忽略")
    card = next(c for c in office.cards("lina") if c.title == "这段话怎么处理？")

    assert card.status == "已忽略"
    with pytest.raises(LookupError):
        await office.lead()


async def test_a_lost_lead_opens_anew_with_the_clients_next_words(office: World) -> None:
    await _zhao(office)

    answer = await office.hears("lina", "输单 赵主任 选了别家")
    await office.client_writes("wmZhao", "我们又想看看移动DR")

    assert answer == "「赵主任 · CT设备」已标记为输单"
    assert office.cards("lina")[0].status == "已关闭 · 输单"
    lead = await office.lead(2)
    assert lead.product == "移动DR"
    assert any(c.title == "赵主任 · 移动DR" for c in office.cards("lina") + office.cards("wanglei"))


async def test_further_words_within_a_minute_are_one_notice(office: World) -> None:
    await _zhao(office)

    for words in ("另外", "还想看看移动DR的彩页", "谢谢"):
        await office.client_writes("wmZhao", words)
    await office.passes(timedelta(minutes=2))

    (notice,) = office.texts("lina")
    assert notice.startswith("赵主任又说：")
    assert "还想看看移动DR的彩页" in notice


async def test_an_owner_who_has_the_conversation_is_not_told_what_he_reads(office: World) -> None:
    await _zhao(office)
    await office.presses("lina", "已联系")
    before = len(office.screen("lina"))

    await office.client_writes("wmZhao", "好的，等您")
    await office.passes(timedelta(minutes=5))

    assert len(office.screen("lina")) == before


async def test_the_owners_own_words_are_the_first_touch(office: World) -> None:
    await _zhao(office)

    await office.servicer_writes("lina", "wmZhao", "您好，参数马上发您")
    await office.passes(timedelta(minutes=20))

    lead = await office.lead()
    assert lead.owner_id == "lina"
    assert lead.state == LeadState.CONTACTED


async def test_a_press_on_a_card_that_is_no_longer_his_does_nothing(office: World) -> None:
    await _zhao(office)
    old = office.screen("lina")[0]
    drawn = old.drawings.copy()
    await office.hears("chen", "转派 赵主任 给 王磊")
    settled = old.drawings.copy()
    old.drawings.clear()  # his phone has not heard of the change yet

    await office.presses("lina", "已联系", card=old)
    old.drawings[:0] = settled

    assert drawn == []
    assert office.texts("lina")[-1] == "这条线索现在由王磊负责，这一步没有生效"
    assert (await office.lead()).first_touched_at is None


async def test_advertising_opens_no_lead(office: World) -> None:
    await office.client_writes("wmSpam", "专业代开发票，税点优惠，需要加微信", nickname="小广告")

    assert not any(isinstance(c, Card) for c in office.cards("lina"))
    with pytest.raises(LookupError):
        await office.lead()


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("静音", "静音谁？"),
        ("转派", "转派谁？"),
        ("归档", "归到谁的档案？"),
        ("跟进", "跟进的是谁？"),
        ("输单 赵主任", "为什么输了？"),
        ("更正", "更正谁的？"),
    ],
)
async def test_half_a_command_is_asked_for_the_rest(office: World, words: str, asked: str) -> None:
    assert (await office.hears("lina", words)).startswith(asked)


@pytest.mark.parametrize(
    "words",
    [
        "取消提醒 康源",
        "兑现 承诺",
        "公海里的客户别动",
        "结果客户没来 我白跑了",
        "王主任 请假 明天",
    ],
)
def test_a_pattern_takes_no_words_that_cannot_fill_it(words: str) -> None:
    manager = Member(id="chen", name="陈经理", roles=["manager", "rep"], capacity=30)
    commands = [command for router in ROUTERS for command in router.commands]
    found = find_command(commands, Words.of(words), manager)
    assert found is None


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        ("取消提醒 2", "取消提醒 编号"),
        ("答复 #3 可以", "答复 编号 内容"),
        ("停用规则第三条", "停用规则 编号"),
        ("公海 上海", "公海 内容"),
        ("结果 赵主任 需要报价", "结果 客户 结果"),
        ("陈经理 请假 明天", "给 同事 请假 时间"),
    ],
)
def test_and_takes_those_that_can(words: str, usage: str) -> None:
    manager = Member(id="gao", name="高总", roles=["manager", "rep"], capacity=30)
    commands = [command for router in ROUTERS for command in router.commands]
    found = find_command(commands, Words.of(words), manager)
    assert found is not None
    assert found[0].usage == usage
