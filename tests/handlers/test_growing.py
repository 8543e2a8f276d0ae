"""线索成长: a conversation's facts add up, contradict each other, and are put right by people."""

import asyncio
from datetime import timedelta

from bot.worker import Worker
from config.rules import load_rules
from crm_store.arrival import Arrival
from crm_store.erasure import erase
from crm_store.models import Lead
from crm_store.queries import fields
from crm_store.wakeup import LocalWakeup
from handlers.events import ClientMessage, MemberMessage, Platform, Speaker
from handlers.fields import MOST, shown
from handlers.history import History, history_of
from notifiers.card import Card
from tests.world import TEAM, Opens, World, in_plain

A_MOMENT = timedelta(minutes=2)


async def known(office: World, number: int = 1) -> dict[str, str]:
    """What stands, by field; of a field with several, all."""
    found: dict[str, list[str]] = {}
    async with office.store.view() as view:
        for field in await fields.known(view, await office.lead(number)):
            found.setdefault(field.name, []).append(shown(field))
    return {name: "、".join(values) for name, values in found.items()}


async def history(office: World, number: int = 1) -> History:
    async with office.store.view() as view:
        return await history_of(view, await office.lead(number), load_rules())


async def told(office: World, kind: str) -> list[str]:
    return [one.says for one in (await history(office)).timeline if one.kind == kind]


def rows(card: Card) -> dict[str, str]:
    return {row.name: row.value for row in card.rows}


async def test_what_is_said_over_five_messages_adds_up(office: World) -> None:
    """Product in the first, budget in the third, phone and a date to meet in the fifth: each with
    its own words; and the card says what to ask next."""
    said = (
        "你好，我是康源医疗的，想了解CT设备",
        "CT要2台，移动DR 3台",
        "预算批下来了，30-50万",
        "你们太贵了，交期也太长",
        "我们王院长拍板，电话13800001234，下周三下午三点过来面谈",
    )
    for words in said:
        await office.client_writes("wmZhao", words, nickname="赵主任")
        await office.passes(timedelta(seconds=20))
    await office.passes(A_MOMENT)

    assert await known(office) == {
        "product": "CT设备",
        "company": "康源医疗",
        "need": "移动DR、面谈",
        "quantity": "CT设备 2台、移动DR 3台",
        "budget": "30-50万",
        "budget_status": "已批",
        "objection": "价格、交期",
        "person": "王院长",
        "role": "王院长拍板",
        "phone": "13800001234",
        "next_contact": "下周三下午三点过来面谈（03-18 15:00）",
    }
    for line in (await history(office)).fields:
        assert line.message in said
        assert line.message[line.start : line.end] == line.words
    first = rows(office.cards("lina")[0])
    assert (first["下一步问"], "预算" in first) == ("预算大概多少？", False)
    # What he said of the price came as a card with the talk track.
    notices = "\n".join(in_plain(shown.message) for shown in office.screen("lina"))
    assert "预算 30-50万" in notices
    assert "预算状态 已批" in notices
    await office.presses("lina", "已联系")
    now = rows(office.cards("lina")[0])
    assert (now["预算"], now["异议"], now["电话"], now["下一步问"]) == (
        "30-50万（已批）",
        "价格、交期",
        "13800001234",
        "什么时候要？",
    )


async def test_a_later_word_wins_and_an_older_one_that_comes_late_does_not(office: World) -> None:
    at = office.clock.now()
    await office.client_writes("wmZhao", "想要CT设备，预算30万，周三前要", nickname="赵主任")
    await office.passes(timedelta(hours=1))

    await office.client_writes("wmZhao", "预算可以到50万，改到下周五前")
    await office.client_writes("wmZhao", "预算20万左右", at=at + timedelta(minutes=30))
    await office.client_writes("wmZhao", "两点见")

    lead = await office.lead()
    assert ((await known(office))["budget"], lead.budget) == ("50万", 500_000)
    assert lead.deadline_at is not None
    assert f"{lead.deadline_at:%m-%d}" == "03-19"  # what is not certain set no deadline
    assert (await known(office))["time"] == "两点（待确认）"
    changes = await told(office, "field_learned")
    assert "预算：30万 → 50万" in changes
    assert "预算较早说过20万，仍是50万" in changes
    assert "时间：周三前 → 下周五前" in changes
    (why,) = {one.why for one in (await history(office)).timeline if "→ 50万" in one.says}
    assert "50万" in why


