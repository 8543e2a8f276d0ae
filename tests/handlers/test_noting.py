"""What a colleague tells of a contact with his client is noted, and can be taken back."""

from datetime import timedelta

import pytest
from sqlmodel import select

from crm_store.facts import FollowUpWithdrawn
from crm_store.models import LeadState, TimelineEntry
from handlers.events import CardPress, Platform
from tests.crm_store.test_replay import differences
from tests.handlers.talking import card, kinds, two_clients
from tests.world import World, in_plain


async def test_a_contact_that_is_told_of_is_a_follow_up(office: World) -> None:
    await two_clients(office)

    answer = await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")

    assert "已作为跟进记到 赵主任" in answer
    assert (await office.lead()).state == LeadState.CONTACTED


async def test_a_quotation_that_is_told_of_is_found_again(office: World) -> None:
    """Said in passing, with the product or without, and in a note; not what is still to come."""
    await two_clients(office)

    told = await office.hears("lina", "康源的移动DR报价85万，含三年保修")
    await office.hears("lina", "明天给康源报80万")
    await office.passes(timedelta(days=1))
    first = await office.hears("lina", "康源上次报价多少")
    await office.hears("lina", "跟进 康源医疗 又报了82万")
    second = await office.hears("lina", "给康源报过什么价")

    assert "已作为跟进记到 孙经理" in told
    assert "最近一次：85万（李娜记，2026-03-10）" in first
    assert "2026-03-10 10:00 李娜记：康源的移动DR报价85万，含三年保修" in first
    assert "最近一次：82万（李娜记，2026-03-11）" in second


async def test_a_follow_up_that_was_none_is_taken_back(office: World) -> None:
    await two_clients(office)
    await office.passes(timedelta(minutes=2))
    await office.hears("lina", "查 赵主任")
    before = (await office.lead()).columns_by_fact()

    await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")
    note = card(office, "记成了跟进")
    await office.presses("lina", "撤销", card=note)
    seen = (await office.lead()).columns_by_fact()
    note.drawings.clear()
    await office.presses("lina", "撤销", card=note)

    assert seen == before
    assert seen["state"] == LeadState.VIEWED
    assert (await kinds(office)).count(FollowUpWithdrawn.kind) == 1
    assert await differences(office) == []


async def test_what_waits_for_a_follow_up_waits_on_after_it_was_taken_back(office: World) -> None:
    await two_clients(office)
    await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")
    await office.presses("lina", "撤销")

    await office.passes(timedelta(hours=50))

    told = [in_plain(card) for card in office.cards("chen")]
    assert any("赵主任" in card for card in told)


async def test_later_follow_ups_stand_when_an_earlier_is_taken_back(office: World) -> None:
    await two_clients(office)
    await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")
    note = card(office, "记成了跟进")
    await office.passes(timedelta(minutes=5))
    await office.hears("lina", "跟进 赵主任 发了彩页")
    last = (await office.lead()).last_followed_up_at

    await office.presses("lina", "撤销", card=note)

    lead = await office.lead()
    assert lead.last_followed_up_at == last
    assert lead.state == LeadState.CONTACTED
    assert await differences(office) == []


async def test_a_note_about_somebody_new_becomes_a_lead_instead(office: World) -> None:
    await two_clients(office)
    await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")

    await office.presses("lina", "建线索")

    told = [*office.texts("lina"), *(card.text for card in office.cards("lina"))]
    assert any("已建线索" in text or "已有线索" in text for text in told)
    assert FollowUpWithdrawn.kind in await kinds(office)


async def test_nobody_takes_back_anothers_note(office: World) -> None:
    await two_clients(office)
    await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")
    async with office.store.view() as view:
        query = select(TimelineEntry.id).where(TimelineEntry.kind == "followed_up")
        number = (await view.session.exec(query)).one()

    for action in (f"unnote:{number}", f"renote:{number}", "unnote:1", "unnote:x", "renote:99999"):
        press = CardPress(
            platform=Platform.WECOM,
            account="WangLei",
            card_key="forged",
            action=action,
            pressed_at=office.clock.now(),
        )
        await office.happens(press, lane="member:wecom:WangLei")

    assert set(office.texts("wanglei")) == {"这条跟进已经撤销过了"}
    assert FollowUpWithdrawn.kind not in await kinds(office)


async def test_what_the_client_said_is_asked_about(office: World) -> None:
    await two_clients(office)

    answer = await office.hears("lina", "赵主任说预算下来了")

    assert "这段话怎么处理？" in answer
    assert "[归档到赵主任]" in answer
    assert "followed_up" not in await kinds(office)


@pytest.mark.parametrize("member", ["wanglei", "fin", "root"])
async def test_a_contact_with_anothers_client_is_no_follow_up(office: World, member: str) -> None:
    await two_clients(office)

    await office.hears(member, "刚和赵主任通了电话，他们月底前要定")

    assert "followed_up" not in await kinds(office)


async def test_what_is_told_of_ones_own_client_is_never_lost(office: World) -> None:
    """Offered to be filed, to nobody else's file; of another's client nothing is offered."""
    await two_clients(office)

    told = {
        words: await office.hears("lina", words)
        for words in (
            *("赵主任 老婆也是医生，三院的", "康源催得急，他问能不能便宜点"),
            *("赵主任让我后天上午去一趟", "赵主任和康源都在看竞品", "赵主任老婆也是医生吗"),
        )
    }
    passed_on = await office.hears("lina", "帮我跟赵主任说一声我等会儿联系他")
    others = await office.hears("wanglei", "赵主任 老婆也是医生，三院的")

    assert [said.splitlines()[-3:] for said in list(told.values())[:3]] == [
        [f"[归档到{name}]", "[建线索]", "[忽略]"] for name in ("赵主任", "孙经理", "赵主任")
    ]
    assert not [said for said in list(told.values())[3:] if "归档" in said]
    assert passed_on.startswith("我不给客户发消息")
    assert "归档" not in others
    assert "followed_up" not in await kinds(office)


async def test_what_was_sent_goes_to_whom_it_was_promised(office: World) -> None:
    await two_clients(office)
    await office.hears("lina", "我答应康源周五前给报价")

    others = await office.hears("lina", "蓝海的报价单已发")
    only = await office.hears("lina", "报价单已发")
    await office.hears("lina", "我答应康源周五前给合同")
    await office.hears("lina", "我答应赵主任周五前给合同")
    several = await office.hears("lina", "合同已发")
    await office.presses("lina", "赵主任 · CT设备")

    assert "已作为跟进" not in others
    assert "已作为跟进记到 孙经理" in only
    assert several.startswith("说的是哪一位客户？")
    assert "已记录赵主任的跟进" in "\n".join(office.texts("lina"))
