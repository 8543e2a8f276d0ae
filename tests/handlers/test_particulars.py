"""One thing about a client: what is known, who has him, whether it was sent, what nobody knows."""

from datetime import timedelta

from handlers import ROUTERS
from tests.handlers.talking import two_clients
from tests.world import World

NOBODY = "没有找到您名下的客户“康源”"


async def test_one_thing_is_told_and_what_nobody_said_is_not_made_up(office: World) -> None:
    await two_clients(office)

    said = {
        words: await office.hears("lina", words)
        for words in (
            *("康源电话多少", "电话多少", "赵主任什么时候要", "他什么时候要", "赵主任要几台"),
            *("康源的预算是多少", "查 赵主任 的 单子", "赵主任谁在跟"),
        )
    }

    assert said["康源电话多少"] == said["电话多少"] == "孙经理 · 电话：13912345678"
    assert said["赵主任什么时候要"] == said["他什么时候要"] == "赵主任 · 时间要求：下周三前"
    assert said["赵主任要几台"] == "还不知道赵主任的数量要求，客户没有说过，也没有人记过"
    assert said["康源的预算是多少"] == "孙经理 · 预算：50万"
    assert said["查 赵主任 的 单子"] == "没有“单子”这一项，回复“查 C1”看赵主任的全部"
    assert said["赵主任谁在跟"].startswith("赵主任：L1 CT设备 由您负责（")


async def test_who_may_not_see_him_learns_nothing_and_a_chief_no_number(office: World) -> None:
    await two_clients(office)

    for words in ("康源电话多少", "现在谁负责康源", "给康源的报价发了吗", "我答应了康源什么"):
        assert await office.hears("wanglei", words) == NOBODY
    assert await office.hears("chen", "康源电话多少") == (
        "孙经理 · 电话：139****5678\n不是您名下的客户，号码只显示一部分"
    )
    assert "由李娜负责" in await office.hears("chen", "康源谁在跟")


async def test_whether_it_was_sent_is_read_out_of_what_was_said_and_noted(office: World) -> None:
    await two_clients(office)

    nothing = await office.hears("lina", "给康源的报价发了吗")
    await office.hears("lina", "我答应康源周五前给报价")
    owed = await office.hears("lina", "给康源的报价发了吗")
    promised = await office.hears("lina", "我答应了康源什么")
    await office.hears("lina", "康源报价85万")
    await office.passes(timedelta(days=1))
    sent = await office.hears("lina", "报价单发给康源了吗")
    last = await office.hears("lina", "上次跟康源聊是什么时候")

    assert nothing == "没有看到给孙经理发过报价的记录，也没有记着答应过"
    assert owed.startswith("没有看到给孙经理发过报价的记录\n李娜答应报价")
    assert promised.startswith("答应孙经理、还没有做的事：\n· 李娜答应报价")
    assert "发过，最近一次 03-10 10:00（李娜记）" in sent
    assert last.startswith("最近一次跟进孙经理：03-10 10:00（1 天前）")


async def test_the_last_words_are_the_newest(office: World) -> None:
    for words in ("想了解CT设备", "在吗", "下周方便吗"):
        await office.client_writes("wmZhao", words, nickname="赵主任")
        await office.passes(timedelta(minutes=1))

    said = await office.hears("lina", "上次联系赵主任是什么时候")

    assert said.endswith("赵主任：下周方便吗")


def test_words_that_are_no_command_are_judged_in_one_place() -> None:
    assert {router.name for router in ROUTERS if router.fallbacks} == {"otherwise"}