async def test_what_a_rep_put_right_no_rule_changes_and_he_is_told_once(office: World) -> None:
    await office.client_writes("wmZhao", "我们康源医疗想要CT设备，预算50万", nickname="赵主任")

    answer = await office.hears("lina", "更正 康源 预算 30万")
    await office.passes(A_MOMENT)
    for words in ("预算60万", "就是60万的预算", "在吗"):
        await office.client_writes("wmZhao", words)
        await office.passes(A_MOMENT)

    assert answer == "已更正赵主任的预算：50万 → 30万"
    assert ((await known(office))["budget"], (await office.lead()).budget) == ("30万", 300_000)
    warned = [text for text in office.texts("lina") if "您记的是30万" in text]
    assert len(warned) == 1
    assert "客户说预算60万，您记的是30万。要改请回复：更正 赵主任 预算 60万" in warned[0]
    assert await told(office, "field_corrected") == ["李娜更正预算：50万 → 30万"]
    assert await told(office, "field_suggested") == ["客户说预算是60万，李娜记的是30万，没有改动"]

    reason = await office.hears("lina", "为什么赵主任的预算")
    assert "李娜 03-10 10:00 更正，写的是“30万”" in reason
    assert "之前：50万（03-10 10:00）" in reason
    assert "后来又说：60万" in reason
    await office.hears("chen", "更正 赵主任 预算 60万")
    assert "陈经理更正了赵主任的预算：30万 → 60万" in office.texts("lina")
    assert (await history(office)).fields[-1].suggested == ()


