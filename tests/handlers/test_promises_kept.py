"""兑现: what a message, a file, a note or a tap shows to be done, and what shows nothing."""

from datetime import timedelta

import pytest

from handlers.events import ClientMessage, Form, Speaker
from tests.handlers.promised import (
    A_MOMENT,
    a_client,
    about_promises,
    facts,
    states,
)
from tests.world import World, in_plain


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


async def test_what_was_done_for_two_clients_at_once_is_asked_of_each(office: World) -> None:
    await a_client(office)
    await a_client(office, "wmQian", "钱院长")
    await office.hears("chen", "转派 钱院长 给 李娜")
    for name in ("赵主任", "钱院长"):
        await office.hears("lina", f"承诺 {name} 周四给报价")
        await office.hears("lina", f"承诺 {name} 周五给报价")
    await office.passes(timedelta(minutes=1))

    await office.hears("lina", "跟进 赵主任 报价已发")
    await office.passes(timedelta(seconds=20))
    await office.hears("lina", "跟进 钱院长 报价已发")
    await office.passes(timedelta(minutes=2))

    asked = [text for text in about_promises(office.screen("lina")) if text.startswith("刚才办好")]
    assert [name in text for name, text in zip(("赵主任", "钱院长"), asked, strict=True)] == [
        True,
        True,
    ]


async def test_a_note_in_plain_words_keeps_what_was_promised_to_him(office: World) -> None:
    await a_client(office)
    for said, is_kept in (
        ("跟进 赵主任 赵主任的报价发过去了", True),
        ("跟进 赵主任 报价发他了", True),
        ("跟进 赵主任 已经把报价给赵主任了", True),
        ("跟进 赵主任 他的报价还没发", False),
        ("跟进 赵主任 他把上次的报价发给我看了", False),
    ):
        await office.hears("lina", "承诺 赵主任 周四给报价")
        await office.passes(timedelta(minutes=1))
        await office.hears("lina", said)
        await office.passes(timedelta(minutes=1))

        last = (await states(office))[-1]
        assert last == ("quote", "kept" if is_kept else "open"), said
