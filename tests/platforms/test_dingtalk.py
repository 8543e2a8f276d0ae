"""What DingTalk's robot hears, what is pressed on its cards, and subscribed events."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse

from bot.platforms.dingtalk import Delivery, DingTalkReader
from bot.platforms.dingtalk_http import hmac_base64
from bot.platforms.envelope import Envelope
from bot.platforms.wire import read_object
from crm_store.arrival import Arrival, Route
from tests.platforms.entrance import (
    CARD_SECRET,
    CLIENT_ID,
    CLIENT_SECRET,
    NOW,
    Entrance,
    dingtalk,
    entrance,
    payload,
    query,
)

MILLISECONDS = int(NOW.timestamp() * 1000)
EVENTS = Envelope("DtEvt0ken2026", "oYoEiL081MG2DY9Wq4N3j6JKP1ZZfkVxEOl1QRNsXdW", CLIENT_ID)


def heard(body: dict[str, Any] | str, *, oapi: str = "https://oapi.dingtalk.com") -> Arrival:
    text = body if isinstance(body, str) else json.dumps(body)
    (arrival,) = DingTalkReader(oapi).robot(Delivery(text, NOW))
    return arrival


def words(msgtype: str, **more: Any) -> dict[str, Any]:
    base = {"msgtype": msgtype, "msgId": "m1", "createAt": MILLISECONDS, "senderStaffId": "m01"}
    return base | more


def test_words_in_a_group_lose_the_space_after_the_mention() -> None:
    arrival = heard(payload("dingtalk_group_text.json"))

    told = arrival.payload
    assert (arrival.kind, arrival.key) == ("member_message", "dingtalk:msg:msgXyz==")
    assert arrival.lane == "member:dingtalk:manager01"
    assert (told["account"], told["text"], told["group"]) == ("manager01", "报价多少", "cidAbc==")
    assert told["sent_at"] == "2026-11-24T02:00:00.123000Z"
    assert told["reply"] == {
        "url": "https://oapi.dingtalk.com/robot/sendBySession?session=s%2F1",
        "expires_at": "2026-11-24T03:30:00.123000Z",
    }


@pytest.mark.parametrize(
    ("msgtype", "content", "form", "text", "media"),
    [
        (
            "richText",
            {
                "richText": [
                    {"text": "客户"},
                    {"type": "picture", "downloadCode": "D"},
                    {"text": "王总"},
                ]
            },
            "text",
            "客户王总",
            "D",
        ),
        ("richText", {"richText": [{"type": "picture", "downloadCode": "D"}]}, "image", "", "D"),
        ("richText", {"richText": "nothing"}, "image", "", None),
        ("picture", {"downloadCode": "D"}, "image", "", "D"),
        (
            "audio",
            {"duration": 9, "downloadCode": "D", "recognition": "已联系"},
            "voice",
            "已联系",
            "D",
        ),
        ("video", {"downloadCode": "D", "videoType": "mp4"}, "video", "", "D"),
        ("file", {"downloadCode": "D", "fileName": "报价.xlsx"}, "file", "", "D"),
    ],
)
def test_every_form_of_message_arrives(
    msgtype: str, content: dict[str, Any], form: str, text: str, media: str | None
) -> None:
    told = heard(words(msgtype, content=content)).payload

    assert (told["form"], told["text"], told["media_id"]) == (form, text, media)


def test_a_person_from_outside_has_no_account() -> None:
    body = words("text", text={"content": "在吗"}, senderStaffId=None, senderId="$:LWCP_v1:$abc")

    arrival = heard(body)

    assert arrival.payload["account"] == ""
    assert arrival.lane == "member:dingtalk:$:LWCP_v1:$abc"


def test_the_spent_quota_is_told_and_no_crash() -> None:
    arrival = heard(words("text", errCode=20001))

    assert arrival.kind == "directory_change"
    assert arrival.payload["change"] == "quota_spent"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/robot",
        "http://oapi.dingtalk.com/robot",
        "https://oapi.dingtalk.com.evil.example/",
        "https://oapi.dingtalk.com@evil.example/",
        "https://me@oapi.dingtalk.com/",
        "https://oapi.dingtalk.com:444/",
        "https://evil.example\\@oapi.dingtalk.com/",
        "https://oapi.dingtalk.com\t.evil.example/",
        "https://[oapi.dingtalk.com/",
        "//oapi.dingtalk.com/",
        "oapi.dingtalk.com",
        "",
        7,
    ],
)
def test_an_answer_never_goes_where_a_stranger_wants_it(url: object) -> None:
    body = words(
        "text",
        text={"content": "在吗"},
        sessionWebhook=url,
        sessionWebhookExpiredTime=MILLISECONDS,
    )

    assert heard(body).payload["reply"] is None


def test_a_sandbox_may_be_answered_where_the_settings_say() -> None:
    body = words(
        "text",
        text={"content": "在吗"},
        sessionWebhook="http://127.0.0.1:9001/robot/sendBySession?session=1",
        sessionWebhookExpiredTime=MILLISECONDS,
    )

    assert heard(body, oapi="http://127.0.0.1:9001").payload["reply"] is not None
    assert heard(body, oapi="http://127.0.0.1:9002").payload["reply"] is None


def test_an_unknown_kind_of_message_is_forgotten() -> None:
    assert DingTalkReader().robot(Delivery(json.dumps(words("chatRecord")), NOW)) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        "{}",
        '{"msgtype":"text","msgId":"m1"}',
        '{"msgtype":"text","msgId":"m1","text":"text"}',
        '{"msgtype":"text","text":{"content":"没有编号"}}',
        '{"msgtype":"audio","msgId":"m1","content":[]}',
        '{"msgtype":NaN}',
        "[" * 100_000,
        '{"a":' * 200 + "1" + "}" * 200,
    ],
)
def test_what_is_genuine_but_unreadable_is_kept_for_a_person(body: str) -> None:
    letter = heard(body)

    assert (letter.route, letter.payload) == (Route.DEAD, {"body": body})


def test_half_a_surrogate_pair_does_no_harm() -> None:
    arrival = heard(r'{"msgtype":"text","msgId":"m\ud83d1","text":{"content":"好\ud83d \u0000"}}')

    assert arrival.payload["text"] == "好� �"
    assert arrival.key.isascii()


def test_a_press_names_the_card_the_button_and_the_choices() -> None:
    (press,) = DingTalkReader().card(Delivery(payload("dingtalk_card_press.json"), NOW, mark="1"))

    assert (press.kind, press.lane) == ("card_press", "member:dingtalk:manager01")
    assert press.payload["card_key"] == "lead-42-v1"
    assert press.payload["action"] == "take"
    assert press.payload["choices"] == {"stage": "s1", "count": "2"}


def test_a_press_of_an_older_template_stands_in_value() -> None:
    body = read_object(payload("dingtalk_card_press.json"))
    body["value"] = body.pop("content")

    (press,) = DingTalkReader().card(Delivery(json.dumps(body), NOW))

    assert press.payload["action"] == "take"


def test_the_same_delivery_is_one_press_and_another_is_another() -> None:
    keys = [
        DingTalkReader().card(Delivery(payload("dingtalk_card_press.json"), NOW, mark=mark))[0].key
        for mark in ("mid1", "mid1", "mid2")
    ]

    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"cardPrivateData":{"actionIds":[]}}', "{"])
def test_a_press_of_nothing_is_kept_for_a_person(content: str) -> None:
    body = {"outTrackId": "lead-42", "userId": "m01", "content": content}

    (letter,) = DingTalkReader().card(Delivery(json.dumps(body), NOW))

    assert letter.route is Route.DEAD


async def robot_says(
    door: Entrance, body: bytes, headers: dict[str, str] | None = None
) -> ClientResponse:
    timestamp = str(MILLISECONDS)
    sign = hmac_base64(CLIENT_SECRET, f"{timestamp}\n{CLIENT_SECRET}")
    signed = {"timestamp": timestamp, "sign": sign} if headers is None else headers
    return await door.client.post(
        "/callbacks/dingtalk/robot",
        data=io.BytesIO(body),
        headers=signed | {"Content-Type": "text/html"},
    )


async def test_words_are_kept_before_dingtalk_hears_of_it() -> None:
    async with entrance() as door:
        answer = await robot_says(door, payload("dingtalk_group_text.json").encode())

        assert (answer.status, await answer.json()) == (200, {"msgtype": "empty"})
        assert door.inbox.only.payload["text"] == "报价多少"


async def test_what_could_not_be_kept_is_asked_for_again() -> None:
    async with entrance() as door:
        door.inbox.full = True

        answer = await robot_says(door, payload("dingtalk_group_text.json").encode())

        assert (answer.status, await answer.read()) == (503, b"")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * (2 << 20), 413),
        (b"", 400),
        (b"\xff", 400),
        (b"[]", 400),
        (b"[" * 500_000, 400),
        (b'{"a":1e999,"b":' + b"9" * 6000 + b"}", 400),
        (b"{}", 200),
        (b'{"msgtype":{"a":1},"msgId":[]}', 200),
    ],
)
async def test_a_strangers_body_never_harms(body: bytes, status: int) -> None:
    async with entrance() as door:
        assert (await robot_says(door, body)).status == status


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"timestamp": str(MILLISECONDS)},
        {"timestamp": "９" * 13, "sign": "签名"},
        {"timestamp": "9" * 5000, "sign": "x"},
        {"timestamp": "-1", "sign": "x"},
    ],
)
async def test_a_robot_without_a_right_sign_is_refused(headers: dict[str, str]) -> None:
    async with entrance() as door:
        answer = await robot_says(door, b"{}", headers)

        assert (answer.status, door.inbox.arrivals) == (403, [])


async def test_a_pressed_card_over_http_is_answered_with_no_change() -> None:
    async with entrance() as door:
        answer = await press(door, MILLISECONDS)

        assert (answer.status, await answer.json()) == (200, {})
        assert door.inbox.only.kind == "card_press"


async def test_an_old_press_is_refused() -> None:
    async with entrance() as door:
        assert (await press(door, MILLISECONDS - 601_000)).status == 403


async def press(door: Entrance, timestamp: int) -> ClientResponse:
    return await door.client.post(
        "/callbacks/dingtalk/cards",
        data=payload("dingtalk_card_press.json"),
        headers={
            "x-ddpaas-signature-timestamp": str(timestamp),
            "x-ddpaas-signature": hmac_base64(CARD_SECRET, str(timestamp)),
        },
    )


async def event(door: Entrance, plaintext: str, *, late: timedelta = timedelta()) -> ClientResponse:
    timestamp = str(int((NOW - late).timestamp() * 1000))
    sealed = EVENTS.seal(plaintext, timestamp=timestamp, nonce="n1")
    return await door.client.post(
        "/callbacks/dingtalk/events", params=query(sealed), json={"encrypt": sealed.encrypt}
    )


async def success(answer: ClientResponse) -> bool:
    reply = await answer.json()
    return (
        EVENTS.open(reply["msg_signature"], reply["timeStamp"], reply["nonce"], reply["encrypt"])
        == "success"
    )


async def test_an_event_is_kept_and_answered_with_the_encrypted_word() -> None:
    async with entrance() as door:
        answer = await event(door, '{"EventType":"user_leave_org","UserId":["m01"],"eventId":"e1"}')

        assert await success(answer)
        arrival = door.inbox.only
        assert (arrival.key, arrival.lane) == ("dingtalk:event:e1", "dingtalk:events")
        assert arrival.payload["change"] == "user_leave_org"
        assert arrival.payload["detail"]["UserId"] == ["m01"]


async def test_the_check_of_the_address_is_answered_and_not_kept() -> None:
    async with entrance() as door:
        assert await success(await event(door, '{"EventType":"check_url"}'))
        assert door.inbox.arrivals == []


async def test_an_unreadable_event_is_kept_for_a_person() -> None:
    async with entrance() as door:
        assert await success(await event(door, "{"))
        assert door.inbox.only.route is Route.DEAD


async def test_an_old_event_is_refused() -> None:
    async with entrance() as door:
        assert (await event(door, "{}", late=timedelta(minutes=11))).status == 403


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"encrypt":1.5}', b"\xff", b"[" * 99_999])
async def test_an_event_that_is_no_envelope_is_refused(body: bytes) -> None:
    async with entrance() as door:
        params = query(EVENTS.seal("{}", timestamp=str(MILLISECONDS), nonce="n"))

        answer = await door.client.post("/callbacks/dingtalk/events", params=params, data=body)

        assert answer.status == 400


async def test_stream_mode_has_no_addresses() -> None:
    async with entrance(dingtalk_settings=dingtalk(mode="stream")) as door:
        assert (await robot_says(door, b"{}")).status == 404
