"""POST /api/leads, as a web form's connector sees it."""

import asyncio
import hashlib
import hmac
import io
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.databases import sqlite_only
from tests.web.house import KEY, KEYS, House, house, opened

BEARER = {"Authorization": f"Bearer {KEY}"}


async def posts(
    office: House, body: bytes | io.BytesIO | Mapping[str, Any], headers: Mapping[str, str] = BEARER
) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    data = body if isinstance(body, bytes | io.BytesIO) else json.dumps(body).encode()
    async with office.http.post("/api/leads", data=data, headers=headers) as answer:
        return answer.status, await answer.json(), answer.headers


def signed(body: bytes, *, source: str = "website", key: str = KEY, at: int) -> dict[str, str]:
    digest = hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Genjin-Source": source, "X-Genjin-Signature": f"t={at},v1={digest}"}


async def test_a_form_becomes_a_lead_that_somebody_owns(office: House) -> None:
    body = {"external_id": "f-1", "name": "王建国", "phone": "13800001234", "need": "想了解CT"}

    status, answer, _ = await posts(office, body)

    assert (status, answer) == (201, {"id": "L1", "client": "C1", "joined": False})
    lead = await office.lead()
    assert (lead.source, lead.owner_id, lead.product) == ("website", "lina", "CT设备")
    assert "assigned" in await office.kinds()


async def test_the_same_form_again_gets_the_same_answer_whatever_the_body(office: House) -> None:
    _, first, _ = await posts(office, {"external_id": "f-1", "need": "想了解CT"})
    before = await office.kinds()

    for body in (
        {"external_id": "f-1", "need": "别的"},
        {"external_id": "f-1"},
        {"external_id": "f-1", "no such field": [1]},
    ):
        assert (await posts(office, body))[:2] == (200, first)
    assert await office.kinds() == before


async def test_the_answer_outlives_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        first = await office.submits(need="想了解CT")

    async with opened(office.bot.settings) as office:
        assert await office.submits(need="想了解彩超") == first


async def test_ten_posts_at_once_make_one_lead(office: House) -> None:
    body = {"external_id": "f-1", "phone": "13800001234", "need": "想了解CT"}

    answers = await asyncio.gather(*(posts(office, body) for _ in range(10)))

    assert sorted(status for status, _, _ in answers) == [200] * 9 + [201]
    assert len({json.dumps(answer) for _, answer, _ in answers}) == 1


async def test_two_forms_of_one_phone_are_one_client(office: House) -> None:
    await posts(office, {"external_id": "f-1", "phone": "13800001234"})

    status, answer, _ = await posts(office, {"external_id": "f-2", "phone": "+86 138 0000 1234"})

    assert (status, answer) == (201, {"id": "L1", "client": "C1", "joined": True})


async def test_a_signature_opens_as_well_as_a_key(office: House) -> None:
    body = json.dumps({"external_id": "f-1", "need": "想了解CT"}).encode()
    now = int(office.clock.now().timestamp())

    status, _, _ = await posts(office, body, signed(body, at=now - 299))

    assert status == 201


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer 钥匙"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": "Bearer "},
        {"X-Genjin-Source": "website", "X-Genjin-Signature": "v1=00"},
        {"X-Genjin-Source": "website", "X-Genjin-Signature": "t=1,v1=00"},
        {"X-Genjin-Signature": "nonsense"},
    ],
)
async def test_a_stranger_hands_nothing_in(office: House, headers: Mapping[str, str]) -> None:
    status, answer, got = await posts(office, {"external_id": "f-1", "need": "x"}, headers)

    assert (status, answer["field"]) == (401, None)
    assert got["WWW-Authenticate"].startswith("Bearer")


async def test_a_signature_holds_for_its_source_its_body_and_five_minutes(office: House) -> None:
    body = json.dumps({"external_id": "f-1", "need": "想了解CT"}).encode()
    now = int(office.clock.now().timestamp())
    for headers in (
        signed(body, at=now - 301),
        signed(body, at=now + 301),
        signed(body + b" ", at=now),
        signed(body, at=now, source="landing"),
        signed(body, at=now, source="nobody", key="no such source"),
        signed(body, at=now, key=KEYS["landing"]),
    ):
        assert (await posts(office, body, headers))[0] == 401


async def test_the_sixty_first_call_within_a_minute_waits(office: House) -> None:
    for _ in range(60):
        await posts(office, b"{}")

    status, _, headers = await posts(office, {"external_id": "f-1", "need": "x"})
    assert (status, headers["Retry-After"]) == (429, "60")
    other = {"Authorization": f"Bearer {KEYS['landing']}"}
    assert (await posts(office, {"external_id": "f-1", "need": "x"}, other))[0] == 201

    office.clock.forward(timedelta(seconds=60))
    assert (await posts(office, {"external_id": "f-2", "need": "x"}))[0] == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"need": "x"}, "external_id"),
        ({"external_id": 5, "need": "x"}, "external_id"),
        ({"external_id": "a\0b", "need": "x"}, "external_id"),
        ({"external_id": "a\ud800b", "need": "x"}, "external_id"),
        ({"external_id": "f", "need": "x", "fone": "138"}, "fone"),
        ({"external_id": "f", "name": "王建国"}, "need"),
        ({"external_id": "f", "phone": 13800001234}, "phone"),
        ({"external_id": "f", "phone": "没有"}, "phone"),
        ({"external_id": "f", "need": "x" * 9000}, "need"),
        ({"external_id": "f", "need": "x", "budget": {"min": -1}}, "budget.min"),
        ({"external_id": "f", "need": "x", "budget": {"min": 1, "of": 2}}, "budget.of"),
        ({"external_id": "f", "need": "x", "budget": [1]}, "budget"),
        ({"external_id": "f", "need": "x", "extra": "y"}, "extra"),
        ({"external_id": "f", "need": "x", "created_at": "soon"}, "created_at"),
    ],
)
async def test_what_is_wrong_is_named(office: House, body: dict[str, Any], field: str) -> None:
    status, answer, _ = await posts(office, body)

    assert (status, answer["field"]) == (422, field)
    assert answer["error"]


async def test_a_misspelt_field_is_told_its_right_name(office: House) -> None:
    _, answer, _ = await posts(office, {"external_id": "f", "need": "x", "emial": "a@b.c"})

    assert answer["error"] == "没有字段 emial，您要写的可能是 email"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b"NaN"])
async def test_what_is_no_json_object_is_a_400(office: House, body: bytes) -> None:
    status, answer, _ = await posts(office, body)

    assert (status, answer["field"]) == (400, None)


async def test_more_than_a_mebibyte_is_a_413(office: House) -> None:
    status, answer, _ = await posts(office, io.BytesIO(b" " * ((1 << 20) + 1)))

    assert status == 413
    assert answer["error"]


@sqlite_only
async def test_a_database_that_is_gone_is_a_503(office: House) -> None:
    await office.loses_its_database()

    status, answer, _ = await posts(office, {"external_id": "f-1", "need": "x"})

    assert (status, answer["field"]) == (503, None)


async def test_a_restart_or_another_process_lets_nobody_hand_in_more(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        for number in range(60):
            await office.submits(external_id=f"f-{number}", need="想了解CT")

    async with opened(office.bot.settings) as again:
        status, _, headers = await posts(again, {"external_id": "f-60", "need": "想了解CT"})
        assert (status, headers["Retry-After"]) == (429, "60")
        assert (await posts(again, {"external_id": "f-0"}))[0] == 200
        again.clock.forward(timedelta(minutes=1))
        assert (await posts(again, {"external_id": "f-60", "need": "想了解CT"}))[0] == 201
