"""承诺: found in a rep's words or told, kept track of, reminded of, late, on the manager's card."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from crm_store.arrival import Arrival
from crm_store.erasure import erase
from crm_store.facts import PromiseLate
from crm_store.models import Absence, Promise, PromiseState, TimelineEntry
from crm_store.queries import promises
from handlers.events import ClientMessage, Form, Speaker
from tests.world import TUESDAY, Shown, World, in_plain

A_MOMENT = timedelta(minutes=4)
A_DAY = timedelta(days=1)


async def a_client(office: World, ref: str = "wmZhao", name: str = "赵主任") -> None:
    await office.client_writes(ref, "想要CT设备", nickname=name)
    await office.passes(timedelta(minutes=1))


async def rows(office: World) -> list[Promise]:
    async with office.store.view() as view:
        return list((await view.session.exec(select(Promise).order_by(col(Promise.id)))).all())


async def states(office: World) -> list[tuple[str, str]]:
    return [(one.action, one.state) for one in await rows(office)]


async def facts(office: World, kind: str) -> list[TimelineEntry]:
    async with office.store.view() as view:
        query = select(TimelineEntry).where(TimelineEntry.kind == kind)
        return list((await view.session.exec(query)).all())


_TITLES = ("记下您", "答应客户", "刚才办好")


def about_promises(shown: list[Shown]) -> list[str]:
    """The cards and texts that speak of promises, in words."""
    words = [in_plain(one.now) for one in shown]
    return [text for text in words if any(sign in text.splitlines()[0] for sign in _TITLES)]


async def test_what_is_promised_within_minutes_is_one_card(office: World) -> None:
    await a_client(office)

    await office.servicer_writes("lina", "wmZhao", "您好，明天下午三点前给您报价")
    await office.passes(timedelta(minutes=1))
    await office.servicer_writes("lina", "wmZhao", "周四给您寄样")
    await office.passes(A_MOMENT)

    (card,) = about_promises(office.screen("lina"))
    assert card.startswith("记下您答应的几件事")
    assert "1. 报价 赵主任 · CT设备，03-11 15:00 前" in card
    assert "2. 寄样 赵主任 · CT设备，03-12 当天" in card
    assert "[已兑现 1]\n[不是承诺 1]\n[已兑现 2]\n[不是承诺 2]" in card
    listed = await office.hears("lina", "我的承诺")
    assert "「明天下午三点前给您报价」" in listed
    assert await office.hears("wanglei", "我的承诺") == "您没有要兑现的承诺。"


async def test_it_is_reminded_of_then_late_then_on_the_managers_card(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天下午三点前给您报价")
    await office.passes(A_MOMENT)
    before, above = len(office.screen("lina")), len(office.screen("chen"))

    await office.passes(TUESDAY + A_DAY + timedelta(hours=2, minutes=59) - office.clock.now())
    quiet = about_promises(office.screen("lina")[before:])
    await office.passes(timedelta(minutes=2))  # 13:01
    soon = about_promises(office.screen("lina")[before:])
    await office.passes(timedelta(hours=2))  # 15:01
    late = about_promises(office.screen("lina")[before:])
    not_yet = about_promises(office.screen("chen")[above:])
    await office.passes(timedelta(hours=2))  # 17:01
    managers = about_promises(office.screen("chen")[above:])
    await office.passes(timedelta(days=5))

    assert quiet == []
    assert [text.splitlines()[0] for text in soon] == ["答应客户的事快到时间了"]
    assert [text.splitlines()[0] for text in late[1:]] == ["🟡 答应客户的事过了时间"]
    assert not_yet == []
    assert [text.splitlines()[0] for text in managers] == ["🟡 答应客户、过期没兑现"]
    assert "李娜 · 赵主任 · CT设备 报价，03-11 15:00 前，已逾期" in managers[0]
    # Once each, however long it stays.
    assert len(about_promises(office.screen("lina")[before:])) == 2
    assert [
        t for t in about_promises(office.screen("chen")[above:]) if t.startswith("🟡")
    ] == managers
    (fact,) = await facts(office, PromiseLate.kind)
    assert fact.at == TUESDAY + A_DAY + timedelta(hours=5)
    assert fact.data["owner_id"] == "lina"
    assert ("chen", "promise") in await office.audited()


async def test_what_ends_at_midnight_is_reminded_of_at_work(office: World) -> None:
    """「周四」 ends with that day: a word comes on Thursday at 16:00, another on Friday at 9."""
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "周四给您寄样")
    await office.passes(A_MOMENT)
    before = len(office.screen("lina"))

    await office.passes(timedelta(days=2, hours=6) - A_MOMENT)  # Thursday 16:01
    soon = about_promises(office.screen("lina")[before:])
    await office.passes(timedelta(hours=16, minutes=55))  # Friday 08:56
    in_the_night = about_promises(office.screen("lina")[before:])
    await office.passes(timedelta(minutes=6))
    in_the_morning = about_promises(office.screen("lina")[before:])

    assert [text.splitlines()[0] for text in soon] == ["答应客户的事快到时间了"]
    assert in_the_night == soon
    assert in_the_morning[-1].startswith("🟡")
    assert await states(office) == [("sample", "late")]


async def test_without_a_time_it_is_asked_about_once_and_never_late(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "我尽快给您报价")
    await office.passes(A_MOMENT)
    before = len(office.screen("lina"))

    await office.passes(timedelta(days=7))

    assert [t.splitlines()[0] for t in about_promises(office.screen("lina")[before:])] == [
        "答应客户的事，办了吗？"
    ]
    assert await states(office) == [("quote", "open")]


async def test_buttons_settle_it_and_count_once(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天下午三点前给您报价")
    await office.passes(A_MOMENT)
    card = office.screen("lina")[-1]

    await office.presses("lina", "改时间", card=card)
    await office.presses("lina", "后天")
    assert (await rows(office))[0].due_at == TUESDAY.replace(hour=0) + timedelta(days=3)
    for _ in range(2):
        await office.presses("lina", "已兑现", card=Shown(card.key, card.message))

    assert await states(office) == [("quote", "kept")]
    assert len(await facts(office, "promise_kept")) == 1
    assert "已兑现" in str(card.now)
    assert await office.hears("lina", "我的承诺") == "您没有要兑现的承诺。"
    await office.passes(timedelta(days=7))
    assert not [t for t in about_promises(office.screen("chen")) if t.startswith("🟡")]


async def test_it_can_be_told_moved_kept_and_dropped_in_words(office: World) -> None:
    await a_client(office)

    told = await office.hears("lina", "承诺 赵主任 周五前给报价")
    again = await office.hears("lina", "承诺 赵主任 周五前给报价")
    breath = await office.hears("lina", "我答应赵主任下周三发合同")
    moved = await office.hears("lina", "承诺 2 改到 下周一")
    before = await office.hears("lina", "承诺 2 改到 下周五前")
    past = await office.hears("lina", "承诺 2 改到 昨天")
    kept = await office.hears("lina", "已兑现 1")
    twice = await office.hears("lina", "已兑现 1")
    dropped = await office.hears("lina", "放弃承诺 2")
    unknown = await office.hears("lina", "放弃承诺 99")

    assert "要做 报价\n时间 03-13（周五）前" in told
    assert "已经记着了" in again
    assert "要做 合同\n时间 03-18 当天" in breath
    assert moved == "好的，赵主任 · CT设备的合同改到 03-16 当天"
    assert before == "好的，赵主任 · CT设备的合同改到 03-20（周五）前"
    assert "已经过了" in past
    assert kept == "好的，赵主任 · CT设备的报价已兑现"
    assert "已经处理过了" in twice
    assert dropped == "好的，不再跟踪赵主任 · CT设备的合同"
    assert "没有找到您的承诺“99”" in unknown
    assert await states(office) == [("quote", "kept"), ("contract", "dropped")]


async def test_a_note_that_says_so_makes_one_and_others_do_not(office: World) -> None:
    await a_client(office)

    await office.hears("lina", "跟进 赵主任 电话聊了，答应周三寄样")
    await office.hears("lina", "跟进 赵主任 客户答应周五给答复")
    await office.hears("lina", "跟进 赵主任 周五再联系")
    await office.passes(A_MOMENT)

    assert await states(office) == [("sample", "open")]
    assert "寄样" in about_promises(office.screen("lina"))[-1]


async def test_another_mans_promises_are_not_found_and_a_managers_word_counts(
    office: World,
) -> None:
    await a_client(office)
    await office.hears("lina", "承诺 赵主任 周五前给报价")

    for words in ("已兑现 1", "放弃承诺 1", "承诺 1 改到 下周一"):
        assert "没有找到您的承诺“1”" in await office.hears("wanglei", words)
    assert "没有找到您名下的客户" in await office.hears("wanglei", "承诺 赵主任 周五前给报价")
    assert "没有看出是哪位客户" in await office.hears("wanglei", "我答应赵主任周五前给报价")
    assert await states(office) == [("quote", "open")]

    assert "已兑现" in await office.hears("chen", "已兑现 1")


async def test_the_same_said_again_is_one_task(office: World) -> None:
    await a_client(office)
    for words in (
        "我尽快给您报价",
        "好的，马上给您报价",
        "明天下午三点前给您报价",
        "明天下午三点前一定给您报价",
    ):
        await office.servicer_writes("lina", "wmZhao", words)
        await office.passes(timedelta(minutes=1))
    await office.servicer_writes("lina", "wmZhao", "周五前发您参数表")
    await office.servicer_writes("lina", "wmZhao", "下周一前发您实施方案")

    found = await rows(office)
    assert [one.action for one in found] == ["quote", "document", "document"]
    assert found[0].due_at == TUESDAY + timedelta(days=1, hours=5)
    assert len(await facts(office, "promise_made")) == 6


async def test_a_message_that_is_told_twice_makes_one(office: World) -> None:
    await a_client(office)
    said = ClientMessage(
        account="wkShop",
        client_ref="wmZhao",
        message_id="out1",
        sent_at=office.clock.now(),
        speaker=Speaker.SERVICER,
        servicer="LiNa",
        text="下周三前给您寄样",
    )
    for _ in range(2):
        async with office.store.transaction() as tx:
            payload = said.model_dump(mode="json")
            await tx.arrive([Arrival(said.kind, "kf:out1", "kf:wkShop:wmZhao", payload)])
        await office.settle()

    assert await states(office) == [("sample", "open")]


# -- kept ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("promised", "shows"),
    [
        ("明天给您报价", "报价单已发，请查收"),
        ("明天给您报价", "发您邮箱了"),
        ("周四给您寄样", "样品寄出了，单号SF1234567890123"),
        ("周四给您寄样", "快递单号SF1234567890123"),
        ("周五前把合同发您", "合同发您邮箱了"),
        ("后天把发票开给您", "发票已经开好发您邮箱了"),
    ],
)
async def test_a_later_message_keeps_it(office: World, promised: str, shows: str) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", promised)
    await office.passes(timedelta(hours=1))

    await office.servicer_writes("lina", "wmZhao", shows)

    assert [state for _, state in await states(office)] == ["kept"]
    (fact,) = await facts(office, "promise_kept")
    assert (fact.data["how"], fact.by) == ("message", "lina")


@pytest.mark.parametrize(
    "words",
    ["报价还没好", "报价明天发您", "报价单您收到了吗", "报价发财务审核了", "样品寄出了", "好的"],
)
async def test_what_shows_nothing_keeps_nothing(office: World, words: str) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天下午三点前给您报价")
    await office.passes(timedelta(hours=1))

    await office.servicer_writes("lina", "wmZhao", words)

    assert (await states(office))[0] == ("quote", "open")


async def sends_file(office: World, ref: str = "wmZhao", form: Form = Form.FILE) -> None:
    await office.happens(
        ClientMessage(
            account="wkShop",
            client_ref=ref,
            message_id=f"file{office.clock.now()}",
            sent_at=office.clock.now(),
            speaker=Speaker.SERVICER,
            servicer="LiNa",
            form=form,
            media_id="M1",
        ),
        lane=f"kf:wkShop:{ref}",
    )


async def test_a_file_keeps_what_it_may_be_and_a_picture_nothing(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天给您报价，周四给您寄样")
    await office.passes(timedelta(hours=1))

    await sends_file(office, form=Form.IMAGE)
    before = await states(office)
    await sends_file(office)

    assert before == [("quote", "open"), ("sample", "open")]
    assert await states(office) == [("quote", "kept"), ("sample", "open")]


async def test_of_two_that_fit_he_is_asked_which(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天给您报价，周五前把合同发您")
    await office.passes(timedelta(hours=1))

    await sends_file(office)
    await office.passes(timedelta(minutes=2))

    assert [state for _, state in await states(office)] == ["open", "open"]
    assert in_plain(office.screen("lina")[-1].now).startswith("刚才办好的是哪一件？")
    await office.presses("lina", "已兑现 2")
    assert await states(office) == [("quote", "open"), ("contract", "kept")]


async def test_taps_and_notes_keep_as_well(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天把参数表发您，后天给您打电话，周四给您寄样")
    await office.passes(A_MOMENT)

    await office.presses("lina", "发送资料")
    await office.presses("lina", "已联系")
    await office.hears("lina", "跟进 赵主任 样品已寄出")

    assert await states(office) == [("document", "kept"), ("call", "kept"), ("sample", "kept")]
    assert [one.data["how"] for one in await facts(office, "promise_kept")] == [
        "tap",
        "tap",
        "note",
    ]


async def test_what_shows_it_may_arrive_before_the_promise(office: World) -> None:
    """Out of order: 「报价单已发」 of 10:20 is handled before 「给您报价」 of 10:10. The other way
    round, what was sent before the promise does not keep it."""
    await a_client(office)
    now = office.clock.now()

    async def says(text: str, minutes: int) -> None:
        message = ClientMessage(
            account="wkShop",
            client_ref="wmZhao",
            message_id=text,
            sent_at=now + timedelta(minutes=minutes),
            speaker=Speaker.SERVICER,
            servicer="LiNa",
            text=text,
        )
        await office.happens(message, lane="kf:wkShop:wmZhao")

    office.clock.turn_to(now + timedelta(minutes=30))
    await says("报价单已发，请查收", 20)
    await says("一会儿给您报价", 10)
    await says("样品寄出了", 5)
    await says("明天再给您寄两件样品", 15)

    assert await states(office) == [("quote", "kept"), ("sample", "open")]
    await office.passes(A_MOMENT)
    (card,) = about_promises(office.screen("lina"))
    assert "要做 寄样" in card


async def test_a_colleagues_word_keeps_none_of_hers(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天给您报价")
    await office.passes(timedelta(hours=1))

    await office.servicer_writes("wanglei", "wmZhao", "报价单已发")

    assert await states(office) == [("quote", "open")]


# -- the lead goes on, ends, is merged, erased -----------------------------------------------------


async def test_it_goes_to_the_new_owner_who_is_told_on_the_card(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天下午三点前给您报价")
    await office.passes(A_MOMENT)

    await office.hears("chen", "转派 赵主任 给 王磊")

    card = in_plain(office.screen("wanglei")[-1].now)
    assert "答应过 报价（03-11 15:00 前）" in card
    assert "报价" in await office.hears("wanglei", "我的承诺")
    await office.hears("wanglei", "跟进 赵主任 接手了")
    assert await office.hears("lina", "我的承诺") == "您没有要兑现的承诺。"
    hers, his = len(office.screen("lina")), len(office.screen("wanglei"))
    await office.passes(timedelta(days=1, hours=4))
    (reminder,) = about_promises(office.screen("wanglei")[his:])
    assert reminder.startswith("答应客户的事快到时间了")
    assert not about_promises(office.screen("lina")[hers:])


async def test_a_lost_client_is_owed_nothing_and_a_won_one_still(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmQian", "想要CT设备", nickname="钱院长")
    await office.passes(timedelta(minutes=1))
    await office.hears("lina", "承诺 赵主任 周五前给报价")
    await office.hears("wanglei", "承诺 钱院长 周五前发货")

    await office.hears("lina", "输单 赵主任 选了别家")
    await office.hears("wanglei", "赢单 钱院长")

    assert await states(office) == [("quote", "dropped"), ("delivery", "open")]
    assert "好的" in await office.hears("wanglei", "已兑现 2")


async def test_who_is_away_is_left_alone_and_his_manager_told_before(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天下午三点前给您报价")
    await office.passes(A_MOMENT)
    before = len(office.screen("lina"))
    async with office.store.transaction() as tx:
        tx.add(
            Absence(
                member_id="lina",
                starts_at=TUESDAY + timedelta(hours=8),
                ends_at=TUESDAY + timedelta(days=3),
                noted_at=tx.now,
                by="lina",
            )
        )

    await office.passes(timedelta(days=1, hours=8))

    assert not about_promises(office.screen("lina")[before:])
    told = about_promises(office.screen("chen"))
    assert told[0].startswith("李娜休假，有答应客户的事到期")
    assert "03-13 10:00回来" in told[0]
    assert told[1].startswith("🟡 答应客户、过期没兑现")

    await office.passes(timedelta(days=2))  # she is back
    late = about_promises(office.screen("lina")[before:])
    assert [text.splitlines()[0] for text in late] == ["🟡 答应客户的事过了时间"]


async def test_merged_and_parted_each_keeps_his_own(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmQian", "想要CT设备，电话13800001234", nickname="钱院长")
    await office.passes(timedelta(minutes=1))
    await office.servicer_writes("lina", "wmZhao", "明天给您报价")
    await office.servicer_writes("lina", "wmQian", "周四给您寄样")
    await office.client_writes("wmZhao", "我的电话13800001234")
    await office.passes(timedelta(minutes=2))
    merged = {one.client_id for one in await rows(office)}
    lead = await office.lead(1)

    async with office.store.view() as view:
        survivor = lead.folded_into_id or lead.id
        both = await promises.pending_of_lead(view, survivor)
    undone = await office.hears("lina", "撤销合并 赵主任")

    assert len(merged) == 1
    assert {one.action for one in both} == {"quote", "sample"}
    assert "拆开" in undone or "撤销" in undone
    assert len({one.client_id for one in await rows(office)}) == 2
    async with office.store.view() as view:
        for one in await rows(office):
            whose = await office.lead(one.lead_id or 0)
            assert whose.client_id == one.client_id
            assert await view.open(one.client_id, one.words, purpose="promise")
    await office.servicer_writes("lina", "wmZhao", "报价单已发")
    assert dict(await states(office)) == {"quote": "kept", "sample": "open"}


async def test_erased_with_the_client(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天下午三点前给您报价")
    await office.passes(A_MOMENT)
    async with office.store.transaction() as tx:
        await erase(tx, 1)
        await office.dispatcher.react(tx)
    before = len(office.screen("lina"))

    await office.passes(timedelta(days=3))

    assert await rows(office) == []
    assert not about_promises(office.screen("lina")[before:])
    assert await office.hears("lina", "我的承诺") == "您没有要兑现的承诺。"


async def test_hostile_words_stay_words(office: World) -> None:
    await a_client(office)
    nasty = "明天给您报价<a href='http://x'>点</a>\x00\u202e，{client}%s"
    await office.servicer_writes("lina", "wmZhao", nasty)
    await office.passes(A_MOMENT)

    for words in (
        "承诺 " + "啊" * 3000,
        "已兑现 999999999999",
        "已兑现 -1",
        "承诺 1 改到 " + "9" * 500,
    ):
        await office.hears("lina", words)

    assert all(one.state == PromiseState.OPEN for one in await rows(office))


async def test_what_is_asked_of_a_client_shows_what_is_still_owed(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天下午三点前给您报价，周四给您寄样")
    await office.passes(timedelta(hours=1))
    await office.servicer_writes("lina", "wmZhao", "样品寄出了")
    await office.passes(timedelta(days=2))

    seen = await office.hears("lina", "查 赵主任")

    assert "李娜答应报价，最晚 03-11，已逾期" in seen
    assert "答应寄样" not in seen
