"""api.dingtalk.com: tokens, the robot's messages, cards, and the pushes over HTTP."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bot.sandbox.cast import Cast
from bot.sandbox.crypto import card_sign, robot_sign
from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from tests.sandbox.caller import Caller, dingtalk_card
from tests.sandbox.conftest import IMPATIENT, blamed
from tests.sandbox.listener import Listener
from tests.sandbox.stream_bot import StreamBot

BATCH_SEND = "v1.0/robot/oToMessages/batchSend"
CREATE = "v1.0/card/instances/createAndDeliver"
UPDATE = "v1.0/card/instances"


def words(sandbox: Sandbox, text: str = "您好", **change: Any) -> dict[str, Any]:
    return {
        "robotCode": sandbox.cast.dingtalk.robot_code,
        "userIds": ["chenjl01"],
        "msgKey": "sampleText",
        "msgParam": json.dumps({"content": text}),
    } | change


async def test_the_robots_words_come_up(sandbox: Sandbox, caller: Caller) -> None:
    answer = await caller.dingtalk(BATCH_SEND, words(sandbox, userIds=["chenjl01", "ghost"]))

    assert answer.status == 200
    assert answer.body["invalidStaffIdList"] == ["ghost"]
    assert [item.text for item in sandbox.screen("chen")] == ["您好"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"robotCode": ""}, "invalidParameter.robotCode.empty"),
        ({"robotCode": "other"}, "invalidParameter.robotCode.auth"),
        ({"userIds": []}, "invalidParameter.userIds.empty"),
        ({"userIds": "chenjl01"}, "invalidParameter.userIds.empty"),
        ({"userIds": ["u"] * 21}, "invalidParameter.userIds.overMax"),
        ({"msgKey": ""}, "invalidParameter.msgKey.empty"),
        ({"msgKey": "samplePoem"}, "invalidParameter.msgKey.invalid"),
        ({"msgParam": {"content": "您好"}}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": "您好"}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": '{"content":"a","title":"b"}'}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": '{"content":""}'}, "invalidParameter.msgParam.invalid"),
    ],
)
async def test_malformed_messages_are_refused(
    sandbox: Sandbox, caller: Caller, change: dict[str, Any], code: str
) -> None:
    answer = await caller.dingtalk(BATCH_SEND, words(sandbox, **change))

    assert (answer.status, answer.body["code"]) == (400, code)
    assert len(blamed(sandbox)) == 1
    assert sandbox.screen("chen") == []


async def test_the_token_belongs_into_its_own_header(
    sandbox: Sandbox, caller: Caller, clock: TurnedClock
) -> None:
    token = await caller.dingtalk_token()

    misplaced = await caller.post(f"dingtalk/{BATCH_SEND}?access_token={token}", words(sandbox))
    assert misplaced.body["code"] == "InvalidAuthentication"
    assert len(blamed(sandbox)) == 1
    clock.forward(timedelta(hours=1))
    assert await caller.dingtalk_token() == token
    clock.forward(timedelta(minutes=119))
    assert (await caller.dingtalk(BATCH_SEND, words(sandbox), token=token)).status == 200
    sandbox.faults.revoke_tokens()
    refused = await caller.dingtalk(BATCH_SEND, words(sandbox), token=token)
    assert (refused.status, refused.body["code"]) == (400, "InvalidAuthentication")


async def test_wrong_credentials_get_no_token(sandbox: Sandbox, caller: Caller) -> None:
    body = {"appKey": sandbox.cast.dingtalk.client_id, "appSecret": "no"}

    answer = await caller.post("dingtalk/v1.0/oauth2/accessToken", body)

    assert (answer.status, answer.body["code"]) == (400, "invalidClientIdOrSecret")


async def test_over_twenty_calls_a_second_are_forbidden(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.qps = 0

    answer = await caller.dingtalk(BATCH_SEND, words(sandbox))

    assert answer.status == 403
    assert answer.body["code"] == "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"


async def reply_address(sandbox: Sandbox, caller: Caller) -> str:
    """A sessionWebhook as it comes with a message, without the host."""
    stream = StreamBot(sandbox, caller.session)
    await stream.connect()
    await sandbox.member_writes("chen", "在吗")
    await stream.close()
    url: str = json.loads(stream.frames[0]["data"])["sessionWebhook"]
    return url.removeprefix(sandbox.base_url + "/")


async def test_a_reply_over_the_session_webhook_needs_no_token(
    sandbox: Sandbox, caller: Caller, clock: TurnedClock
) -> None:
    address = await reply_address(sandbox, caller)

    reply = {"msgtype": "markdown", "markdown": {"title": "回复", "text": "在"}}
    answer = await caller.post(address, reply)
    assert answer.body["errcode"] == 0
    assert sandbox.screen("chen")[-1].text == "在"

    untitled = {"msgtype": "markdown", "markdown": {"text": "在"}}
    assert (await caller.post(address, untitled)).body["errcode"] == 40035
    assert len(blamed(sandbox)) == 1

    clock.forward(timedelta(minutes=90))
    assert (await caller.post(address, reply)).body["errcode"] != 0
    assert sandbox.screen("chen")[-1].text == "在"


async def test_a_card_is_created_once(sandbox: Sandbox, caller: Caller) -> None:
    first = await caller.dingtalk(CREATE, dingtalk_card(sandbox))
    second = await caller.dingtalk(CREATE, dingtalk_card(sandbox))

    card = sandbox.screen("chen")[-1].card
    assert first.body["result"]["deliverResults"][0]["success"]
    assert second.body["code"] == "param.cardAlreadyExist"
    assert card is not None
    assert [(row.name, row.value, row.url) for row in card.rows] == [("负责人", "王磊", None)]
    assert [(button.key, button.style) for button in card.buttons] == [("reassign:1", "primary")]
    assert [entry.text for entry in card.menu] == ["静音"]
    assert len(sandbox.screen("chen")) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"cardTemplateId": "other.schema"},
        {"outTrackId": "x" * 101},
        {"callbackType": "PIGEON"},
        {"callbackType": "HTTP"},
        {"cardData": {"cardParamMap": {"score": 82}}},
        {"cardData": {"cardParamMap": {"text": "x" * 1025}}},
        {"imRobotOpenSpaceModel": None},
        {"imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": "other"}},
        {"openSpaceId": "dtv1.card//IM_SINGLE.chenjl01"},
    ],
)
async def test_a_malformed_card_is_refused(
    sandbox: Sandbox, caller: Caller, change: dict[str, Any]
) -> None:
    answer = await caller.dingtalk(CREATE, dingtalk_card(sandbox, **change))

    assert answer.status == 400
    assert answer.body["code"].startswith("param.")
    assert len(blamed(sandbox)) == 1


async def test_success_may_hide_a_failed_delivery(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.failing_card_deliveries = 1

    answer = await caller.dingtalk(CREATE, dingtalk_card(sandbox))

    assert answer.body["success"]
    assert not answer.body["result"]["deliverResults"][0]["success"]
    assert sandbox.screen("chen") == []


async def test_an_update_by_key_leaves_the_rest_and_one_without_overwrites(
    sandbox: Sandbox, caller: Caller
) -> None:
    await caller.dingtalk(CREATE, dingtalk_card(sandbox))
    change = {"outTrackId": "lead-1", "cardData": {"cardParamMap": {"status": "已转派"}}}

    by_key = change | {"cardUpdateOptions": {"updateCardDataByKey": True}}
    assert (await caller.dingtalk(UPDATE, by_key, method="PUT")).status == 200
    card = sandbox.screen("chen")[-1].card
    assert card is not None
    assert (card.title, card.status) == ("升级：赵主任", "已转派")

    await caller.dingtalk(UPDATE, change, method="PUT")
    card = sandbox.screen("chen")[-1].card
    assert card is not None
    assert (card.title, card.status) == ("", "已转派")


async def test_only_a_known_card_is_updated(caller: Caller) -> None:
    body = {"outTrackId": "ghost", "cardData": {"cardParamMap": {"status": "x"}}}

    assert (await caller.dingtalk(UPDATE, body, method="PUT")).body["code"] == "param.cardNotExist"


class TestOverHttp:
    """The other way: plain pushes to a public address, signed."""

    @pytest.fixture
    async def sandbox(
        self, clock: TurnedClock, cast: Cast, bot: Listener
    ) -> AsyncIterator[Sandbox]:
        sandbox = Sandbox(clock, cast, dingtalk_mode="http", patience=IMPATIENT)
        await sandbox.start()
        sandbox.connect(bot.url)
        yield sandbox
        await sandbox.stop()
        assert sandbox.ledger.violations == []

    async def test_a_message_is_signed_with_the_apps_secret(
        self, sandbox: Sandbox, bot: Listener
    ) -> None:
        push = await sandbox.member_writes("chen", "我的线索")

        timestamp = bot.headers[0]["timestamp"]
        assert push.accepted
        assert timestamp == str(sandbox.world.milliseconds)
        assert bot.headers[0]["sign"] == robot_sign(sandbox.cast.dingtalk.client_secret, timestamp)

    async def test_what_was_not_taken_is_pushed_again(
        self, sandbox: Sandbox, bot: Listener
    ) -> None:
        bot.answers.append(web.Response(status=503))

        push = await sandbox.member_writes("chen", "我的线索")

        assert [attempt.status for attempt in push.attempts] == [503, 200]
        assert bot.heard[0] == bot.heard[1]

    async def test_the_answer_may_hold_words(self, sandbox: Sandbox, bot: Listener) -> None:
        bot.answers.append(web.json_response({"msgtype": "text", "text": {"content": "在"}}))
        bot.answers.append(web.json_response({"msgtype": "empty"}))

        await sandbox.member_writes("chen", "在吗")
        await sandbox.member_writes("chen", "还在吗")

        assert [item.text for item in sandbox.screen("chen")] == ["在吗", "在", "还在吗"]

    async def test_odd_messages_come_too(self, sandbox: Sandbox, bot: Listener) -> None:
        sandbox.faults.quota_spent = sandbox.faults.unpublished_app = True

        await sandbox.member_writes("chen", "在吗")
        await sandbox.member_sends("chen", "dingtalk", "chatRecord", summary="…")

        assert bot.heard[0][1]["errCode"] == 20001
        assert "text" not in bot.heard[0][1]
        assert "senderStaffId" not in bot.heard[0][1]
        assert bot.heard[1][1]["msgtype"] == "chatRecord"

    async def test_presses_go_to_the_registered_route(
        self, sandbox: Sandbox, bot: Listener, caller: Caller
    ) -> None:
        route = {
            "callbackRouteKey": "genjin",
            "callbackUrl": f"{bot.url}/callbacks/dingtalk/cards",
            "apiSecret": "cardSecret01",
        }
        await caller.dingtalk("v1.0/card/callbacks/register", route)
        over_http = {"callbackType": "HTTP", "callbackRouteKey": "genjin"}
        await caller.dingtalk(CREATE, dingtalk_card(sandbox, **over_http))
        change = {
            "cardUpdateOptions": {"updateCardDataByKey": True},
            "cardData": {"cardParamMap": {"status": "已转派"}},
        }
        bot.answers.append(web.json_response(change))

        item = sandbox.screen("chen")[0]
        await sandbox.member_presses("chen", item.id, "reassign:1")

        signed_at = bot.headers[0]["x-ddpaas-signature-timestamp"]
        assert bot.headers[0]["x-ddpaas-signature"] == card_sign("cardSecret01", signed_at)
        card = sandbox.screen("chen")[0].card
        assert card is not None
        assert card.status == "已转派"

    async def test_events_are_sealed_and_want_the_sealed_success(
        self, sandbox: Sandbox, bot: Listener
    ) -> None:
        bot.answers.append(web.Response(status=503))

        push = await sandbox.dingtalk_event("user_add_org", UserId=["u1"])

        assert push.accepted
        assert len(push.attempts) == 2
        assert bot.heard[0][1]["EventType"] == "user_add_org"
        assert await sandbox.verify_dingtalk_events()
        bot.answers.append(web.Response(text="success"))
        assert not await sandbox.verify_dingtalk_events()
        assert len(blamed(sandbox)) == 1


async def test_a_call_without_json_in_its_content_type_is_refused(
    sandbox: Sandbox, caller: Caller, cast: Cast
) -> None:
    async with ClientSession() as session:
        url = f"{sandbox.base_url}/dingtalk/v1.0/oauth2/accessToken"
        app = cast.dingtalk
        body = json.dumps({"appKey": app.client_id, "appSecret": app.client_secret})
        async with session.post(url, data=body) as answer:
            assert answer.status == 400
    assert len(blamed(sandbox)) == 1
