"""How WeCom hands callbacks over: sealed, signed, at most three times, five seconds each."""

import asyncio

import pytest
from aiohttp import web

from bot.sandbox.server import Sandbox
from bot.sandbox.wecom import xml
from bot.sandbox.world import Patience
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import blamed
from tests.sandbox.listener import Listener


async def test_a_members_words_arrive_as_a_message(sandbox: Sandbox, bot: Listener) -> None:
    push = await sandbox.member_writes("lina", "今天先打谁 <b>]]>")

    app, message = bot.heard[0]
    assert push.accepted
    assert app == "assistant"
    assert message["Content"] == "今天先打谁 <b>]]>"
    assert message["FromUserName"] == "LiNa"
    assert message["CreateTime"] == str(sandbox.world.seconds)
    assert message["AgentID"] == "1000002"
    assert message["MsgId"].isdigit()
    assert [item.text for item in sandbox.screen("lina") if item.mine] == ["今天先打谁 <b>]]>"]


async def test_a_refused_callback_is_tried_three_times_and_sealed_anew(
    sandbox: Sandbox, bot: Listener
) -> None:
    bot.answers.extend(web.Response(status=503) for _ in range(3))

    push = await sandbox.member_writes("lina", "在吗")

    assert not push.accepted
    assert [attempt.status for attempt in push.attempts] == [503, 503, 503]
    assert len({query["nonce"] for query in bot.queries}) == 3
    assert len({query["msg_signature"] for query in bot.queries}) == 3
    assert bot.heard[0] == bot.heard[1] == bot.heard[2]
    assert sandbox.ledger.told_200() == []


async def test_the_second_attempt_may_succeed(sandbox: Sandbox, bot: Listener) -> None:
    bot.answers.append(web.Response(status=500))

    push = await sandbox.member_writes("lina", "在吗")

    assert [attempt.status for attempt in push.attempts] == [500, 200]
    assert sandbox.ledger.told_200() == [push]


class TestSlowBot:
    @pytest.fixture
    def patience(self) -> Patience:
        return Patience(callback=0.05)

    async def test_who_does_not_answer_in_time_is_cut_off(
        self, sandbox: Sandbox, bot: Listener
    ) -> None:
        bot.gate = asyncio.Event()

        push = await sandbox.client_writes("zhao", "在吗")

        assert not push.accepted
        assert [attempt.error for attempt in push.attempts] == ["TimeoutError"] * 3


async def test_a_bot_that_is_gone_is_tried_too(sandbox: Sandbox, bot: Listener) -> None:
    await bot.stop()

    push = await sandbox.client_writes("zhao", "在吗")

    assert [attempt.status for attempt in push.attempts] == [None] * 3


async def test_the_url_is_verified_by_the_exact_word(sandbox: Sandbox, bot: Listener) -> None:
    assert await sandbox.verify_url("assistant")

    bot.echo = "\n"

    assert not await sandbox.verify_url("assistant")


@pytest.mark.parametrize(
    "body", ["success", "<xml><Encrypt>x</Encrypt></xml>", "<xml>", '{"errcode":0}']
)
async def test_a_body_that_is_no_sealed_reply_is_noted(
    sandbox: Sandbox, bot: Listener, body: str
) -> None:
    bot.answers.append(web.Response(text=body))

    await sandbox.member_writes("lina", "在吗")

    assert len(blamed(sandbox)) == 1


async def test_a_reply_has_to_swap_sender_and_receiver(sandbox: Sandbox, bot: Listener) -> None:
    envelope = bot.envelope("assistant")
    unswapped = {"ToUserName": sandbox.cast.corp_id, "FromUserName": "LiNa", "MsgType": "text"}
    sealed = envelope.seal(xml.element(unswapped))
    reply = {
        "Encrypt": sealed,
        "MsgSignature": envelope.sign("1", "n", sealed),
        "TimeStamp": "1",
        "Nonce": "n",
    }
    bot.answers.append(web.Response(text=xml.element(reply)))

    await sandbox.member_writes("lina", "在吗")

    assert "swapped" in blamed(sandbox)[0]


async def test_an_address_that_nobody_speaks_is_a_violation(
    sandbox: Sandbox, caller: Caller
) -> None:
    answer = await caller.get("wecom/cgi-bin/message/recall")

    assert answer.status == 404
    assert blamed(sandbox) == ["GET /wecom/cgi-bin/message/recall is not spoken here"]
