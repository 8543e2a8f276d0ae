"""What WeCom pushes, and what becomes of it."""

import asyncio
import base64
import gzip
import io
from datetime import timedelta
from xml.sax.saxutils import escape

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.platforms.envelope import Envelope, EnvelopeError
from crm_store.arrival import Route
from tests.platforms.entrance import (
    AES_KEY,
    CORP_ID,
    NOW,
    TOKEN,
    Entrance,
    entrance,
    payload,
    query,
    vectors,
)

SECONDS = int(NOW.timestamp())


def message(msgtype: str = "text", msg_id: str = "7351", sender: str = "LiNa", **more: str) -> str:
    fields = {"FromUserName": sender, "CreateTime": str(SECONDS), "MsgType": msgtype, **more}
    if msg_id:
        fields["MsgId"] = msg_id
    inside = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    return f"<xml>{inside}</xml>"


async def test_a_members_words_are_kept_before_wecom_hears_of_it() -> None:
    async with entrance() as door:
        answer = await door.wecom_says(message(Content="录入 王总 要 20 套 <CT>"))

        assert (answer.status, await answer.read()) == (200, b"")
        arrival = door.inbox.only
        assert arrival.kind == "member_message"
        assert arrival.key == "wecom:msg:assistant:7351"
        assert arrival.lane == "member:wecom:lina"
        assert arrival.payload["account"] == "LiNa"
        assert arrival.payload["text"] == "录入 王总 要 20 套 <CT>"
        assert arrival.payload["sent_at"] == "2026-11-24T02:00:00Z"


async def test_what_could_not_be_kept_is_asked_for_again() -> None:
    async with entrance() as door:
        door.inbox.full = True

        answer = await door.wecom_says(message(Content="在吗"))

        assert (answer.status, await answer.read()) == (503, b"")


@pytest.mark.parametrize(
    ("fields", "form", "text", "media"),
    [
        ({"msgtype": "image", "PicUrl": "https://p", "MediaId": "M1"}, "image", "", "M1"),
        ({"msgtype": "voice", "MediaId": "M2", "Format": "amr"}, "voice", "", "M2"),
        ({"msgtype": "video", "MediaId": "M3"}, "video", "", "M3"),
        ({"msgtype": "location", "Label": "上海市徐汇区"}, "location", "上海市徐汇区", None),
        ({"msgtype": "link", "Title": "招标", "Url": "https://t"}, "link", "招标\nhttps://t", None),
    ],
)
async def test_every_form_of_message_arrives(
    fields: dict[str, str], form: str, text: str, media: str | None
) -> None:
    async with entrance() as door:
        await door.wecom_says(message(**fields))

        told = door.inbox.only.payload
        assert (told["form"], told["text"], told["media_id"]) == (form, text, media)


async def test_a_press_brings_the_code_and_the_choices_in_either_spelling() -> None:
    async with entrance() as door:
        await door.wecom_says(payload("wecom_card_press.xml"))

        press = door.inbox.only
        assert press.kind == "card_press"
        assert press.lane == "member:wecom:lina"
        assert press.payload["card_key"] == "lead-42-v1"
        assert press.payload["action"] == "contacted"
        assert press.payload["code"] == "RC-1"
        assert press.payload["choices"] == {"stage": "s1,s2", "reason": "price"}


async def test_a_menu_item_is_a_press_as_well() -> None:
    async with entrance() as door:
        text = payload("wecom_card_press.xml")
        await door.wecom_says(text.replace("template_card_event", "template_card_menu_event"))

        assert door.inbox.only.kind == "card_press"


async def test_a_new_contact_brings_its_source_and_the_welcome_code() -> None:
    async with entrance() as door:
        await door.wecom_says(payload("wecom_add_contact.xml"), app="kf")

        told = door.inbox.only.payload
        assert told["change"] == "add_external_contact"
        assert (told["account"], told["client_ref"]) == ("LiNa", "wmWang")
        assert (told["state"], told["welcome_code"]) == ("expo", "WC-1")


