"""POST /api/records/customers, as a registered system sees it."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.databases import sqlite_only
from tests.web.house import KEYS, House, opened, settings_for

KEY = "erp-key-0123456789"
BEARER = {"Authorization": f"Bearer {KEY}"}
CUSTOMER = {"external_id": "K-1", "company": "上海康源医疗器械有限公司", "phone": "13800001234"}
SYSTEMS = [{"name": "erp", "sets": {"company": "theirs", "phone": "newest"}, "calls_a_minute": 90}]


@pytest.fixture
async def office(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    keys = {**KEYS, "erp": KEY}
    settings = await settings_for(tmp_path, database_url=database_url, api_keys=keys)
    assert settings.rules_dir is not None
    rules = yaml.safe_dump({"systems": SYSTEMS})
    (settings.rules_dir / "connections.yaml").write_text(rules, encoding="utf-8")
    async with opened(settings) as house:
        yield house


async def posts(
    office: House,
    body: bytes | Mapping[str, Any],
    headers: Mapping[str, str] = BEARER,
    kind: str = "customers",
) -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with office.http.post(f"/api/records/{kind}", data=data, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_record_is_new_once_and_known_ever_after(office: House) -> None:
    first = await posts(office, CUSTOMER)
    again = await posts(office, CUSTOMER)
    other = await posts(office, {**CUSTOMER, "phone": "13900004321"})

    answer = {"id": "C1", "client": "C1", "joined": False}
    assert first == (201, {**answer, "changed": ["company", "phone"]})
    assert again == (200, {**answer, "changed": []})
    assert other == (200, {**answer, "changed": ["phone"]})
    async with office.http.get("/metrics") as metrics:
        figures = await metrics.text()
    assert 'genjin_records_taken_total{outcome="changed",system="erp"} 1.0' in figures


async def test_ten_posts_at_once_make_one_client(office: House) -> None:
    answers = await asyncio.gather(*(posts(office, CUSTOMER) for _ in range(10)))

    assert sorted(status for status, _ in answers) == [200] * 9 + [201]
    assert {answer["client"] for _, answer in answers} == {"C1"}


@sqlite_only
async def test_a_signature_opens_as_well_as_a_key(office: House) -> None:
    body = json.dumps(CUSTOMER).encode()
    at = int(office.clock.now().timestamp())
    digest = hmac.new(KEY.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Genjin-Source": "erp", "X-Genjin-Signature": f"t={at},v1={digest}"}

    assert (await posts(office, body, headers))[0] == 201
    assert (await posts(office, body + b" ", headers))[0] == 401


@sqlite_only
async def test_only_registered_systems_hand_in_clients(office: House) -> None:
    assert (await posts(office, CUSTOMER, {}))[0] == 401
    website = {"Authorization": f"Bearer {KEYS['website']}"}
    status, answer = await posts(office, CUSTOMER, website)

    assert status == 403
    assert "connections.yaml" in answer["error"]
    assert (await posts(office, CUSTOMER, kind="spells"))[0] == 404


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"company": "康源"}, "external_id"),
    ({"external_id": 7, "company": "康源"}, "external_id"),
    ({"external_id": "a\0b", "company": "康源"}, "external_id"),
    ({"external_id": "K"}, "name"),
    ({"external_id": "K", "fone": "138"}, "fone"),
    ({"external_id": "K", "phone": "没有"}, "phone"),
    ({"external_id": "K", "email": "a@b"}, "email"),
    ({"external_id": "K", "company": "康" * 201}, "company"),
    ({"external_id": "K", "company": "康源", "version": "3"}, "version"),
    ({"external_id": "K", "company": "康源", "version": -1}, "version"),
    ({"external_id": "K", "company": "康源", "version": 2**63}, "version"),
    ({"external_id": "K", "company": "康源", "updated_at": "soon"}, "updated_at"),
    ({"external_id": "K", "company": "康源", "cid": "1"}, "cid"),
    ({"external_id": "K", "company": "康源", "cid": "C99"}, "cid"),
    ({"external_id": "K", "company": "康源", "cid": "C9999999999999999"}, "cid"),
]


@sqlite_only
async def test_what_is_wrong_is_named(office: House) -> None:
    for body, field in WRONG:
        status, answer = await posts(office, body)

        assert (status, answer["field"]) == (422, field), body
        assert answer["error"]


@sqlite_only
async def test_what_is_no_json_object_is_a_400(office: House) -> None:
    for body in (b"", b"[]", b"\xff", b"[" * 100_000):
        assert (await posts(office, body))[0] == 400


@sqlite_only
async def test_a_system_calls_as_often_as_it_is_allowed(office: House) -> None:
    for _ in range(90):
        await posts(office, b"{}")

    assert (await posts(office, CUSTOMER))[0] == 429
    office.clock.forward(timedelta(minutes=1))
    assert (await posts(office, CUSTOMER))[0] == 201
