"""提醒: asked for in words, delivered at their time, repeated, moved, cancelled and put off."""

from datetime import datetime, time, timedelta

import pytest
from sqlmodel import select

from config.calendar import WorkingCalendar
from config.rules import load_rules
from crm_store.erasure import erase
from crm_store.models import Member, Reminder
from handlers.promises.repeats import LAST, Every, Repeat, find_repeat
from notifiers.card import Card
from tests.world import SHANGHAI, TUESDAY, World, in_plain

pytestmark = pytest.mark.words

CALENDAR = WorkingCalendar(load_rules().calendar, SHANGHAI)


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
        ("下个月1号提醒我续约", "好的，周三 04-01 09:00 提醒您：续约"),
        ("下午提醒我交表", "好的，今天（周二）03-10 14:00 提醒您：交表"),
        ("提醒我给王主任发报价 明天10点", "好的，明天（周三）03-11 10:00 提醒您：给王主任发报价"),
        ("明年1月5日上午10点提醒我续保", "好的，周二 2027-01-05 10:00 提醒您：续保"),
        ("下班前提醒我交日报", "好的，今天（周二）03-10 17:30 提醒您：交日报"),
        ("月底提醒我对账", "好的，周二 03-31 09:00 提醒您：对账"),
        ("五一后第一个工作日提醒我回访", "好的，周三 05-06 09:00 提醒您：回访"),
        ("下个月最后一个工作日提醒我结账", "好的，周四 04-30 09:00 提醒您：结账"),
        (
            "后天上午九点半跟赵主任开会，提前半小时叫我",
            "好的，后天（周四）03-12 09:00 提醒您：跟赵主任开会",
        ),
        ("下周三投标，提前一天提醒我", "好的，周二 03-17 09:00 提醒您：投标"),
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
        ("今天早上8点提醒我", "已经过了"),
        ("提醒我看周报", "什么时候提醒？"),
        ("2040年1月1日提醒我", "最远可以定到三年以内"),
        ("2999年1月1日提醒我开会", "没看懂是哪一天"),
        ("每月32号9点提醒我对账", "没看懂是哪一天"),
        ("下个工作日提醒我", "没看懂是哪一天"),
        ("春节后第三个工作日提醒我", "没看懂是哪一天"),
        ("明天开会，提前半小时提醒我", "是几点？"),
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


@pytest.mark.parametrize(
    ("words", "every", "days"),
    [
        ("每天", Every.DAY, ()),
        ("每晚", Every.DAY, ()),
        ("每个工作日", Every.WORKDAY, ()),
        ("每周一", Every.WEEK, (0,)),
        ("每星期天", Every.WEEK, (6,)),
        ("每周一三五", Every.WEEK, (0, 2, 4)),
        ("每周二和周四", Every.WEEK, (1, 3)),
        ("每个周末", Every.WEEK, (5, 6)),
        ("每月1号", Every.MONTH, (1,)),
        ("每个月十五号", Every.MONTH, (15,)),
        ("每月二十一日", Every.MONTH, (21,)),
        ("每月底", Every.MONTH, (LAST,)),
        ("每月1号和15号", Every.MONTH, (1, 15)),
    ],
)
def test_repetitions_are_read(words: str, every: Every, days: tuple[int, ...]) -> None:
    found = find_repeat(f"{words}9点看邮件")

    assert found is not None
    assert (found.every, found.days) == (every, days)


@pytest.mark.parametrize("words", ["明天", "周一", "下个月1号", "每次", "每月99号", "每周", ""])
def test_and_nothing_else_is(words: str) -> None:
    assert find_repeat(words) is None


def times(repeat: Repeat, after: str, number: int) -> list[str]:
    moment = datetime.fromisoformat(after).replace(tzinfo=SHANGHAI)
    found = []
    for _ in range(number):
        moment = repeat.next_after(moment, CALENDAR, SHANGHAI)
        found.append(f"{moment:%Y-%m-%d %H:%M}")
    return found


def test_they_come_again_by_the_calendar() -> None:
    nine = time(9)

    assert times(Repeat(Every.MONTH, nine, (31,)), "2026-01-31 09:00", 3) == [
        "2026-02-28 09:00",
        "2026-03-31 09:00",
        "2026-04-30 09:00",
    ]
    assert times(Repeat(Every.MONTH, nine, (LAST,)), "2028-02-01 00:00", 1) == ["2028-02-29 09:00"]
    # 2026-02-14 is a make-up Saturday before the Spring Festival's days off.
    assert times(Repeat(Every.WORKDAY, nine), "2026-02-13 10:00", 2) == [
        "2026-02-14 09:00",
        "2026-02-24 09:00",
    ]
    assert times(Repeat(Every.WEEK, nine, (0, 4)), "2026-03-09 09:00", 2) == [
        "2026-03-13 09:00",
        "2026-03-16 09:00",
    ]
    assert Repeat.from_json(Repeat(Every.WEEK, nine, (0,)).as_json()).words == "每周一 09:00"


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
