"""承诺: found in a rep's words or told, changed, handed on, parted and erased with the client."""

from datetime import timedelta

from crm_store.arrival import Arrival
from crm_store.erasure import erase
from crm_store.models import PromiseState
from crm_store.queries import promises
from handlers.events import ClientMessage, Speaker
from tests.handlers.promised import (
    A_MOMENT,
    a_client,
    about_promises,
    facts,
    rows,
    states,
)
from tests.world import TUESDAY, Shown, World, in_plain


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
