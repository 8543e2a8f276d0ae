"""The sandbox's own cryptography against the computed vectors."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.cast import demo_cast
from bot.sandbox.crypto import BadEnvelope, Envelope, card_sign, robot_sign

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "platforms/payloads/vectors.json").read_text(encoding="utf-8")
)
SEALED = [*VECTORS["wecom_callback"], *VECTORS["dingtalk_event"]]


def envelope_of(case: dict[str, Any]) -> Envelope:
    random16 = case.get("random16", "").encode()
    return Envelope(
        case["token"],
        case["encoding_aes_key"],
        case["receiveid"],
        random_bytes=lambda count: random16[:count],
    )


def is_sealed(case: dict[str, Any]) -> bool:
    return "random16" in case and bool(case["expected"]["accept"])


@pytest.mark.parametrize("case", [*filter(is_sealed, SEALED)], ids=lambda case: case["id"])
def test_envelopes_come_out_byte_for_byte(case: dict[str, Any]) -> None:
    envelope = envelope_of(case)

    sealed = envelope.seal(case["expected"]["plaintext"])

    assert sealed == case["encrypt"]
    assert envelope.sign(case["timestamp"], case["nonce"], sealed) == case["signature"]
    assert envelope.open(sealed) == case["expected"]["plaintext"]


def is_spoilt_inside(case: dict[str, Any]) -> bool:
    return case["expected"].get("code") in {-40005, -40007, -40008, -40010}


@pytest.mark.parametrize("case", [*filter(is_spoilt_inside, SEALED)], ids=lambda case: case["id"])
def test_spoilt_envelopes_are_not_opened(case: dict[str, Any]) -> None:
    with pytest.raises(BadEnvelope):
        envelope_of(case).open(case["encrypt"])


@pytest.mark.parametrize(
    "case",
    [c for c in VECTORS["dingtalk_robot_sign_header"] if c["expected"]["accept"]],
    ids=lambda case: case["id"],
)
def test_robot_pushes_are_signed_as_dingtalk_signs(case: dict[str, Any]) -> None:
    assert robot_sign(case["app_secret"], case["header_timestamp"]) == case["header_sign"]


@pytest.mark.parametrize(
    "case",
    [c for c in VECTORS["dingtalk_card_http_callback"] if c["expected"]["accept"]],
    ids=lambda case: case["id"],
)
def test_card_pushes_are_signed_as_dingtalk_signs(case: dict[str, Any]) -> None:
    signature = card_sign(case["api_secret_registered"], case["x-ddpaas-signature-timestamp"])

    assert signature == case["x-ddpaas-signature"]


def test_every_start_draws_new_credentials() -> None:
    one, other = demo_cast(), demo_cast()

    assert one.apps["kf"].secret != other.apps["kf"].secret
    assert one.dingtalk.client_secret != other.dingtalk.client_secret
    assert len(one.apps["assistant"].aes_key) == 43
