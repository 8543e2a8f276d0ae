"""Stream mode: one websocket, kept open, that loses nothing."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bot.platforms.stream import Backoff, Patience, StreamClient
from config.clock import TurnedClock
from crm_store.arrival import Arrival, Route
from tests.fakes.dingtalk_stream import CARD, CLIENT_ID, CLIENT_SECRET, ROBOT, StreamGateway
from tests.platforms.entrance import NOW, Inbox, dingtalk, payload

AT_ONCE = Patience(first_retry=0, longest_retry=0, refused=0)
WORDS = {"msgtype": "text", "text": {"content": "在吗"}, "msgId": "m1", "senderStaffId": "m01"}


class SlowInbox(Inbox):
    """Does not return before the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.may_return = asyncio.Event()

    async def accept(self, arrivals: Sequence[Arrival]) -> None:
        self.asked.set()
        await self.may_return.wait()
        await super().accept(arrivals)


class BrokenInbox(Inbox):
    """Has a bug: it fails once in a way nobody foresaw."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = False

    async def accept(self, arrivals: Sequence[Arrival]) -> None:
        if not self.failed:
            self.failed = True
            raise ZeroDivisionError
        await super().accept(arrivals)


class Office:
    """Our side of the wire, running."""

    def __init__(self, gateway: StreamGateway, client: StreamClient, inbox: Inbox) -> None:
        self.gateway = gateway
        self.client = client
        self.inbox = inbox
        self.alarms: list[str] = []
        self.running: asyncio.Task[None] | None = None

    def starts(self) -> None:
        self.running = asyncio.create_task(self.client.run())


@asynccontextmanager
async def office(
    *,
    inbox: Inbox | None = None,
    patience: Patience = AT_ONCE,
    secret: str = CLIENT_SECRET,
    refusals: Sequence[int] = (),
    astray: Sequence[str] = (),
) -> AsyncIterator[Office]:
    alarms: list[str] = []
    box = inbox or Inbox()
    async with StreamGateway().running() as gateway, aiohttp.ClientSession() as session:
        gateway.refusals.extend(refusals)
        gateway.astray.extend(astray)
        settings = dingtalk(
            mode="stream", api_base=gateway.address, client_id=CLIENT_ID, client_secret=secret
        )
        client = StreamClient(
            settings,
            session,
            box.accept,
            TurnedClock(NOW),
            alarm=alarms.append,
            rng=random.Random(1),
            patience=patience,
        )
        open_office = Office(gateway, client, box)
        open_office.alarms = alarms
        open_office.starts()
        try:
            yield open_office
        finally:
            await client.stop()


async def test_it_subscribes_to_what_it_understands() -> None:
    async with office() as here:
        await here.gateway.connection()

        asked = here.gateway.openings[0]
        assert (asked["clientId"], asked["clientSecret"]) == (CLIENT_ID, CLIENT_SECRET)
        assert {topic["topic"] for topic in asked["subscriptions"]} == {"*", ROBOT, CARD}


async def test_a_ping_comes_back_as_it_was() -> None:
    async with office() as here:
        line = await here.gateway.connection()

        await line.says("SYSTEM", "ping", '{"opaque":"1"}', message_id="p1", time="7")

        assert await line.answer() == {
            "code": 200,
            "headers": {"messageId": "p1", "topic": "ping", "time": "7"},
            "message": "OK",
            "data": '{"opaque":"1"}',
        }


async def test_words_are_acknowledged_once_they_are_kept() -> None:
    inbox = SlowInbox()
    async with office(inbox=inbox) as here:
        line = await here.gateway.connection()

        await line.says("CALLBACK", ROBOT, WORDS)
        await inbox.asked.wait()
        assert line.answers.empty()
        inbox.may_return.set()

        ack = await line.answer()
        assert (ack["code"], ack["headers"]["messageId"]) == (200, "mid1")
        assert json.loads(ack["data"]) == {"response": None}
        assert inbox.only.payload["text"] == "在吗"


async def test_a_ping_is_answered_while_the_database_is_slow() -> None:
    inbox = SlowInbox()
    async with office(inbox=inbox) as here:
        line = await here.gateway.connection()

        await line.says("CALLBACK", ROBOT, WORDS)
        await inbox.asked.wait()
        await line.says("SYSTEM", "ping", "{}", message_id="p1")

        assert (await line.answer())["headers"]["messageId"] == "p1"
        inbox.may_return.set()


async def test_words_that_could_not_be_kept_are_sent_again_and_kept_then() -> None:
    async with office() as here:
        line = await here.gateway.connection()
        here.inbox.full = True
        await line.says("CALLBACK", ROBOT, WORDS, message_id="mid1")
        await line.says("EVENT", "*", {"a": 1}, message_id="mid2", eventType="org_change")

        # The event's LATER is the next answer: the words before it were left unanswered.
        later = await line.answer()
        assert later["headers"]["messageId"] == "mid2"
        assert json.loads(later["data"])["status"] == "LATER"

        here.inbox.full = False
        await line.says("CALLBACK", ROBOT, WORDS, message_id="mid1")

        assert (await line.answer())["headers"]["messageId"] == "mid1"
        assert here.inbox.only.key == "dingtalk:msg:m1"


async def test_an_event_is_kept_under_the_name_in_its_frame() -> None:
    async with office() as here:
        line = await here.gateway.connection()

        await line.says(
            "EVENT",
            "*",
            {"userId": ["m01"]},
            eventType="user_leave_org",
            eventId="e1",
            eventBornTime="1795485600123",
        )

        assert json.loads((await line.answer())["data"]) == {"status": "SUCCESS"}
        arrival = here.inbox.only
        assert arrival.key == "dingtalk:event:e1"
        assert arrival.payload["change"] == "user_leave_org"
        assert arrival.payload["happened_at"] == "2026-11-24T02:00:00.123000Z"


async def test_a_pressed_card_is_answered_with_no_change() -> None:
    async with office() as here:
        line = await here.gateway.connection()

        await line.says("CALLBACK", CARD, payload("dingtalk_card_press.json"))
        await line.says("CALLBACK", CARD, payload("dingtalk_card_press.json"))

        assert json.loads((await line.answer())["data"]) == {"response": {}}
        await line.answer()
        first, again = here.inbox.arrivals
        assert first.payload["action"] == "take"
        assert first.key == again.key


async def test_a_topic_nobody_asked_for_is_refused() -> None:
    async with office() as here:
        line = await here.gateway.connection()

        await line.says("CALLBACK", "/v1.0/graph/api/invoke", {})

        assert (await line.answer())["code"] == 404


async def test_unreadable_data_is_kept_for_a_person_and_acknowledged() -> None:
    async with office() as here:
        line = await here.gateway.connection()

        await line.says("CALLBACK", ROBOT, "{")

        assert (await line.answer())["code"] == 200
        assert here.inbox.only.route is Route.DEAD


async def test_frames_that_make_no_sense_are_passed_over() -> None:
    async with office() as here:
        line = await here.gateway.connection()
        for nonsense in ("", "[]", "{", "{}", '{"type":7,"headers":"x"}', "[" * 9999):
            await line.sends(nonsense)
        await line.sends_bytes(b"\x00")
        await line.says("SYSTEM", "KEEPALIVE", "")
        await line.says("SYSTEM", "CONNECTED", {})

        await line.says("SYSTEM", "ping", "{}", message_id="p1")

        answers = [await line.answer()]
        while answers[-1]["headers"].get("messageId") != "p1":
            answers.append(await line.answer())
        assert here.inbox.arrivals == []


async def test_a_handover_loses_nothing_that_is_in_flight() -> None:
    inbox = SlowInbox()
    async with office(inbox=inbox) as here:
        old = await here.gateway.connection()
        await old.says("CALLBACK", ROBOT, WORDS)
        await inbox.asked.wait()

        await old.says("SYSTEM", "disconnect", {"reason": "persistent connection is timeout"})
        new = await here.gateway.connection()
        assert not old.closed.is_set()
        inbox.may_return.set()

        assert (await old.answer())["headers"]["messageId"] == "mid1"
        await old.closed.wait()
        await new.says("SYSTEM", "ping", "{}", message_id="p1")
        assert (await new.answer())["headers"]["messageId"] == "p1"


async def test_every_connection_has_a_ticket_of_its_own() -> None:
    async with office() as here:
        for _ in range(3):
            line = await here.gateway.connection()
            await line.drops()
        await here.gateway.connection()

        assert len(here.gateway.openings) == 4


async def test_a_half_dead_socket_is_given_up() -> None:
    silence = Patience(first_retry=0, longest_retry=0, silence=0.05)
    async with office(patience=silence) as here:
        dead = await here.gateway.connection()

        await here.gateway.connection()

        await dead.closed.wait()


async def test_a_bug_leaves_the_frame_unanswered_and_the_connection_open() -> None:
    async with office(inbox=BrokenInbox()) as here:
        line = await here.gateway.connection()

        await line.says("CALLBACK", ROBOT, WORDS, message_id="mid1")
        await line.says("CALLBACK", ROBOT, WORDS, message_id="mid2")

        assert (await line.answer())["headers"]["messageId"] == "mid2"


async def test_a_gateway_in_trouble_is_tried_again_without_an_alarm() -> None:
    async with office(refusals=[500, 502, 429]) as here:
        await here.gateway.connection()

        assert len(here.gateway.openings) == 4
        assert here.alarms == []


async def test_an_endpoint_that_leads_nowhere_is_asked_for_again() -> None:
    astray = ["", "oapi", "ftp://x/", "ws://[x/", "ws:///connect", "ws://127.0.0.1:1/connect"]
    async with office(astray=astray) as here:
        await here.gateway.connection()

        assert len(here.gateway.openings) == len(astray) + 1


async def test_a_wrong_secret_alarms_once_until_it_is_mended() -> None:
    async with office(refusals=[401, 401, 401]) as here:
        await here.gateway.connection()

        (alarm,) = here.alarms
        assert "client_secret" in alarm
        assert CLIENT_SECRET not in alarm


async def test_stopping_finishes_what_is_in_flight_and_leaves_nothing() -> None:
    inbox = SlowInbox()
    async with office(inbox=inbox) as here:
        line = await here.gateway.connection()
        await line.says("CALLBACK", ROBOT, WORDS)
        await inbox.asked.wait()
        assert "Line._work_on" in _ours(asyncio.all_tasks())

        stopping = asyncio.create_task(here.client.stop())
        inbox.may_return.set()
        await stopping

        assert (await line.answer())["headers"]["messageId"] == "mid1"
        await line.closed.wait()
        assert here.running is not None
        await here.running
        assert _ours(asyncio.all_tasks()) == set()


async def test_cancelling_leaves_nothing_either() -> None:
    async with office() as here:
        line = await here.gateway.connection()
        assert here.running is not None

        here.running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await here.running

        await line.closed.wait()
        assert _ours(asyncio.all_tasks()) == set()


async def test_what_never_ends_does_not_hold_up_the_stop() -> None:
    inbox = SlowInbox()
    async with office(inbox=inbox, patience=Patience(grace=0.01)) as here:
        line = await here.gateway.connection()
        await line.says("CALLBACK", ROBOT, WORDS)
        await inbox.asked.wait()

        await here.client.stop()

        assert line.answers.empty()
        assert _ours(asyncio.all_tasks()) == set()


async def test_stopped_before_it_began_it_does_not_begin() -> None:
    async with office() as here:
        await here.client.stop()

        await here.client.run()


def _ours(tasks: set[asyncio.Task[Any]]) -> set[str]:
    """The names of the client's own coroutines among the tasks."""
    names = {getattr(task.get_coro(), "__qualname__", "") for task in tasks if not task.done()}
    return {name for name in names if name.startswith(("StreamClient", "Line."))}


def test_waits_grow_with_jitter_up_to_a_minute() -> None:
    backoff = Backoff(Patience(), random.Random(7))

    waits = [backoff.after_loss() for _ in range(40)]

    for wait, longest in zip(waits, [1, 2, 4, 8, 16, 32, *[60] * 34], strict=True):
        assert longest / 2 <= wait <= longest


def test_a_connection_that_proved_itself_starts_the_count_anew() -> None:
    backoff = Backoff(Patience(), random.Random(7))

    assert backoff.after_handover() == 0
    assert backoff.after_handover() > 0
    backoff.reset()
    assert backoff.after_handover() == 0
