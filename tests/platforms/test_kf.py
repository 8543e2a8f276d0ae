"""Clients' messages, fetched page after page."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.platforms.kf import PullStuck, pull
from config.clock import TurnedClock
from crm_store.arrival import Arrival, Route
from notifiers.errors import Retryable
from tests.platforms.entrance import NOW

SENT = int(NOW.timestamp()) - 5


class Ledger:
    """The store's side of a pull: pages, cursors, and whether the pointer is done."""

    def __init__(self) -> None:
        self.cursors: dict[str, str] = {}
        self.arrivals: list[Arrival] = []
        self.done = 0
        self.overtaken_by: list[str] = []

    async def cursor(self, open_kfid: str) -> str:
        return self.cursors.get(open_kfid, "")

    async def store_page(
        self,
        open_kfid: str,
        old_cursor: str,
        new_cursor: str,
        arrivals: Sequence[Arrival],
        *,
        pointer_done: bool,
    ) -> bool:
        if self.overtaken_by:
            self.cursors[open_kfid] = self.overtaken_by.pop(0)
        if self.cursors.get(open_kfid, "") != old_cursor:
            return False
        self.cursors[open_kfid] = new_cursor
        self.arrivals.extend(arrivals)
        self.done += pointer_done
        return True


class Platform:
    """Answers kf/sync_msg from a table: cursor → page."""

    def __init__(self, pages: dict[str, dict[str, Any]]) -> None:
        self.pages = pages
        self.asked: list[Mapping[str, Any]] = []
        self.refuses_tokens = False

    async def call(self, api: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        assert api == "kf/sync_msg"
        self.asked.append(arguments)
        if self.refuses_tokens and "token" in arguments:
            raise Retryable("an unknown error", code="95007")
        return self.pages[arguments["cursor"]]


class Shop:
    """微信客服 with what waits in it, and our side of the fetching."""

    def __init__(self, pages: dict[str, dict[str, Any]]) -> None:
        self.clock = TurnedClock(NOW)
        self.platform = Platform(pages)
        self.ledger = Ledger()

    async def pull(self) -> None:
        pointer = {
            "open_kfid": "wkShop",
            "token": "ENC-1",
            "app": "kf",
            "created_at": NOW.isoformat(),
        }
        await pull(pointer, call=self.platform.call, store=self.ledger, clock=self.clock)


def page(*items: Any, cursor: str = "c1", more: int = 0) -> dict[str, Any]:
    return {"errcode": 0, "next_cursor": cursor, "has_more": more, "msg_list": list(items)}


def said(msgtype: str = "text", *, msgid: str = "m1", origin: int = 3, **more: Any) -> Any:
    content = {"text": {"content": "多少钱"}} if msgtype == "text" else {}
    item = {
        "msgid": msgid,
        "open_kfid": "wkShop",
        "external_userid": "wmWang",
        "send_time": SENT,
        "origin": origin,
        "msgtype": msgtype,
    }
    return item | content | more


def told(event_type: str, *, msgid: str = "e1", **fields: Any) -> Any:
    event = {"event_type": event_type, "open_kfid": "wkShop", **fields}
    return {"msgid": msgid, "send_time": SENT, "origin": 4, "msgtype": "event", "event": event}


async def pulled(item: Any) -> Arrival:
    shop = Shop({"": page(item)})
    await shop.pull()
    (arrival,) = shop.ledger.arrivals
    return arrival


async def test_all_pages_are_fetched_even_where_one_is_empty() -> None:
    shop = Shop(
        {
            "": page(said(msgid="m1"), cursor="c1", more=1),
            "c1": page(cursor="c2", more=1),
            "c2": page(said(msgid="m2"), cursor="c3"),
        }
    )

    await shop.pull()

    assert [arrival.key for arrival in shop.ledger.arrivals] == ["wecom:kf:m1", "wecom:kf:m2"]
    assert (shop.ledger.cursors, shop.ledger.done) == ({"wkShop": "c3"}, 1)
    assert shop.platform.asked[0] == {
        "cursor": "",
        "token": "ENC-1",
        "limit": 1000,
        "voice_format": 0,
        "open_kfid": "wkShop",
    }


async def test_nothing_waiting_still_ends_the_pointer() -> None:
    shop = Shop({"": page(cursor="")})

    await shop.pull()

    assert (shop.ledger.cursors, shop.ledger.done) == ({"wkShop": ""}, 1)


async def test_a_known_cursor_is_never_lost_to_an_empty_one() -> None:
    shop = Shop({"c7": page(cursor="")})
    shop.ledger.cursors["wkShop"] = "c7"

    await shop.pull()

    assert shop.ledger.cursors == {"wkShop": "c7"}


async def test_an_old_token_is_left_out() -> None:
    shop = Shop({"": page()})
    shop.clock.forward(timedelta(minutes=10))

    await shop.pull()

    assert "token" not in shop.platform.asked[0]


async def test_a_refused_token_is_left_out_from_then_on() -> None:
    shop = Shop({"": page(cursor="c1", more=1), "c1": page(said(), cursor="c2")})
    shop.platform.refuses_tokens = True

    await shop.pull()

    assert ["token" in asked for asked in shop.platform.asked] == [True, False, False]
    assert len(shop.ledger.arrivals) == 1


async def test_another_process_that_was_quicker_is_followed() -> None:
    shop = Shop(
        {
            "": page(said(msgid="m1"), cursor="c1", more=1),
            "c1": page(said(msgid="m2"), cursor="c2"),
        }
    )
    shop.ledger.overtaken_by = ["c1"]

    await shop.pull()

    assert [arrival.key for arrival in shop.ledger.arrivals] == ["wecom:kf:m2"]
    assert shop.ledger.done == 1


@pytest.mark.parametrize(
    "pages",
    [
        {"": page(cursor="", more=1)},
        {"": page(said(), cursor="c1", more=1), "c1": page(said(), cursor="c1", more=1)},
        {
            "": page(cursor="a", more=1),
            "a": page(cursor="b", more=1),
            "b": page(cursor="a", more=1),
        },
    ],
)
async def test_a_server_that_never_ends_is_not_followed_for_ever(
    pages: dict[str, dict[str, Any]],
) -> None:
    shop = Shop(pages)

    with pytest.raises(PullStuck):
        await shop.pull()

    assert shop.ledger.done == 0
    assert len(shop.platform.asked) < 20


async def test_one_broken_item_does_not_hold_up_the_others() -> None:
    broken = [
        None,
        "text",
        {},
        said(msgid="m2", origin=9),
        said(msgid="m3", external_userid=""),
        said(msgid="m4", send_time="bald"),
        said(msgid="m5", text="nicht JSON"),
        said(msgid="m6", text={}),
    ]
    shop = Shop({"": page(*broken, said(msgid="m7"))})

    await shop.pull()

    *dead, good = shop.ledger.arrivals
    assert {letter.route for letter in dead} == {Route.DEAD}
    assert len({letter.key for letter in dead}) == len(broken)
    assert (good.key, good.route) == ("wecom:kf:m7", Route.HANDLE)


async def test_a_clients_words_are_kept_in_his_conversations_lane() -> None:
    arrival = await pulled(said(text={"content": "多少钱\ud83d", "menu_id": "101"}))

    assert arrival.kind == "client_message"
    assert arrival.lane == "kf:wkShop:wmWang"
    assert arrival.payload["speaker"] == "client"
    assert arrival.payload["text"] == "多少钱�"
    assert arrival.payload["extra"] == {"menu_id": "101"}
    assert arrival.payload["sent_at"] == "2026-11-24T01:59:55Z"


async def test_the_servicers_words_are_told_apart() -> None:
    arrival = await pulled(said(origin=5, servicer_userid="LiNa"))

    assert arrival.payload["speaker"] == "servicer"
    assert arrival.payload["servicer"] == "LiNa"


@pytest.mark.parametrize(
    ("msgtype", "content", "form", "text"),
    [
        ("image", {"media_id": "M"}, "image", ""),
        ("voice", {"media_id": "M"}, "voice", ""),
        ("video", {"media_id": "M"}, "video", ""),
        ("file", {"media_id": "M"}, "file", ""),
        (
            "location",
            {"latitude": 31.2, "longitude": 121.4, "name": "徐汇", "address": "漕溪路 1 号"},
            "location",
            "徐汇\n漕溪路 1 号",
        ),
        ("link", {"title": "CT", "desc": "", "url": "https://c"}, "link", "CT\nhttps://c"),
        ("business_card", {"userid": "LiNa"}, "other", ""),
        ("miniprogram", {"title": "小程序", "appid": "wx1"}, "other", "小程序"),
        ("msgmenu", {"head_content": "请选"}, "other", "请选"),
        ("channels_shop_product", {"product_id": "1", "title": "CT"}, "other", "CT"),
        ("channels_shop_order", {"order_id": "1"}, "other", ""),
        ("channels", {"sub_type": 1, "title": "直播"}, "other", "直播"),
        ("merged_msg", {"title": "聊天记录", "item": []}, "other", "聊天记录"),
        ("meeting", {}, "other", ""),
        ("of_tomorrow", {"x": {"y": 1}}, "other", ""),
    ],
)
async def test_every_kind_of_message_arrives(
    msgtype: str, content: dict[str, Any], form: str, text: str
) -> None:
    arrival = await pulled(said(msgtype) | {msgtype: content})

    assert arrival.route is Route.HANDLE
    assert (arrival.payload["form"], arrival.payload["text"]) == (form, text)
    assert arrival.payload["media_id"] == content.get("media_id")


@pytest.mark.parametrize(
    ("event_type", "change"),
    [
        ("enter_session", "entered"),
        ("session_status_change", "state_changed"),
        ("user_recall_msg", "recalled"),
        ("servicer_recall_msg", "recalled"),
        ("msg_send_fail", "send_failed"),
        ("reject_customer_msg_switch_change", "other"),
    ],
)
async def test_what_the_platform_says_of_a_conversation(event_type: str, change: str) -> None:
    arrival = await pulled(told(event_type, external_userid="wmWang", welcome_code="W1"))

    assert arrival.kind == "conversation_event"
    assert arrival.lane == "kf:wkShop:wmWang"
    assert arrival.payload["change"] == change
    assert arrival.payload["client_ref"] == "wmWang"
    assert arrival.payload["detail"] == {"event_type": event_type, "welcome_code": "W1"}


async def test_a_servicers_break_concerns_no_client() -> None:
    arrival = await pulled(told("servicer_status_change", servicer_userid="LiNa", status=2))

    assert arrival.lane == "wecom:events"
    assert arrival.payload["change"] == "servicer_status"
    assert arrival.payload["client_ref"] == ""


async def test_an_event_without_an_id_is_known_by_what_it_says() -> None:
    first = await pulled(told("enter_session", msgid="", external_userid="wmWang"))
    again = await pulled(told("enter_session", msgid="", external_userid="wmWang"))
    other = await pulled(told("enter_session", msgid="", external_userid="wmZhao"))

    assert first.key == again.key != other.key
