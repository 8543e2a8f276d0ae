"""What a manager decides on a lead that lies: 再等一天, 接管, and the card that he decides on."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from crm_store.models import Lead, Promise, PromiseState, TimelineEntry
from tests.handlers.rungs import HOUR, facts, since, zhao
from tests.world import TUESDAY, Shown, World, in_plain


async def test_more_time_is_a_day_and_given_once_a_silence(office: World) -> None:
    await zhao(office)
    await office.passes(48 * HOUR)
    first = next(shown for shown in reversed(office.screen("chen")))

    await office.presses("chen", "再等一天")
    await office.presses("chen", "再等一天", card=Shown(first.key, first.message))  # twice

    assert office.cards("chen")[-1].status == "再等一天，到 03-13 10:00"
    assert len(await facts(office, "more_time_given")) == 1
    before = len(office.screen("chen"))
    await office.passes(23 * HOUR)
    assert len(office.screen("chen")) == before
    await office.passes(HOUR)
    (again,) = (s.now for s in since(office, "chen", before))
    assert "第 2 次" in in_plain(again)
    assert "[再等一天]" not in in_plain(again)
    assert "已经多等过一天了" in await office.hears("chen", "再等一天 赵主任")


async def test_a_follow_up_makes_the_question_of_more_time_pointless(office: World) -> None:
    await zhao(office)
    await office.passes(48 * HOUR)
    await office.hears("lina", "跟进 赵主任 打过电话")

    await office.presses("chen", "再等一天")

    assert await facts(office, "more_time_given") == []
    assert "没有在等您决定的升级" in office.texts("chen")[-1]


async def test_after_three_working_days_the_manager_takes_over_with_a_reason(office: World) -> None:
    await zhao(office)
    await office.passes(timedelta(days=3))
    card = office.cards("chen")[-1]
    assert "3 个工作日没有跟进" in card.subtitle
    assert card.buttons[0].text == "接管"

    await office.presses("chen", "接管")
    assert "请写一句接管「赵主任 · CT设备」的原因" in office.texts("chen")[-1]
    assert (await office.lead()).owner_id == "lina"
    answer = await office.hears("chen", "三天没有联系客户，对方催了两次")

    assert answer.startswith("「赵主任 · CT设备」已由您接管，李娜的卡片已收回")
    lead = await office.lead()
    assert lead.owner_id == "chen"
    assert (await facts(office, "assigned"))[-1]["reason"] == "takeover"
    assert "已转给陈经理" in {card.status for card in office.cards("lina")}
    async with office.store.view() as view:
        entry = (
            await view.session.exec(
                select(TimelineEntry)
                .where(TimelineEntry.kind == "assigned")
                .order_by(col(TimelineEntry.id).desc())
            )
        ).first()
        assert entry is not None
        assert entry.words is not None
        words = await view.open(lead.client_id, entry.words, purpose="fact")
    assert words == "三天没有联系客户，对方催了两次"


async def test_a_reason_that_does_not_come_takes_nothing_over(office: World) -> None:
    await zhao(office)
    await office.passes(timedelta(days=3))
    await office.presses("chen", "接管")

    await office.passes(timedelta(minutes=11))
    await office.hears("chen", "三天没有联系客户")
    assert (await office.lead()).owner_id == "lina"


async def test_a_command_in_between_is_a_command_and_no_reason(office: World) -> None:
    await zhao(office)
    await office.passes(timedelta(days=3))
    await office.presses("chen", "接管")

    await office.hears("chen", "帮助")

    assert (await office.lead()).owner_id == "lina"
    assert "什么都没有做" in await office.hears("chen", "取消")
    await office.hears("chen", "三天没有联系客户")
    assert (await office.lead()).owner_id == "lina"


@pytest.mark.parametrize("words", ["李娜明天请假吗", "今天谁最忙", "李娜手上现在有多少客户"])
async def test_what_asks_something_is_no_reason_unless_it_is_said_to_be(
    office: World, words: str
) -> None:
    await zhao(office)
    await office.passes(timedelta(days=3))
    await office.presses("chen", "接管")

    await office.hears("chen", words)

    assert (await office.lead()).owner_id == "lina"


async def test_another_wish_goes_first_and_the_reason_is_not_waited_for_any_more(
    office: World,
) -> None:
    await zhao(office)
    await office.passes(timedelta(days=3))
    await office.presses("chen", "接管")

    said = await office.hears("chen", "帮我把赵主任转给王磊吧")
    await office.hears("chen", "三天没有联系客户")

    assert said.startswith("确认一下")
    assert (await office.lead()).owner_id == "lina"


async def test_nobody_takes_over_without_a_word_and_no_rep_at_all(office: World) -> None:
    await zhao(office)

    assert "接管要由主管来做" in await office.hears("lina", "接管 赵主任 我自己来")
    assert (await office.lead()).owner_id == "lina"


async def test_a_promise_stands_on_the_managers_card(office: World) -> None:
    await zhao(office)
    async with office.store.transaction() as tx:
        lead = await tx.get(Lead, 1)
        words = await tx.seal(lead.client_id, "报价单明天发您", purpose="promise")
        tx.add(
            Promise(
                client_id=lead.client_id,
                lead_id=1,
                owner_id="lina",
                action="quote",
                words=words,
                made_at=tx.now,
                due_at=TUESDAY + timedelta(days=1),
                state=PromiseState.LATE,
            )
        )

    await office.passes(48 * HOUR)

    card = next(c for c in reversed(office.cards("chen")) if "没有跟进" in c.subtitle)
    assert "🟡 报价（03-11 10:00 前，已逾期）" in card.text


async def test_any_time_a_manager_may_ask_for_the_card(office: World) -> None:
    await zhao(office)

    await office.hears("lina", "赵主任 下次联系 周五上午")
    await office.hears("chen", "升级 赵主任")

    card = office.cards("chen")[-1]
    assert card.subtitle.startswith("李娜（约好 03-13 联系） · ")
    assert "李娜已联系" in in_plain(card)
    assert "13800001234" not in in_plain(card)
    assert [button.text for button in card.buttons] == ["转派", "需协同支持", "全部历史"]


async def test_what_was_followed_up_is_no_reproach_on_the_card_that_he_asks_for(
    office: World,
) -> None:
    await zhao(office)
    await office.passes(timedelta(hours=49))
    await office.hears("lina", "跟进 赵主任 参数已经发了")
    await office.passes(timedelta(minutes=2))

    await office.hears("chen", "升级 赵主任")

    card = office.cards("chen")[-1]
    assert card.subtitle.startswith("李娜 · ")
    assert "没有跟进" not in card.subtitle
    await office.hears("lina", "结果 赵主任 需要报价")
    await office.hears("chen", "升级 赵主任")
    assert "没有登记结果" not in office.cards("chen")[-1].subtitle
