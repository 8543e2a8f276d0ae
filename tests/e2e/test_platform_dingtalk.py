"""A team on DingTalk, and DingTalk's faults: limits, lost answers, dead lines, forged bodies."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.demo import Stage
from bot.platforms.stream import Patience, StreamClient
from bot.sandbox.cast import Cast, Member
from tests.e2e.conftest import Opens
from tests.e2e.crowd import Driver, Judge, crowd, twice_on_the_wire
from tests.e2e.test_ledger import by_turning_the_clock
from tests.eventually import eventually

CARDS = "v1.0/card/instances/createAndDeliver"
WORDS = "v1.0/robot/oToMessages/batchSend"
REPLY = "robot/sendBySession"
TOKEN = "v1.0/oauth2/accessToken"


def on_dingtalk(clients: int) -> Cast:
    """The crowd, whose reps have DingTalk only."""
    cast = crowd(clients)
    return replace(
        cast,
        members=tuple(
            Member(m.id, m.name, m.title, m.role, dingtalk=m.dingtalk or f"{m.id}01")
            for m in cast.members
        ),
    )


def too_fast(on: Stage) -> None:
    for path in (CARDS, WORDS):
        limit = "Forbidden.AccessDenied.QpsLimitForApi"
        on.sandbox.faults.will_answer(path, limit, "too fast", times=4, status=403)


def flooded(on: Stage) -> None:
    blocked = {"status": 1111, "wait": 1, "source": "x5", "punish": "deny", "uuid": "u"}
    on.sandbox.faults.will_answer_body(CARDS, 200, blocked, times=3)


def out_of_order(on: Stage) -> None:
    for path in (CARDS, TOKEN):
        on.sandbox.faults.http_status(path, 500, times=2)
        on.sandbox.faults.reset(path, times=2)


def lost_answers(on: Stage) -> None:
    on.sandbox.faults.drop_after_delivery(CARDS, times=4)


def refused_tokens(on: Stage) -> None:
    on.sandbox.faults.will_answer(CARDS, "InvalidAuthentication", status=400, times=2)


@pytest.mark.parametrize("fault", [too_fast, flooded, out_of_order, lost_answers, refused_tokens])
async def test_every_client_is_one_card_and_every_question_one_answer(
    opens: Opens, fault: Callable[[Stage], None]
) -> None:
    async with opens(cast=on_dingtalk(5)) as on:
        driver, judge = Driver(on.sandbox), Judge(on.sandbox)
        fault(on)

        await driver.everybody_speaks()
        await by_turning_the_clock(
            on, timedelta(seconds=5), lambda: judge.has_every_card() and judge.answered(), times=40
        )
        await on.sandbox.settled()

        assert driver.refused == []
        assert twice_on_the_wire(on.sandbox.ledger) == []
        assert on.sandbox.ledger.violations == []


async def test_words_whose_answer_is_lost_may_come_twice_and_keep_their_order(
    opens: Opens,
) -> None:
    async with opens(cast=on_dingtalk(1)) as on:
        on.sandbox.faults.drop_after_delivery(REPLY, times=3)
        marks = [f"编号C00-{number:02}" for number in range(4)]
        for mark in marks:
            assert (await on.sandbox.member_writes("chen", f"静音 {mark}")).accepted
        judge = Judge(on.sandbox)

        await by_turning_the_clock(
            on, timedelta(seconds=5), lambda: set(judge.answers("chen")) == set(marks)
        )
        # Neither a sessionWebhook nor batchSend has a key on the wire: at least once.
        assert list(dict.fromkeys(judge.answers("chen"))) == marks
        assert on.sandbox.ledger.violations == []


async def test_a_reply_address_that_is_refused_leaves_the_answer_to_the_robot(
    opens: Opens,
) -> None:
    async with opens(cast=on_dingtalk(1)) as on:
        on.sandbox.faults.will_answer(REPLY, 310000, "session.expired")
        await on.sandbox.member_writes("chen", "静音 编号C00-00")

        judge = Judge(on.sandbox)
        await eventually(lambda: judge.answers("chen") == ["编号C00-00"])
        assert len(on.sandbox.ledger.of(WORDS)) == 1
        assert on.sandbox.ledger.violations == []


async def test_a_line_that_is_half_dead_is_noticed_and_replaced(opens: Opens) -> None:
    opening = "v1.0/gateway/connections/open"
    async with opens(cast=on_dingtalk(1)) as on, impatient_line(on):
        on.sandbox.faults.stream.half_dead()
        before = len(on.sandbox.ledger.of(opening))

        pushes = await asyncio.gather(
            *(on.sandbox.member_writes("chen", f"静音 编号C00-{n:02}") for n in range(3))
        )
        judge = Judge(on.sandbox)
        await eventually(lambda: len(judge.answers("chen")) >= 3)

        # What went into the dead line stayed without an acknowledgement, and came again.
        assert all(push.accepted and len(push.attempts) > 1 for push in pushes)
        assert sorted(judge.answers("chen")) == [f"编号C00-{n:02}" for n in range(3)]
        assert len(on.sandbox.ledger.of(opening)) > before
        assert on.sandbox.ledger.violations == []


@asynccontextmanager
async def impatient_line(on: Stage) -> AsyncIterator[None]:
    """In the place of the bot's own line one that looks after itself every half second."""
    settings = on.bot.settings.dingtalk
    assert settings is not None
    stream = on.sandbox.dingtalk.stream
    (own,) = (task for task in asyncio.all_tasks() if task.get_name() == "stream")
    own.cancel()
    await asyncio.wait([own])
    quick = Patience(heartbeat=0.4, first_retry=0.05, longest_retry=0.2)
    line = StreamClient(settings, on.bot.session, on.bot.inbox.accept, on.clock, patience=quick)
    listening = asyncio.create_task(line.run())
    try:
        await stream.connected(1)
        yield
    finally:
        await line.stop()
        await listening