async def test_two_contacts_within_a_second_are_two_events() -> None:
    async with entrance() as door:
        await door.wecom_says(payload("wecom_add_contact.xml"))
        await door.wecom_says(payload("wecom_add_contact.xml").replace("wmWang", "wmZhao"))

        first, second = door.inbox.arrivals
        assert first.key != second.key


async def test_a_repeated_event_has_the_same_key_however_it_is_sealed() -> None:
    async with entrance() as door:
        await door.wecom_says(payload("wecom_kf_pointer.xml"))
        await door.wecom_says(payload("wecom_kf_pointer.xml"), at=NOW + timedelta(seconds=10))

        first, second = door.inbox.arrivals
        assert first == second


async def test_waiting_client_messages_are_only_pointed_at() -> None:
    async with entrance() as door:
        await door.wecom_says(payload("wecom_kf_pointer.xml"), app="kf")

        pointer = door.inbox.only
        assert (pointer.kind, pointer.route) == ("kf_pointer", Route.PULL)
        assert pointer.lane == "kf-pull:wkShop"
        assert pointer.payload == {
            "open_kfid": "wkShop",
            "token": "ENC-1",
            "app": "kf",
            "created_at": "2026-11-24T02:00:00+00:00",
        }


async def test_a_change_of_a_group_is_kept_with_all_it_says() -> None:
    async with entrance() as door:
        await door.wecom_says(payload("wecom_chat_change.xml"))

        told = door.inbox.only.payload
        assert told["change"] == "change_external_chat"
        assert told["detail"]["MemChangeList"] == ["wmA", "wmB"]


@pytest.mark.parametrize("name", ["enter_agent", "LOCATION", "view", "click", "of_tomorrow"])
async def test_what_nobody_needs_is_acknowledged_and_forgotten(name: str) -> None:
    async with entrance() as door:
        answer = await door.wecom_says(message("event", msg_id="", Event=name))

        assert answer.status == 200
        assert door.inbox.arrivals == []


async def test_an_unknown_kind_of_message_is_acknowledged() -> None:
    async with entrance() as door:
        answer = await door.wecom_says(message("hologram"))

        assert (answer.status, door.inbox.arrivals) == (200, [])


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "在吗",
        "<xml><MsgType>text</MsgType>",
        "<xml></xml>",
        message(msg_id="", Content="没有编号"),
        message("text").replace(str(SECONDS), "昨天"),
        message("event", msg_id="", Event="change_external_contact"),
        '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><xml><MsgType>&b;</MsgType></xml>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
        "<a>" * 50_000,
    ],
)
async def test_what_is_genuine_but_unreadable_is_kept_for_a_person(inside: str) -> None:
    async with entrance() as door:
        answer = await door.wecom_says(inside)

        letter = door.inbox.only
        assert answer.status == 200
        assert (letter.route, letter.payload) == (Route.DEAD, {"body": inside})
        assert letter.error


async def test_genuine_bytes_that_are_no_text_are_kept_too() -> None:
    async with entrance() as door:
        answer = await door.wecom_posts(door.sign(_sealed_bytes(b"\xff")))

        assert answer.status == 200
        assert door.inbox.only.route is Route.DEAD


async def test_bytes_that_are_no_text_for_somebody_else_are_refused() -> None:
    async with entrance() as door:
        answer = await door.wecom_posts(door.sign(_sealed_bytes(b"\xff", corp_id="ww00")))

        assert answer.status == 400
        assert door.inbox.arrivals == []


def _sealed_bytes(message: bytes, *, corp_id: str = CORP_ID) -> str:
    """An envelope that no honest sender makes: its message is no UTF-8."""
    key = base64.b64decode(AES_KEY + "=")
    plain = b"r" * 16 + len(message).to_bytes(4, "big") + message + corp_id.encode()
    pad = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad)).decode()


