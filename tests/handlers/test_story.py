"""The issue's story, in the company: nobody can let the lead lie."""

from datetime import timedelta

from crm_store.models import LeadState
from notifiers.card import Link, Row
from tests.world import STORY, World, in_plain


async def test_an_unseen_lead_goes_on_after_fifteen_working_minutes(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    await office.passes(timedelta(minutes=15))

    (mine,) = office.cards("wanglei")
    assert mine.title == "赵主任 · CT设备"
    (old,) = office.cards("lina")
    assert old.status == "已转给王磊"
    assert "13800001234" not in in_plain(old)
    assert "招标" not in old.quote
    (warning,) = office.cards("chen")
    assert "李娜" in in_plain(warning)
    assert "王磊" in in_plain(warning)


async def test_a_tap_is_the_follow_up_and_brings_the_conversation(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    await office.presses("lina", "已联系")

    lead = await office.lead()
    assert lead.state == LeadState.CONTACTED
    (card,) = office.cards("lina")
    assert card.text == "已联系 · 10:00"
    assert [b.text for b in card.buttons] == ["预约拜访", "发送资料"]
    assert office.wecom.service_state["wmZhao"] == (3, "LiNa")
    assert office.texts("lina") == ["赵主任的微信客服会话已转给您，可以直接回复"]


async def test_two_silent_days_bring_the_manager_a_decision(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")

    await office.passes(timedelta(hours=48))

    card = office.cards("chen")[-1]
    assert card.title == "赵主任 · CT设备"
    assert card.subtitle == "李娜 · 48 小时没有跟进"
    assert [button.text for button in card.buttons] == [
        "转派",
        "需协同支持",
        "再等一天",
        "全部历史",
    ]
    assert isinstance(card.buttons[-1], Link)
    assert "李娜已联系" in in_plain(card)

    await office.presses("chen", "转派")

    lead = await office.lead()
    assert lead.owner_id == "wanglei"
    assert office.cards("chen")[-1].status == "已从李娜转给王磊"
    assert office.cards("wanglei")[-1].title == "赵主任 · CT设备"
    assert office.cards("lina")[0].status == "已转给王磊"


async def test_support_is_promised_to_the_owner_and_the_clock_starts_again(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.passes(timedelta(hours=48))

    await office.presses("chen", "需协同支持")

    assert "陈经理会协助您跟进赵主任，有困难请直接沟通" in office.texts("lina")
    before = len(office.cards("chen"))
    await office.passes(timedelta(hours=47))
    assert len(office.cards("chen")) == before
    await office.passes(timedelta(days=3))  # the weekend is over on Monday morning
    assert len(office.cards("chen")) == before + 1


async def test_a_muted_client_brings_no_nudge_and_the_manager_sees_it(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")

    answer = await office.hears("lina", "静音 赵主任")
    await office.passes(timedelta(hours=48))

    assert "不再提醒您跟进赵主任" in answer
    lead, muted = office.cards("lina")
    assert lead.text == "已联系 · 10:00"
    assert [button.text for button in muted.buttons] == ["恢复"]
    assert "已静音提醒" in office.cards("chen")[-1].subtitle


async def test_without_muting_the_owner_is_nudged_after_a_day(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")

    await office.passes(timedelta(hours=24))

    nudge = office.cards("lina")[-1]
    assert nudge.text == "已经 24 小时没有跟进"


async def test_whom_to_call_first_is_ranked_with_reasons(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.passes(timedelta(minutes=5))

    answer = await office.hears("lina", "今天该先打哪个电话？")

    assert "1. 赵主任 · CT设备（13800001234）" in answer
    assert "客户的话还没有回" in answer
    assert "高意向" in answer
    assert "预算 300万" in answer


async def test_why_me_tells_every_criterion(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    answer = await office.hears("lina", "为什么给我")

    assert "产品线" in answer
    assert "负责医疗设备" in answer
    assert "王磊" in answer


async def test_two_automatic_reassignments_and_then_the_manager_owns_it(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    await office.passes(timedelta(minutes=30))

    lead = await office.lead()
    assert lead.owner_id == "chen"
    assert lead.tried == ["lina", "wanglei", "chen"]
    first, last = office.cards("chen")
    assert first.subtitle == "李娜 15 分钟未查看"
    # His own card of the lead says the rest, and lets him decide.
    assert Row(name="为什么是您", value="王磊没有查看；没有其他人可分，由您决定") in last.rows
    assert last.buttons[-1].text == "转派"


async def test_every_card_of_the_old_owner_loses_phone_and_words(office: World) -> None:
    """The reminder he got meanwhile as well."""
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.passes(timedelta(hours=24))
    assert len(office.cards("lina")) == 3  # the lead, what came of it, the reminder

    await office.hears("chen", "转派 赵主任 给 王磊")

    for card in office.cards("lina"):
        assert card.status == "已转给王磊"
        assert "13800001234" not in in_plain(card)
        assert card.quote == ""


async def test_why_tells_the_reasons_and_who_gave_it(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.passes(timedelta(hours=49))
    owner = (await office.lead()).owner_id
    assert owner == "chen"

    await office.presses("gao", "转派")
    successor = (await office.lead()).owner_id
    assert successor is not None
    answer = await office.hears(successor, "为什么给我")

    assert "高总转派" in answer
    assert "负责医疗设备" in answer
