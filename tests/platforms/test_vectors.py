"""Every worked example of the platforms' signatures and envelopes, each with its own clock."""

from datetime import UTC, datetime
from typing import Any

import pytest
from yarl import URL

from bot.platforms.dingtalk_http import robot_fault
from bot.platforms.envelope import Envelope, EnvelopeError, Sealed
from bot.platforms.wire import moment, read_object
from tests.platforms.entrance import Vector, dingtalk, entrance, vectors, wecom

ENVELOPES = [*vectors("wecom_callback"), *vectors("wecom_aibot_json"), *vectors("dingtalk_event")]
LONGEST_LINE = 4096
STATUS = {-40001: 403, -40005: 403, -40007: 400, -40008: 400, -40010: 400}


def every(cases: list[Vector]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case["id"] for case in cases])


def sealed(case: Vector) -> Sealed:
    return Sealed(case["encrypt"], case["signature"], case["timestamp"], case["nonce"])


def envelope_of(case: Vector, **more: Any) -> Envelope:
    return Envelope(case["token"], case["encoding_aes_key"], case["receiveid"], **more)


def opened(case: Vector) -> str:
    return envelope_of(case).open(
        case["signature"], case["timestamp"], case["nonce"], case["encrypt"]
    )


@every([case for case in ENVELOPES if case["expected"]["accept"]])
def test_a_genuine_envelope_gives_its_message(case: Vector) -> None:
    assert opened(case) == case["expected"]["plaintext"]


@every([case for case in ENVELOPES if not case["expected"]["accept"]])
def test_a_bad_envelope_fails_at_its_check(case: Vector) -> None:
    with pytest.raises(EnvelopeError) as refused:
        opened(case)

    assert refused.value.code == case["expected"]["code"]


@every([case for case in ENVELOPES if case["expected"]["accept"] and "random16" in case])
def test_sealing_gives_the_platforms_own_bytes(case: Vector) -> None:
    envelope = envelope_of(case, entropy=lambda _: case["random16"].encode())

    answer = envelope.seal(
        case["expected"]["plaintext"], timestamp=case["timestamp"], nonce=case["nonce"]
    )

    assert answer == sealed(case)


@every(vectors("wecom_callback"))
async def test_wecom_callback_over_http(case: Vector) -> None:
    expected = case["expected"]
    settings = wecom(
        token=case["token"], aes_key=case["encoding_aes_key"], corp_id=case["receiveid"]
    )
    async with entrance(now=moment(case["timestamp"]), wecom_settings=settings) as door:
        pushed = await door.wecom_posts(sealed(case))

        if expected["accept"]:
            assert (pushed.status, await pushed.read()) == (200, b"")
        else:
            assert pushed.status == STATUS[expected["code"]]
            assert door.inbox.arrivals == []


@every([case for case in vectors("wecom_callback") if len(case["encrypt"]) < LONGEST_LINE])
async def test_wecom_verification_over_http(case: Vector) -> None:
    expected = case["expected"]
    settings = wecom(
        token=case["token"], aes_key=case["encoding_aes_key"], corp_id=case["receiveid"]
    )
    async with entrance(now=moment(case["timestamp"]), wecom_settings=settings) as door:
        answer = await door.wecom_verifies(sealed(case))

        if expected["accept"]:
            assert (answer.status, await answer.text()) == (200, expected["plaintext"])
        else:
            assert answer.status == STATUS[expected["code"]]


@every([case for case in vectors("wecom_callback") if "query_percent_encoded" in case])
async def test_wecom_verification_as_the_platform_encodes_it(case: Vector) -> None:
    async with entrance(now=moment(case["timestamp"])) as door:
        path = f"/callbacks/wecom/assistant?{case['query_percent_encoded']}"
        answer = await door.client.get(URL(path, encoded=True))

        assert answer.status == case["expected_http"]["status"]
        assert await answer.text() == case["expected_http"]["body"]


@every([case for case in vectors("wecom_callback") if "post_body" in case])
async def test_wecom_push_as_the_platform_writes_it(case: Vector) -> None:
    async with entrance(now=moment(case["timestamp"])) as door:
        signed = {
            "msg_signature": case["signature"],
            "timestamp": case["timestamp"],
            "nonce": case["nonce"],
        }
        answer = await door.client.post(
            "/callbacks/wecom/assistant", params=signed, data=case["post_body"]
        )

        assert answer.status == 200


@every(vectors("dingtalk_event"))
async def test_dingtalk_event_over_http(case: Vector) -> None:
    expected = case["expected"]
    settings = dingtalk(
        event_token=case["token"],
        event_aes_key=case["encoding_aes_key"],
        event_receive_id=case["receiveid"],
    )
    async with entrance(now=moment(case["timestamp"]), dingtalk_settings=settings) as door:
        for name in ("signature", "msg_signature"):
            answer = await door.client.post(
                "/callbacks/dingtalk/events",
                params={
                    name: case["signature"],
                    "timestamp": case["timestamp"],
                    "nonce": case["nonce"],
                },
                json={"encrypt": case["encrypt"]},
            )

            if expected["accept"]:
                assert answer.status == 200
                assert _decrypted(case, await answer.text()) == "success"
            else:
                assert answer.status == STATUS[expected["code"]]


def _decrypted(case: Vector, answer: str) -> str:
    reply = read_object(answer)
    return envelope_of(case).open(
        reply["msg_signature"], reply["timeStamp"], reply["nonce"], reply["encrypt"]
    )


@every(vectors("dingtalk_robot_sign_header"))
def test_the_robots_sign_header(case: Vector) -> None:
    now = _at(case["now_ms"])

    fault = robot_fault(case["app_secret"], case["header_timestamp"], case["header_sign"], now)

    assert fault == case["expected"].get("reason")


@every(vectors("dingtalk_robot_sign_header"))
async def test_the_robots_sign_header_over_http(case: Vector) -> None:
    settings = dingtalk(client_secret=case["app_secret"])
    async with entrance(now=_at(case["now_ms"]), dingtalk_settings=settings) as door:
        answer = await door.client.post(
            "/callbacks/dingtalk/robot",
            json={"msgtype": "text", "text": {"content": "在吗"}, "msgId": "m1"},
            headers={"timestamp": case["header_timestamp"], "sign": case["header_sign"]},
        )

        assert answer.status == (200 if case["expected"]["accept"] else 403)
        assert len(door.inbox.arrivals) == case["expected"]["accept"]


@every(vectors("dingtalk_card_http_callback"))
async def test_the_signature_of_a_pressed_card(case: Vector) -> None:
    settings = dingtalk(card_callback_secret=case["api_secret_registered"])
    timestamp = case["x-ddpaas-signature-timestamp"]
    async with entrance(now=moment(timestamp), dingtalk_settings=settings) as door:
        answer = await door.client.post(
            "/callbacks/dingtalk/cards",
            json={
                "outTrackId": "lead-42",
                "userId": "manager01",
                "content": '{"cardPrivateData":{"actionIds":["take"]}}',
            },
            headers={
                "x-ddpaas-signature-timestamp": timestamp,
                "x-ddpaas-signature": case["x-ddpaas-signature"],
            },
        )

        assert answer.status == (200 if case["expected"]["accept"] else 403)
        assert len(door.inbox.arrivals) == case["expected"]["accept"]


def _at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
