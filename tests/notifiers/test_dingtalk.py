"""The client of DingTalk against a strict little server."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import orjson
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from config.clock import TurnedClock
from config.settings import DingTalk
from notifiers.card import Button, Card, Message, Text
from notifiers.dingtalk import BATCH_SEND, CARD_ROUTE, CREATE_CARD, UPDATE_CARD, DingTalkMessenger
from notifiers.errors import (
    CardCodeGone,
    DeliveryError,
    Misconfigured,
    Puzzling,
    Retryable,
    Undeliverable,
)
from notifiers.messenger import Messenger, Receipt, ReplyAddress
from tests.fakes.fake_dingtalk import (
    CLIENT_ID,
    CLIENT_SECRET,
    ROBOT_CODE,
    TEMPLATE_ID,
    FakeDingTalk,
    running_dingtalk,
)
from tests.fakes.misbehaviour import Mood
from tests.fakes.token_memory import TokenMemory

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CARD = Card(title="赵主任 · CT设备", buttons=(Button(text="转派", action="reassign:L12"),))
SETTLED = CARD.model_copy(update={"status": "已转给王磊"})
QPS = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"


class Unlimited:
    """Counts the turns and lets everybody pass."""

    waits = 0

    def __init__(self) -> None:
        self.turns: list[str] = []

    async def turn(self, api: str) -> None:
        self.turns.append(api)


@dataclass
class Line:
    fake: FakeDingTalk
    session: aiohttp.ClientSession
    settings: DingTalk
    tokens: TokenMemory
    limits: Unlimited

    @property
    def messenger(self) -> DingTalkMessenger:
        return self.with_settings()

    def with_settings(self, *, patience: float = 10, **changed: object) -> DingTalkMessenger:
        return DingTalkMessenger(
            self.session,
            self.settings.model_copy(update=changed),
            self.tokens,
            TurnedClock(NOW),
            limits=self.limits,
            patience=timedelta(seconds=patience),
        )

    async def says(
        self, message: Message, *, to: str = "chen", reply: ReplyAddress | None = None
    ) -> Receipt:
        return await self.messenger.send(to, message, key="L12-v1", repeat=0, reply=reply)

    def reply_address(self, *, expires_in: int = 60) -> ReplyAddress:
        url = f"{self.fake.base}/robot/sendBySession?session=SESSION"
        return ReplyAddress(url, NOW + timedelta(seconds=expires_in))


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with running_dingtalk() as fake, aiohttp.ClientSession() as session:
        settings = DingTalk(
            api_base=fake.base,
            oapi_base=fake.base,
            client_id=CLIENT_ID,
            client_secret=SecretStr(CLIENT_SECRET),
            robot_code=ROBOT_CODE,
            card_template_id=TEMPLATE_ID,
            card_callback_secret=SecretStr("card-secret"),
        )
        yield Line(fake, session, settings, TokenMemory(), Unlimited())


def test_it_is_a_messenger(line: Line) -> None:
    messenger: Messenger = line.messenger

    assert messenger


async def test_a_text_reaches_its_receiver_through_the_robot(line: Line) -> None:
    receipt = await line.says(Text(text="客户回复了"))

    assert receipt.wire_id
    body = line.fake.bodies(BATCH_SEND)[0]
    assert body["msgKey"] == "sampleText"
    assert orjson.loads(body["msgParam"]) == {"content": "客户回复了"}


async def test_an_answer_goes_where_the_question_came_from_and_spends_no_call(line: Line) -> None:
    receipt = await line.says(Text(text="有三条线索"), reply=line.reply_address())

    assert receipt.by_reply
    assert line.fake.bodies("robot/sendBySession")[0]["text"] == {"content": "有三条线索"}
    assert not line.fake.bodies(BATCH_SEND)
    assert line.fake.token_count == 0


async def test_an_expired_reply_address_is_not_tried(line: Line) -> None:
    await line.says(Text(text="有三条线索"), reply=line.reply_address(expires_in=0))

    assert [request.path for request in line.fake.requests][1:] == [BATCH_SEND]


async def test_a_refused_reply_goes_through_the_robot(line: Line) -> None:
    line.fake.will_say("robot/sendBySession", {"errcode": 300001, "errmsg": "session.expired"})

    receipt = await line.says(Text(text="有三条线索"), reply=line.reply_address())

    assert receipt.wire_id
    assert len(line.fake.bodies(BATCH_SEND)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/robot/sendBySession?session=S",
        "http://oapi.dingtalk.com/robot/sendBySession?session=S",
        "https://oapi.dingtalk.com.evil.example.com/x",
        "https://oapi.dingtalk.com@evil.example.com/x",
        "https://evil.example.com\\@oapi.dingtalk.com/x",
        "https://oapi.dingtalk.com:8443/x",
        "http://127.0.0.1:1/x",
        "https://[oapi.dingtalk.com/x",
        "https://oapi.dingtalk.com:port/x",
        "file:///etc/passwd",
    ],
)
async def test_an_answer_never_goes_to_a_strange_address(line: Line, url: str) -> None:
    reply = ReplyAddress(url, NOW + timedelta(hours=1))

    await line.says(Text(text="有三条线索"), reply=reply)

    assert len(line.fake.bodies(BATCH_SEND)) == 1


async def test_a_card_is_delivered_into_the_chat_with_the_robot(line: Line) -> None:
    assert await line.says(CARD) == Receipt("L12-v1")

    body = line.fake.bodies(CREATE_CARD)[0]
    assert body["openSpaceId"] == "dtv1.card//IM_ROBOT.chen"
    assert line.fake.cards["L12-v1"]["title"] == "赵主任 · CT设备"


async def test_a_card_that_was_delivered_before_is_delivered(line: Line) -> None:
    await line.says(CARD)

    assert await line.says(CARD) == Receipt("L12-v1")


NOT_DELIVERED: list[object] = [
    None,
    {},
    {"deliverResults": []},
    {"deliverResults": [{"spaceType": "IM_ROBOT", "success": False, "errorMsg": "deliver failed"}]},
]


@pytest.mark.parametrize("result", NOT_DELIVERED)
async def test_a_card_that_was_made_and_not_delivered_goes_out_as_words(
    line: Line, result: object
) -> None:
    line.fake.will_say(CREATE_CARD, {"success": True, "result": result})

    receipt = await line.says(CARD)

    assert receipt.wire_id
    assert "赵主任" in line.fake.bodies(BATCH_SEND)[0]["msgParam"]


@pytest.mark.parametrize("code", [QPS, "bot.stopped", "staffId.notExisted"])
async def test_a_card_of_which_not_even_the_words_arrive_is_undeliverable(
    line: Line, code: str
) -> None:
    line.fake.will_say(CREATE_CARD, {"success": True, "result": NOT_DELIVERED[-1]})
    line.fake.will_refuse(BATCH_SEND, code)

    with pytest.raises(Undeliverable) as refusal:
        await line.says(CARD)

    assert refusal.value.code == code


async def test_a_card_to_a_stranger_is_undeliverable(line: Line) -> None:
    with pytest.raises(Undeliverable):
        await line.says(CARD, to="stranger")


async def test_a_card_is_updated_in_place_without_a_code(line: Line) -> None:
    await line.says(CARD.model_copy(update={"quote": "电话13800001234"}))

    await line.messenger.update("chen", "L12-v1", SETTLED, code=None)

    shown = line.fake.cards["L12-v1"]
    assert (shown["status"], shown["buttons"], shown["quote"]) == ("已转给王磊", "[]", "")


@pytest.mark.parametrize("code", ["param.cardNotExist", "something.new"])
async def test_a_card_that_cannot_be_updated_asks_for_a_new_one(line: Line, code: str) -> None:
    line.fake.will_refuse(UPDATE_CARD, code)

    with pytest.raises(CardCodeGone):
        await line.messenger.update("chen", "L12-v1", SETTLED, code=None)


@pytest.mark.parametrize(
    ("code", "error"),
    [(QPS, Retryable), ("Forbidden.AccessDenied.IpNotInWhiteList", Misconfigured)],
)
async def test_an_update_that_fails_for_another_reason_keeps_its_card(
    line: Line, code: str, error: type[DeliveryError]
) -> None:
    line.fake.will_refuse(UPDATE_CARD, code, 403)

    with pytest.raises(error):
        await line.messenger.update("chen", "L12-v1", SETTLED, code=None)


async def test_without_a_template_a_card_is_words_and_cannot_be_changed(line: Line) -> None:
    messenger = line.with_settings(card_template_id=None)

    await messenger.send("chen", CARD, key="L12-v1", repeat=0)
    with pytest.raises(CardCodeGone):
        await messenger.update("chen", "L12-v1", SETTLED, code=None)

    assert line.fake.bodies(BATCH_SEND)[0]["msgKey"] == "sampleMarkdown"


async def test_in_http_mode_presses_come_to_the_registered_route(line: Line) -> None:
    messenger = line.with_settings(mode="http")
    await messenger.register_card_route("https://bot.example.com/callbacks/dingtalk/cards")

    await messenger.send("chen", CARD, key="L12-v1", repeat=0)

    assert line.fake.routes == {CARD_ROUTE}


async def test_a_route_without_a_secret_is_a_setting_to_mend(line: Line) -> None:
    messenger = line.with_settings(card_callback_secret=None)

    with pytest.raises(Misconfigured) as failed:
        await messenger.register_card_route("https://bot.example.com/callbacks/dingtalk/cards")

    assert "card_callback_secret" in failed.value.advice


async def test_an_unknown_receiver_is_undeliverable(line: Line) -> None:
    with pytest.raises(Undeliverable):
        await line.says(Text(text="你好"), to="stranger")


async def test_a_congested_receiver_is_tried_again(line: Line) -> None:
    lists = {"invalidStaffIdList": [], "flowControlledStaffIdList": ["chen"]}
    line.fake.will_say(BATCH_SEND, {"processQueryKey": "Q", **lists})

    with pytest.raises(Retryable) as failed:
        await line.says(Text(text="你好"))

    assert failed.value.after == timedelta(minutes=1)


@pytest.mark.parametrize("to", ["", "chen;dtv1.card//IM_GROUP.cid", "chen,lina", "a b"])
async def test_nothing_is_ever_said_to_more_than_one_person(line: Line, to: str) -> None:
    with pytest.raises(Undeliverable):
        await line.says(CARD, to=to)

    assert not line.fake.requests


@pytest.mark.parametrize(
    ("code", "error", "advised"),
    [
        (QPS, Retryable, ""),
        ("Forbidden.AccessDenied.QpsLimitForApi", Retryable, ""),
        ("send.too.fast", Retryable, ""),
        ("ServiceUnavailable", Retryable, ""),
        ("somethingNew", Puzzling, ""),
        ("staffId.notExisted", Undeliverable, ""),
        ("invalidParameter.userIds.overMax", Undeliverable, ""),
        ("invalidParameter.msgParam.tooLong", Undeliverable, ""),
        ("miss.param.contentOfText", Undeliverable, ""),
        ("contain.unsafe.url", Undeliverable, ""),
        ("invalidParameter.robotCode.notExsit", Misconfigured, "dingtalk.robot_code"),
        ("bot.stopped", Misconfigured, "机器人"),
        ("Forbidden.AccessDenied.AccessTokenPermissionDenied", Misconfigured, "权限管理"),
        ("Forbidden.AccessDenied.IpNotInWhiteList", Misconfigured, "服务器出口IP"),
        ("Forbidden.AccessDenied.ApiCountLimitForOrg", Misconfigured, "额度"),
    ],
)
async def test_every_code_says_what_is_to_be_done(
    line: Line, code: str, error: type[DeliveryError], advised: str
) -> None:
    line.fake.will_refuse(BATCH_SEND, code, 403)

    with pytest.raises(error) as failed:
        await line.says(Text(text="你好"))

    assert type(failed.value) is error
    assert failed.value.code == code
    if isinstance(failed.value, Misconfigured):
        assert failed.value.app == "dingtalk"
        assert advised in failed.value.advice


@pytest.mark.parametrize("code", ["param.templateUnpublished", "param.templateNotExist"])
async def test_a_template_that_is_not_there_is_a_setting_to_mend(line: Line, code: str) -> None:
    line.fake.will_refuse(CREATE_CARD, code)

    with pytest.raises(Misconfigured) as failed:
        await line.says(CARD)

    assert "dingtalk.card_template_id" in failed.value.advice


async def test_a_wrong_secret_is_a_setting_to_mend(line: Line) -> None:
    messenger = line.with_settings(client_secret=SecretStr("wrong"))

    with pytest.raises(Misconfigured) as failed:
        await messenger.send("chen", Text(text="你好"), key="K", repeat=0)

    assert "dingtalk.client_secret" in failed.value.advice


async def test_too_many_calls_a_second_wait_a_second(line: Line) -> None:
    line.fake.will_refuse(BATCH_SEND, QPS, 403)

    with pytest.raises(Retryable) as failed:
        await line.says(Text(text="你好"))

    assert failed.value.after == timedelta(seconds=1)


@pytest.mark.parametrize("status", [200, 403])
async def test_a_blocked_address_waits_as_long_as_it_is_told(line: Line, status: int) -> None:
    odd = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "u"}
    line.fake.will_say(BATCH_SEND, odd, status)

    with pytest.raises(Retryable) as failed:
        await line.says(Text(text="你好"))

    assert failed.value.after == timedelta(seconds=5)


async def test_every_call_waits_for_its_turn(line: Line) -> None:
    await line.says(CARD)
    await line.messenger.update("chen", "L12-v1", SETTLED, code=None)

    assert line.limits.turns == [CREATE_CARD, UPDATE_CARD]


async def test_a_refused_token_is_replaced_once(line: Line) -> None:
    await line.says(Text(text="一"))
    line.fake.tokens.clear()

    await line.says(Text(text="二"))

    assert line.tokens.discarded == [(f"dingtalk:{CLIENT_ID}", "DINGTOKEN1")]
    refused, _, taken = line.fake.requests[-3:]
    assert refused.raw == taken.raw


async def test_tokens_that_stay_refused_are_not_fetched_for_ever(line: Line) -> None:
    for _ in range(5):
        line.fake.will_refuse(BATCH_SEND, "InvalidAuthentication", 401)

    with pytest.raises(Retryable):
        await line.says(Text(text="你好"))

    assert line.fake.token_count == 2
    assert len(line.fake.bodies(BATCH_SEND)) == 2


async def test_a_call_returns_the_platforms_answer(line: Line) -> None:
    asked = {"downloadCode": "D1", "robotCode": ROBOT_CODE}

    answer = await line.messenger.call("robot/messageFiles/download", asked)

    assert answer == {"downloadUrl": "https://files.example.com/D1"}


async def test_a_call_that_nobody_knows_is_refused_here(line: Line) -> None:
    with pytest.raises(Undeliverable):
        await line.messenger.call("v1.0/contact/users", {})

    assert not line.fake.requests


@pytest.mark.parametrize("mood", [Mood.RESET, Mood.HTML, Mood.BROKEN])
async def test_a_server_in_a_bad_mood_is_asked_again_later(line: Line, mood: Mood) -> None:
    await line.says(Text(text="一"))
    line.fake.will(mood)

    with pytest.raises(Retryable):
        await line.says(Text(text="二"))


async def test_a_server_that_never_answers_is_not_waited_for(line: Line) -> None:
    await line.says(Text(text="一"))
    line.fake.will(Mood.SILENT)

    with pytest.raises(Retryable) as failed:
        await line.with_settings(patience=0.05).send("chen", CARD, key="K", repeat=0)

    assert failed.value.code == "timeout"


async def test_no_token_secret_session_or_word_is_ever_logged(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors = []
    with capture_logs() as logs:
        await line.says(Text(text="机密的话"))
        for mood in (Mood.RESET, Mood.HTML, Mood.BROKEN):
            line.fake.will(mood)
            with pytest.raises(Retryable) as failed:
                await line.says(Text(text="机密的话"), reply=line.reply_address())
            errors.append(failed.value)
        line.fake.tokens.clear()
        line.fake.will_say("robot/sendBySession", {"errcode": 1})
        await line.says(Text(text="机密的话"), reply=line.reply_address())
        strange = ReplyAddress("https://evil.example.com/SESSION", NOW + timedelta(hours=1))
        await line.says(Text(text="机密的话"), reply=strange)

    told = f"{logs} {caplog.text} {errors} {[(e.__cause__, e.reason) for e in errors]}"
    assert logs
    for secret in ("DINGTOKEN", CLIENT_SECRET, "SESSION", "机密"):
        assert secret not in told
