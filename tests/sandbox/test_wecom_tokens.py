"""Tokens of qyapi, and what is refused before a call is even looked at."""

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import blamed


async def test_within_its_life_a_token_is_the_same(
    sandbox: Sandbox, caller: Caller, clock: TurnedClock
) -> None:
    keys = {"corpid": sandbox.cast.corp_id, "corpsecret": sandbox.cast.apps["kf"].secret}

    first = await caller.get_token(**keys)
    clock.forward(timedelta(minutes=10))
    second = await caller.get_token(**keys)
    clock.forward(timedelta(hours=2))
    third = await caller.get_token(**keys)

    assert first["access_token"] == second["access_token"] != third["access_token"]
    assert (first["expires_in"], second["expires_in"], third["expires_in"]) == (7200, 6600, 7200)
    assert sandbox.ledger.token_fetches("kf") == 3


async def test_wrong_credentials_are_told_apart(sandbox: Sandbox, caller: Caller) -> None:
    secret = sandbox.cast.apps["kf"].secret

    wrong_corp = await caller.get_token(corpid="wwother", corpsecret=secret)
    wrong_secret = await caller.get_token(corpid=sandbox.cast.corp_id, corpsecret="no")

    assert wrong_corp["errcode"] == 40013
    assert wrong_secret["errcode"] == 40001


async def test_tokens_are_fetched_by_get_only(sandbox: Sandbox, caller: Caller) -> None:
    assert (await caller.post("wecom/cgi-bin/gettoken", {})).status == 404
    assert blamed(sandbox)


async def test_missing_unknown_expired_and_revoked_tokens_are_refused(
    sandbox: Sandbox, caller: Caller, clock: TurnedClock
) -> None:
    good = await caller.token("assistant")

    async def errcode(token: str) -> Any:
        return (await caller.wecom("message/send", {}, token=token))["errcode"]

    assert await errcode("") == 41001
    assert await errcode("nonsense") == 40014
    clock.forward(timedelta(hours=2))
    assert await errcode(good) == 42001
    sandbox.faults.revoke_tokens()
    assert await errcode(good) == 40014
    assert blamed(sandbox) == ["message/send: 41001 access_token missing"]


@pytest.mark.parametrize(("path", "other"), [("kf/sync_msg", "assistant"), ("message/send", "kf")])
async def test_an_app_calls_only_its_own_part(
    sandbox: Sandbox, caller: Caller, path: str, other: str
) -> None:
    answer = await caller.wecom(path, {}, token=await caller.token(other))

    assert answer["errcode"] == 40014
    assert blamed(sandbox)


async def test_a_body_is_a_json_object(sandbox: Sandbox, caller: Caller) -> None:
    answer = await caller.wecom("message/send", ["no object"])

    assert answer["errcode"] == 47001
    assert blamed(sandbox)
