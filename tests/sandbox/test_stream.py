"""Stream mode: tickets, acknowledgements, and all that goes wrong with a connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError

from bot.sandbox.server import Sandbox
from bot.sandbox.world import Patience
from config.clock import TurnedClock
from tests.sandbox.caller import Caller, dingtalk_card
from tests.sandbox.conftest import blamed
from tests.sandbox.stream_bot import StreamBot, acknowledged

NewBot = Callable[[], StreamBot]


@pytest.fixture
async def new_bot(sandbox: Sandbox, caller: Caller) -> AsyncIterator[NewBot]:
    """Bots that are closed at the end."""
    bots: list[StreamBot] = []

    def new() -> StreamBot:
        bots.append(StreamBot(sandbox, caller.session))
        return bots[-1]

    yield new
    for bot in bots:
        await bot.close()


@pytest.fixture
async def stream(new_bot: NewBot) -> StreamBot:
    bot = new_bot()
    await bot.connect()
    return bot


async def test_a_members_words_arrive_as_a_frame(sandbox: Sandbox, stream: StreamBot) -> None:
    push = await sandbox.member_writes("chen", "我的线索")

    (frame,) = stream.frames
    assert push.accepted
    assert frame["headers"]["topic"] == "/v1.0/im/bot/messages/get"
    assert isinstance(frame["data"], str)
    message = json.loads(frame["data"])
    assert message["text"] == {"content": "我的线索"}
    assert (message["senderStaffId"], message["conversationType"]) == ("chenjl01", "1")
    assert message["sessionWebhook"].startswith(sandbox.base_url + "/dingtalk-oapi/")
    assert stream.system[0]["headers"]["topic"] == "CONNECTED"


async def test_a_ticket_is_good_for_one_connection(
    sandbox: Sandbox, stream: StreamBot, new_bot: NewBot
) -> None:
    bot = new_bot()
    ticket = (await bot.open()).body["ticket"]

    assert "+" in ticket
    with pytest.raises(WSServerHandshakeError):
        await bot.connect_with(ticket)
    assert blamed(sandbox) == ["stream: a ticket that is unknown, used or not encoded"]


async def test_a_wrong_secret_opens_nothing(new_bot: NewBot) -> None:
    assert (await new_bot().open(clientSecret="no")).status == 401


async def test_at_least_one_subscription_is_needed(sandbox: Sandbox, new_bot: NewBot) -> None:
    assert (await new_bot().open(subscriptions=[])).status == 400
    assert blamed(sandbox)


async def test_several_connections_share_the_frames(
    sandbox: Sandbox, stream: StreamBot, new_bot: NewBot
) -> None:
    other = new_bot()
    await other.connect()
    await sandbox.dingtalk.stream.connected(2)

    for text in ("一", "二", "三", "四"):
        await sandbox.member_writes("chen", text)

    assert (len(stream.frames), len(other.frames)) == (2, 2)


class TestImpatience:
    """Acknowledgements are awaited but a moment, so that their absence can be seen."""

    @pytest.fixture
    def patience(self) -> Patience:
        return Patience(
            stream_ack=0.05, stream_connection=0.05, ping_answer=0.05, disconnect_grace=0.01
        )

    async def test_without_an_acknowledgement_the_same_frame_comes_again(
        self, sandbox: Sandbox, stream: StreamBot
    ) -> None:
        stream.answer = lambda frame: acknowledged(frame) if len(stream.frames) > 2 else None

        push = await sandbox.member_writes("chen", "在吗")

        assert push.accepted
        assert len({frame["headers"]["messageId"] for frame in stream.frames}) == 1
        assert len({frame["data"] for frame in stream.frames}) == 1
        errors = [attempt.error for attempt in push.attempts]
        assert errors == ["no acknowledgement", "no acknowledgement", ""]

    async def test_an_acknowledgement_without_message_id_is_ignored(
        self, sandbox: Sandbox, stream: StreamBot
    ) -> None:
        def nameless(frame: dict[str, Any]) -> dict[str, Any]:
            return {**acknowledged(frame), "headers": {}}

        stream.answer = nameless

        push = await sandbox.member_writes("chen", "在吗")

        assert not push.accepted
        assert len(blamed(sandbox)) == 3

    async def test_a_half_dead_connection_swallows_frames_until_another_takes_over(
        self, sandbox: Sandbox, stream: StreamBot, new_bot: NewBot
    ) -> None:
        sandbox.faults.stream.half_dead()

        lost = await sandbox.member_writes("chen", "在吗")
        await stream.close()
        fresh = new_bot()
        await fresh.connect()
        await sandbox.faults.stream.redeliver()

        assert stream.frames == []
        assert len(fresh.frames) == 1
        assert lost.accepted

    async def test_nobody_connected_is_nobody_reached(self, sandbox: Sandbox) -> None:
        assert not (await sandbox.member_writes("chen", "在吗")).accepted

    async def test_who_does_not_answer_a_ping_is_dropped(
        self, sandbox: Sandbox, stream: StreamBot
    ) -> None:
        stream.answer = lambda frame: None

        await sandbox.dingtalk.stream.ping()

        await stream.ended.wait()


async def test_an_answered_ping_keeps_the_connection(sandbox: Sandbox, stream: StreamBot) -> None:
    await sandbox.dingtalk.stream.ping()

    assert (await sandbox.member_writes("chen", "在吗")).accepted
    assert stream.system[-1]["headers"]["topic"] == "ping"


async def test_after_disconnect_nothing_new_comes_over_the_old_connection(
    sandbox: Sandbox, stream: StreamBot, new_bot: NewBot
) -> None:
    await sandbox.faults.stream.disconnect()
    fresh = new_bot()
    await fresh.connect()
    await sandbox.member_writes("chen", "在吗")

    await stream.ended.wait()
    assert json.loads(stream.system[-1]["data"])["reason"]
    assert stream.frames == []
    assert len(fresh.frames) == 1


async def test_acknowledged_frames_may_come_again(sandbox: Sandbox, stream: StreamBot) -> None:
    await sandbox.member_writes("chen", "在吗")

    await sandbox.faults.stream.redeliver()

    assert len(stream.frames) == 2
    assert stream.frames[0]["headers"] == stream.frames[1]["headers"]


async def test_an_event_for_later_comes_again(sandbox: Sandbox, stream: StreamBot) -> None:
    later = {"status": "LATER", "message": "busy"}
    stream.answer = lambda frame: acknowledged(frame, later if len(stream.frames) < 2 else None)

    push = await sandbox.dingtalk_event("user_add_org", userId=["u1"])

    assert push.accepted
    assert len(stream.frames) == 2
    assert stream.frames[0]["headers"]["eventType"] == "user_add_org"


class TestCards:
    @pytest.fixture
    async def press(self, sandbox: Sandbox, caller: Caller) -> Callable[[], Awaitable[Any]]:
        """Delivers a card, and presses its button each time it is called."""
        await caller.dingtalk("v1.0/card/instances/createAndDeliver", dingtalk_card(sandbox))

        def press() -> Awaitable[Any]:
            item = sandbox.screen("chen")[-1]
            return sandbox.member_presses("chen", item.id, "reassign:1")

        return press

    async def test_a_press_arrives_with_its_content_as_text(
        self, stream: StreamBot, press: Callable[[], Awaitable[Any]]
    ) -> None:
        await press()

        pressed = json.loads(stream.frames[0]["data"])
        assert pressed["outTrackId"] == "lead-1"
        assert pressed["userId"] == "chenjl01"
        assert json.loads(pressed["content"])["cardPrivateData"]["actionIds"] == ["reassign:1"]

    async def test_the_answer_may_change_the_card(
        self, sandbox: Sandbox, stream: StreamBot, press: Callable[[], Awaitable[Any]]
    ) -> None:
        change = {
            "cardUpdateOptions": {"updateCardDataByKey": True},
            "cardData": {"cardParamMap": {"status": "已转派"}},
        }
        stream.answer = lambda frame: acknowledged(frame, {"response": change})

        await press()

        card = sandbox.screen("chen")[-1].card
        assert card is not None
        assert (card.title, card.status) == ("升级：赵主任", "已转派")
        assert card.buttons[0].disabled

    @pytest.mark.parametrize(
        "answer",
        [
            {"nothing": {}},
            {"response": {"cardDatas": {}}},
            {"response": {"cardData": {"cardParamMap": {"status": 1}}}},
        ],
    )
    async def test_a_wrong_answer_changes_nothing_and_is_noted(
        self,
        sandbox: Sandbox,
        stream: StreamBot,
        press: Callable[[], Awaitable[Any]],
        answer: dict[str, Any],
    ) -> None:
        stream.answer = lambda frame: acknowledged(frame, answer)

        await press()

        card = sandbox.screen("chen")[-1].card
        assert card is not None
        assert card.status is None
        assert len(blamed(sandbox)) == 1


async def test_a_stopped_sandbox_leaves_nothing_running(
    clock: TurnedClock, sandbox: Sandbox, stream: StreamBot
) -> None:
    sandbox.faults.stream.half_dead()

    await sandbox.stop()

    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not [task for task in others if "sandbox" in repr(task.get_coro())]
