"""Scripted misbehaviour, and how the ledger tells of it."""

import asyncio

import pytest
from aiohttp import ServerDisconnectedError

from bot.sandbox.ledger import Outcome
from bot.sandbox.server import Sandbox
from tests.sandbox.caller import Caller
from tests.sandbox.test_dingtalk import BATCH_SEND, words


async def test_a_scripted_code_does_nothing_and_passes(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.will_answer("message/send", 45009, times=2)

    codes = [(await caller.says("lina", "您好"))["errcode"] for _ in range(3)]

    assert codes == [45009, 45009, 0]
    assert len(sandbox.screen("lina")) == 1
    assert [call.code for call in sandbox.ledger.of("message/send")] == [45009, 45009, 0]


async def test_an_untrusted_address_is_named(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.refuse_ip("/cgi-bin/message/send", "203.0.113.7")

    answer = await caller.says("lina", "您好")

    assert answer["errcode"] == 60020
    assert "from ip: 203.0.113.7" in answer["errmsg"]


async def test_what_is_delivered_may_go_unanswered(sandbox: Sandbox, caller: Caller) -> None:
    await caller.token("assistant")
    sandbox.faults.drop_after_delivery("message/send")

    with pytest.raises(ServerDisconnectedError):
        await caller.says("lina", "您好")

    (call,) = sandbox.ledger.of("message/send")
    assert call.cut
    assert call.outcome is Outcome.DELIVERED
    assert [item.text for item in sandbox.screen("lina")] == ["您好"]


async def test_a_bare_status_may_come(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.http_status(BATCH_SEND, 500)
    token = await caller.dingtalk_token()
    url = caller.url(f"dingtalk/{BATCH_SEND}")

    async with caller.session.post(url, json=words(sandbox), headers={"x": token}) as answer:
        assert answer.status == 500

    assert sandbox.screen("chen") == []


async def test_a_new_host_says_its_codes_with_a_status(sandbox: Sandbox, caller: Caller) -> None:
    flood = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "u"}
    sandbox.faults.will_answer(BATCH_SEND, "Forbidden.AccessDenied.QpsLimitForApi")
    sandbox.faults.will_answer_body(BATCH_SEND, 200, flood)

    busy = await caller.dingtalk(BATCH_SEND, words(sandbox))
    odd = await caller.dingtalk(BATCH_SEND, words(sandbox))

    assert (busy.status, busy.body["code"]) == (403, "Forbidden.AccessDenied.QpsLimitForApi")
    assert odd.body == flood


async def test_a_slow_call_waits_for_its_gate(sandbox: Sandbox, caller: Caller) -> None:
    await sandbox.client_writes("zhao", "在吗")
    gate = asyncio.Event()
    sandbox.faults.slow("kf/send_msg", gate)

    slow = asyncio.create_task(caller.answers_client("慢"))
    await caller.says("lina", "快")
    assert not slow.done()
    gate.set()
    await slow

    assert sandbox.screen("lina")[-1].text == "快"
    assert sandbox.screen("zhao")[-1].text == "慢"


async def test_a_sandbox_stops_with_calls_still_held(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.slow("gettoken", asyncio.Event())
    held = asyncio.create_task(caller.get_token(corpid="x", corpsecret="y"))
    await asyncio.sleep(0)

    await sandbox.stop()

    await asyncio.gather(held, return_exceptions=True)
