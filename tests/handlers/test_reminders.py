"""提醒: asked for in words, delivered at their time, repeated, moved, cancelled and put off."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from crm_store.erasure import erase
from crm_store.models import Member, Reminder
from notifiers.card import Card
from tests.world import SHANGHAI, TUESDAY, World, in_plain


def reminders(office: World, member: str) -> list[str]:
    return [in_plain(card) for card in office.cards(member) if card.title.startswith("⏰")]


async def count(office: World) -> int:
    async with office.store.view() as view:
        return len((await view.session.exec(select(Reminder.id))).all())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("明早10点提醒我给王主任发报价", "好的，明天（周三）03-11 10:00 提醒您：给王主任发报价"),
        ("半小时后叫我", "好的，今天（周二）03-10 10:30 提醒您"),
        ("提醒我下周三下午三点开会", "好的，周三 03-18 15:00 提醒您：开会"),
        ("每天10点站会，提前10分钟提醒我", "好的，每天 09:50 提醒您：站会"),
    ],
)
async def test_what_was_understood_is_said_back_in_full(
    office: World, words: str, answer: str
) -> None:
    assert (await office.hears("lina", words)).splitlines()[0] == answer


@pytest.mark.parametrize(
    ("now", "words", "hour"),
    [
        ("11:00", "10点提醒我开会", "明天（周三）03-11 10:00"),
        ("10:00", "9点提醒我开会", "明天（周三）03-11 09:00"),
        ("10:00", "三点提醒我", "今天（周二）03-10 15:00"),
        ("21:00", "10点提醒我", "明天（周三）03-11 10:00"),
        ("10:00", "12点提醒我吃饭", "今天（周二）03-10 12:00"),
    ],
)
async def test_a_bare_hour_is_the_next_by_day_and_said_so(
    office: World, now: str, words: str, hour: str
) -> None:
    at = datetime.fromisoformat(f"2026-03-10 {now}").replace(tzinfo=SHANGHAI)
    await office.passes(at - office.clock.now())

    answer = await office.hears("lina", words)

    assert f"好的，{hour} 提醒您" in answer
    assert "没说上午还是下午" in answer


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("昨天提醒我开会", "“昨天”已经过了"),
        ("每月32号9点提醒我对账", "可以说：每天9点、每个工作日、每周一三五"),
    ],
)
async def test_what_is_past_or_has_no_time_is_refused_with_what_to_say(
    office: World, words: str, answer: str
) -> None:
    assert answer in await office.hears("lina", words)
    assert await count(office) == 0


async def test_it_comes_at_that_minute_also_in_the_night_and_once(office: World) -> None:
    answer = await office.hears("lina", "今晚11点半提醒我关服务器")
    await office.passes(timedelta(hours=13, minutes=29))
    before = reminders(office, "lina")
    await office.passes(timedelta(minutes=1))

    assert "非工作时间，到点照样提醒" in answer
    assert before == []
    (card,) = reminders(office, "lina")
    assert card == "⏰ 关服务器\n[10分钟后]\n[明早]"
    await office.passes(timedelta(days=3))
    assert len(reminders(office, "lina")) == 1
    assert "没有定提醒" in await office.hears("lina", "我的提醒")


async def test_it_repeats_until_it_is_cancelled(office: World) -> None:
    answer = await office.hears("lina", "每个工作日9点提醒我看邮件")
    await office.passes(timedelta(days=7))  # to next Tuesday, 10:00

    assert answer == "好的，每个工作日 09:00 提醒您：看邮件\n下一次：明天（周三）03-11 09:00"
    assert len(reminders(office, "lina")) == 5  # Wed Thu Fri Mon Tue
    assert "每个工作日 09:00 看邮件" in await office.hears("lina", "我的提醒")
    assert "取消了提醒：看邮件" in await office.hears("lina", "取消提醒 1")
    await office.passes(timedelta(days=7))
    assert len(reminders(office, "lina")) == 5


async def test_a_scheduler_that_was_down_speaks_once_late_and_says_so(office: World) -> None:
    await office.hears("lina", "每天早上8点半提醒我打卡")
    await office.hears("lina", "明早10点提醒我发报价")

    office.clock.turn_to(TUESDAY + timedelta(days=4, hours=1))  # nothing ran until then
    await office.settle()

    found = reminders(office, "lina")
    assert len(found) == 2
    assert "本应 03-11 08:30 提醒，系统恢复后补上。" in found[0]
    assert "本应 03-11 10:00 提醒，系统恢复后补上。" in found[1]
    await office.passes(timedelta(days=1))
    assert len(reminders(office, "lina")) == 3


async def test_it_is_moved_and_put_off(office: World) -> None:
    await office.hears("lina", "明早10点提醒我发报价")
    assert "周五 03-13 09:00" in await office.hears("lina", "提醒 1 改到 周五")
    assert "已经过了" in await office.hears("lina", "提醒 1 改到 昨天")
    await office.passes(timedelta(days=2, hours=23))

    (shown,) = [one for one in office.screen("lina") if isinstance(one.now, Card)]
    await office.presses("lina", "10分钟后", card=shown)
    await office.passes(timedelta(minutes=10))
    await office.presses("lina", "明早")

    assert "10 再提醒" in str(shown.now)
    assert len(reminders(office, "lina")) == 2
    await office.passes(timedelta(days=1))
    assert len(reminders(office, "lina")) == 3


async def test_a_press_that_comes_twice_puts_off_once(office: World) -> None:
    await office.hears("lina", "10分钟后提醒我回电话")
    await office.passes(timedelta(minutes=10))
    shown = office.screen("lina")[-1]
    again = type(shown)(shown.key, shown.message)

    await office.presses("lina", "10分钟后", card=shown)
    await office.presses("lina", "10分钟后", card=again)
    await office.passes(timedelta(hours=1))

    assert len([one for one in office.screen("lina") if "回电话" in in_plain(one.message)]) == 3


async def test_a_manager_reminds_whom_he_leads_and_nobody_else(office: World) -> None:
    said = await office.hears("chen", "提醒李娜明天早上7点回康源")
    spaced = await office.hears("chen", "提醒 王磊 半小时后 交周报")
    above = await office.hears("chen", "提醒 高总 明天上午签字")
    await office.hears("lina", "提醒王磊明天上午回康源")
    await office.passes(timedelta(days=1))

    assert "提醒李娜：回康源" in said
    assert "上班后再提醒" in said
    assert "提醒王磊：交周报" in spaced
    assert "只能提醒您的下属" in above
    (hers,) = [one for one in office.screen("lina") if in_plain(one.message).startswith("⏰")]
    assert "陈经理请您记得" in in_plain(hers.message)
    assert [text.splitlines()[0] for text in reminders(office, "wanglei")] == ["⏰ 交周报"]


async def test_what_is_anothers_is_not_found(office: World) -> None:
    await office.hears("lina", "明早10点提醒我发报价")

    for words in ("取消提醒 1", "提醒 1 改到 周五", "取消提醒 99", "取消提醒 9999999999999999"):
        assert "没有找到您的提醒" in await office.hears("wanglei", words)
    assert "发报价" in await office.hears("lina", "我的提醒")


async def test_a_client_who_is_named_can_be_opened_and_takes_it_along(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    await office.passes(timedelta(minutes=1))
    await office.hears("lina", "跟进 赵主任 电话聊过")
    await office.hears("lina", "半小时后提醒我给赵主任发报价")
    await office.hears("wanglei", "半小时后提醒我给赵主任发报价")
    await office.hears("lina", "明天10点提醒我给赵主任打电话")

    await office.passes(timedelta(minutes=30))
    assert "[打开客户]" in reminders(office, "lina")[-1]
    assert "[打开客户]" not in reminders(office, "wanglei")[-1]

    async with office.store.transaction() as tx:
        await erase(tx, 1)
        await office.dispatcher.react(tx)
    await office.passes(timedelta(days=1))

    assert len(reminders(office, "lina")) == 1
    assert await count(office) == 0


async def test_of_a_client_who_went_on_it_says_whose_he_is(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    await office.passes(timedelta(minutes=1))
    await office.hears("lina", "半小时后提醒我给赵主任发报价")
    await office.hears("chen", "转派 赵主任 给 王磊")
    await office.hears("wanglei", "跟进 赵主任 接手了")

    await office.passes(timedelta(minutes=30))

    assert "这位客户现在由王磊负责。" in reminders(office, "lina")[-1]


async def test_who_has_left_is_not_reminded(office: World) -> None:
    await office.hears("lina", "每天9点提醒我看邮件")
    await office.dismisses("lina")

    await office.passes(timedelta(days=3))

    assert reminders(office, "lina") == []


async def test_words_about_nudges_set_none(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    await office.passes(timedelta(minutes=1))

    await office.hears("lina", "别再提醒我 赵主任")
    await office.hears("lina", "赵主任先别提醒我了")

    assert await count(office) == 0


async def test_hostile_words_stay_words(office: World) -> None:
    for words in (
        "明早10点提醒我" + "啊" * 5000,
        "明早10点提醒我<script>alert(1)</script>\x00\u202e{words}%s",
        "每周9提醒我",
        "每月99号提醒我",
        "提醒我" + "明天" * 500,
    ):
        await office.hears("lina", words)
    await office.passes(timedelta(days=2))

    assert all(len(card.title) < 40 for card in office.cards("lina"))


async def test_a_clock_turned_back_loses_no_reminder(office: World) -> None:
    await office.hears("lina", "10分钟后提醒我喝水")
    office.clock.turn_to(TUESDAY + timedelta(minutes=11))
    await office.scheduler.tick()
    office.clock.turn_to(TUESDAY + timedelta(minutes=5))
    await office.settle()
    assert reminders(office, "lina") == []

    await office.passes(timedelta(hours=1))

    assert len(reminders(office, "lina")) == 1


async def test_who_asked_hears_that_a_departed_colleague_was_not_reminded(office: World) -> None:
    await office.hears("chen", "提醒 李娜 明天上午10点回康源")
    async with office.store.transaction() as tx:
        lina = await tx.get(Member, "lina")
        lina.active = False
        tx.add(lina)

    await office.passes(timedelta(days=2))

    (told,) = [said for said in office.texts("chen") if "没有提醒到" in said]
    assert told.startswith("李娜已经离职，没有提醒到：回康源")


async def test_who_asked_hears_that_his_colleague_moved_or_cancelled_it(office: World) -> None:
    await office.hears("chen", "提醒 李娜 明天上午10点回康源")
    await office.hears("lina", "提醒 1 改到 周五")
    await office.hears("lina", "取消提醒 1")

    told = [said for said in office.texts("chen") if said.startswith("李娜")]
    assert told == [
        "李娜改到 周五 03-13 09:00 提醒：回康源",
        "李娜取消了提醒：回康源",
    ]