async def test_a_forged_reply_address_is_never_called(opens: Opens) -> None:
    """The sign of a robot's callback does not cover its body: whoever caught one may write in it
    where the answer should go."""
    called: list[str] = []

    async def hear(request: web.Request) -> web.Response:
        called.append(request.path_qs)
        return web.json_response({"errcode": 0})

    decoy = web.Application()
    decoy.router.add_route("*", "/{path:.*}", hear)
    runner = web.AppRunner(decoy)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with opens(cast=on_dingtalk(1), dingtalk_mode="http") as on:
        own = on.sandbox.base_url.removeprefix("http://")
        forged = [
            f"http://127.0.0.1:{port}/robot/sendBySession?session=1",
            f"http://{own}@127.0.0.1:{port}/robot/sendBySession?session=1",
            f"http://127.0.0.1:{port}\\@{own}/robot/sendBySession?session=1",
            f"//127.0.0.1:{port}/robot/sendBySession",
            f"http://localhost:{port}/robot/sendBySession",
            f"{on.bot.address}/metrics",
            "file:///etc/hostname",
            "http://[::1",
            "",
        ]
        for number, url in enumerate(forged):
            assert await _says(on, f"静音 编号C00-{number:02}", url, number) == 200

        judge = Judge(on.sandbox)
        await eventually(lambda: len(judge.answers("chen")) == len(forged))
        # Each was answered by the robot's own way.
        assert len(on.sandbox.ledger.of(WORDS)) == len(forged)
    await runner.cleanup()
    assert called == []


async def _says(on: Stage, words: str, webhook: str, number: int) -> int:
    """A robot's callback, rightly signed; its status."""
    robot = on.sandbox.cast.dingtalk
    milliseconds = round(on.clock.now().timestamp() * 1000)
    key = f"{milliseconds}\n{robot.client_secret}"
    sign = hmac.new(robot.client_secret.encode(), key.encode(), hashlib.sha256).digest()
    body: dict[str, Any] = {
        "msgtype": "text",
        "text": {"content": words},
        "msgId": f"forged{number}",
        "createAt": milliseconds,
        "conversationType": "1",
        "conversationId": "cidForged==",
        "senderId": "$:LWCP_v1:$abc",
        "senderNick": "陈经理",
        "senderStaffId": "chenjl01",
        "senderCorpId": robot.corp_id,
        "chatbotCorpId": robot.corp_id,
        "chatbotUserId": "$:LWCP_v1:$bot",
        "sessionWebhook": webhook,
        "sessionWebhookExpiredTime": milliseconds + 5_400_000,
        "robotCode": robot.robot_code,
    }
    headers = {"timestamp": str(milliseconds), "sign": base64.b64encode(sign).decode()}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{on.bot.address}/callbacks/dingtalk/robot", json=body, headers=headers
        ) as answer,
    ):
        return answer.status