async def test_what_a_correction_took_out_does_not_come_back_by_itself(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备，电话13800001234", nickname="赵主任")

    assert "不像电话号码" in await office.hears("lina", "更正 赵主任 电话 不知道")
    await office.hears("lina", "更正 赵主任 手机 139 0000 1234")
    await office.passes(A_MOMENT)
    await office.client_writes("wmZhao", "打13800001234或者13700001234")

    assert (await known(office))["phone"] == "13900001234、13700001234"
    await office.hears("lina", "更正 赵主任 电话 删除")
    assert "phone" not in await known(office)
    # By the corrected number he is recognised.
    assert "已有同事在跟进" in await office.hears("wanglei", "线索 13900001234 想要CT设备")


async def test_a_field_answers_with_the_clients_words(office: World) -> None:
    words = "你好。我们医院想要CT设备，预算300万左右，电话13800001234。谢谢"
    await office.client_writes("wmZhao", words, nickname="赵主任")

    own = await office.hears("lina", "为什么 赵主任 预算")
    managers = await office.hears("chen", "为什么 赵主任 电话")

    assert "· 300万" in own
    assert "赵主任 03-10 10:00 说：“我们医院想要CT设备，【预算300万左右】，电话13800001234”" in own
    assert "138****1234" in managers
    assert "13800001234" not in managers
    assert ("chen", "read_client") in await office.audited()
    assert "还不知道" in await office.hears("lina", "为什么 赵主任 竞品")
    assert "负责医疗设备" in await office.hears("lina", "为什么 赵主任")


async def test_a_promise_in_a_reps_words_is_recorded_once(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    said = ClientMessage(
        account="wkShop",
        client_ref="wmZhao",
        message_id="out1",
        sent_at=office.clock.now(),
        speaker=Speaker.SERVICER,
        servicer="LiNa",
        text="您好，下周三前给您寄样。预算大概多少？",
    )

    for _ in range(2):  # the platform tells it twice
        async with office.store.transaction() as tx:
            payload = said.model_dump(mode="json")
            await tx.arrive([Arrival(said.kind, "kf:out1", "kf:wkShop:wmZhao", payload)])
        await office.settle()

    (promise,) = [one for one in (await history(office)).timeline if one.kind == "promise_made"]
    assert (promise.says, promise.words) == ("李娜答应客户寄样，最晚 03-17", "下周三前给您寄样")
    assert (await history(office)).ask == "什么时候要？"  # the budget was asked for already
    assert set(await known(office)) == {"product"}


async def test_tagged_words_are_filed_without_what_identifies(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")

    await office.client_writes("wmZhao", "＃客户需求＃ 要双源的，联系13800001234")
    answer = await office.hears("lina", "#客户需求# 赵主任：机房只有30平，电话13900001234")

    assert answer.startswith("已归档到赵主任")
    filed = await office.hears("lina", "需求记录 赵主任")
    assert "要双源的，联系138****1234" in filed
    assert "机房只有30平，电话139****1234" in filed
    assert "13800001234" not in filed
    assert len(await told(office, "need_filed")) == 2


async def test_a_card_on_dingtalk_follows_what_is_learned(opens: Opens) -> None:
    lina = {**TEAM[0], "wecom": None, "dingtalk": "lina01"}
    team = [{name: value for name, value in lina.items() if name != "manager"}]
    async with opens(team=team) as office:
        await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
        await office.presses("lina", "已联系")

        await office.client_writes("wmZhao", "预算30万")
        await office.passes(A_MOMENT)

        (card,) = office.cards("lina")
        assert rows(card)["预算"] == "30万"
        assert [button.text for button in card.buttons] == ["预约拜访", "发送资料"]
        assert card.text == "已联系 · 10:00"


async def test_a_rep_corrects_while_the_client_writes(office: World) -> None:
    """Whoever is first: the correction stands, and what the client said is not lost."""
    await office.client_writes("wmZhao", "想要CT设备，预算20万", nickname="赵主任")
    await office.passes(A_MOMENT)
    now = office.clock.now()
    words = ClientMessage(
        account="wkShop",
        client_ref="wmZhao",
        message_id="m50",
        sent_at=now,
        speaker=Speaker.CLIENT,
        text="预算50万",
    )
    correction = MemberMessage(
        platform=Platform.WECOM,
        account="LiNa",
        message_id="c30",
        sent_at=now,
        text="更正 赵主任 预算 30万",
    )
    async with office.store.transaction() as tx:
        for event, lane in ((words, "kf:wkShop:wmZhao"), (correction, "member:wecom:LiNa")):
            payload = event.model_dump(mode="json")
            await tx.arrive([Arrival(kind=event.kind, key=lane, lane=lane, payload=payload)])

    workers = [Worker(office.store, office.dispatcher, LocalWakeup(), together=1) for _ in "ab"]
    await asyncio.gather(*(worker.handle_some() for worker in workers))
    await office.settle()

    assert (await known(office))["budget"] == "30万"
    async with office.store.view() as view:
        every = await fields.every(view, await office.lead(), name="budget")
    assert len(every) == 3
    assert len([row for row in every if row.superseded_at is None and row.by == "lina"]) == 1


async def test_eight_kilobytes_of_facts_stay_within_bounds_and_go_with_the_client(
    office: World,
) -> None:
    many = "".join(f"CT要{n}台、{n}套、{n}箱，找王{chr(0x4E00 + n)}主任，" for n in range(2, 300))
    await office.client_writes("wmZhao", f"想要CT设备，预算20万，{many}"[:2700], nickname="赵主任")

    async with office.store.view() as view:
        names = [field.name for field in await fields.known(view, await office.lead())]
    assert names
    assert max(map(names.count, names)) <= MOST

    async with office.store.transaction() as tx:
        await erase(tx, (await tx.get(Lead, 1)).client_id)
    past = await history(office)
    assert past.fields == ()
    assert "得知预算" in [one.says for one in past.timeline]