@pytest.mark.parametrize("minutes", [-11, 11])
async def test_an_old_or_early_callback_is_refused(minutes: int) -> None:
    async with entrance() as door:
        at = NOW + timedelta(minutes=minutes)

        assert (await door.wecom_says(message(Content="在吗"), at=at)).status == 403
        assert (await door.wecom_verifies(door.seal("1", at=at))).status == 403
        assert door.inbox.arrivals == []


async def test_an_app_that_is_not_in_the_settings_has_no_callback() -> None:
    async with entrance() as door:
        assert (await door.wecom_says(message(), app="other")).status == 404
        assert (await door.wecom_verifies(door.seal("1"), app="other")).status == 404


@pytest.mark.parametrize("missing", ["msg_signature", "timestamp", "nonce", "echostr"])
async def test_a_missing_or_doubled_parameter_is_refused(missing: str) -> None:
    async with entrance() as door:
        sealed = door.seal("1")
        params = query(sealed) | {"echostr": sealed.encrypt}
        doubled = [*params.items(), (missing, params[missing])]
        del params[missing]

        for given in (params, doubled):
            answer = await door.client.get("/callbacks/wecom/assistant", params=given)
            assert answer.status == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * (2 << 20), 413),
        (b"", 400),
        (b"\xff\xfe\x00", 400),
        (b"{}", 400),
        (b"<xml></xml>", 400),
        (b"<xml><Encrypt></Encrypt></xml>", 400),
        (b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>", 400),
        (b"<a>" * 300_000, 400),
        (b'<!DOCTYPE x [<!ENTITY a "aa">]><xml><Encrypt>&a;</Encrypt></xml>', 400),
        (b"<xml><Encrypt>x</Encrypt>" + b"<a>" * 300_000, 400),
        (b'<?xml version="1.0" encoding="ebcdic"?><xml><Encrypt>YQ==</Encrypt></xml>', 403),
        ("<xml><Encrypt>密文</Encrypt></xml>".encode(), 403),
    ],
)
async def test_a_strangers_body_never_harms(body: bytes, status: int) -> None:
    async with entrance() as door:
        params = query(door.seal("1"))

        answer = await _post(door, body, params=params)

        assert answer == status
        assert door.inbox.arrivals == []


@pytest.mark.parametrize("body", [b"<xml>", gzip.compress(b"x" * (4 << 20))])
async def test_a_packed_body_is_not_unpacked(body: bytes) -> None:
    async with entrance() as door:
        head = (
            "POST /callbacks/wecom/assistant HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n"
            f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", door.client.server.port)

        writer.write(head.encode() + body)
        line = await reader.readline()

        assert line.split()[1] == b"415"
        writer.close()


async def _post(door: Entrance, body: bytes, *, params: dict[str, str]) -> int:
    answer = await door.client.post(
        "/callbacks/wecom/assistant",
        params=params,
        data=io.BytesIO(body),
        headers={"Content-Type": "image/png"},
    )
    return answer.status


async def test_strange_characters_in_the_query_are_refused_politely() -> None:
    async with entrance() as door:
        for value in ("签名", "\x00", "%", "9" * 5000):
            params = {"msg_signature": value, "timestamp": value, "nonce": value, "echostr": value}
            answer = await door.client.get("/callbacks/wecom/assistant", params=params)
            assert answer.status in (400, 403)


def test_a_key_of_the_wrong_length_is_found_at_start() -> None:
    with pytest.raises(EnvelopeError, match="42"):
        Envelope(TOKEN, "a" * 42, CORP_ID)


def test_an_ai_bots_envelope_has_no_receiver() -> None:
    case = vectors("wecom_aibot_json")[0]
    bot = Envelope(case["token"], case["encoding_aes_key"], "")

    sealed = bot.seal("在", timestamp="1", nonce="2")

    assert bot.open(sealed.signature, "1", "2", sealed.encrypt) == "在"
