"""What the page asks for and does."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from tests.sandbox.caller import Caller, lead_card
from tests.sandbox.listener import Listener


async def post(caller: Caller, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await caller.post(f"sandbox/api/{path}", body)
    return answer.status, answer.body


async def state(caller: Caller) -> dict[str, Any]:
    return (await caller.get("sandbox/api/state")).body


async def test_everybody_is_there_with_his_conversations(caller: Caller) -> None:
    people = (await state(caller))["people"]

    assert [(p["id"], p["name"], p["role"], p["platforms"]) for p in people] == [
        ("zhao", "赵主任", "client", ["wechat"]),
        ("lina", "李娜", "rep", ["wecom"]),
        ("wanglei", "王磊", "rep", ["wecom"]),
        ("chen", "陈经理", "manager", ["dingtalk"]),
    ]
    names = [[conversation["name"] for conversation in p["conversations"]] for p in people]
    assert names == [["微信客服"], ["跟进助手"], ["跟进助手"], ["跟进助手"]]


async def test_one_speaks_as_anybody(sandbox: Sandbox, caller: Caller, bot: Listener) -> None:
    await post(caller, "enter", person="zhao")
    await post(caller, "say", person="zhao", conversation="kf", text="想了解CT")
    await post(caller, "say", person="lina", conversation="assistant", text="我的线索")

    assert [fields.get("Event", fields.get("Content")) for _, fields in bot.heard] == [
        "kf_msg_or_event",
        "kf_msg_or_event",
        "我的线索",
    ]
    screens = (await state(caller))["screens"]
    assert screens["zhao"][0]["text"] == "想了解CT"
    assert screens["zhao"][0]["from"] == "赵主任"
    assert screens["zhao"][0]["mine"]
    assert screens["zhao"][0]["card"] is None


async def test_a_card_reaches_the_page_and_is_pressed_there(caller: Caller, bot: Listener) -> None:
    await caller.shows("LiNa", lead_card())

    (item,) = (await state(caller))["screens"]["lina"]
    assert item["card"]["quote"] == {"title": "", "text": "想了解CT"}
    assert item["card"]["buttons"][0] == {
        "key": "touch:1",
        "text": "已联系",
        "style": "primary",
        "url": None,
        "disabled": False,
    }
    assert (await post(caller, "press", person="lina", item=item["id"], key="touch:1"))[0] == 200
    assert bot.heard[0][1]["EventKey"] == "touch:1"


async def test_a_conversation_handed_over_appears_and_can_be_written_in(
    sandbox: Sandbox, caller: Caller
) -> None:
    await sandbox.client_writes("zhao", "想了解CT")
    await caller.hands_over(3, "LiNa")
    await sandbox.settled()

    lina = (await state(caller))["people"][1]
    assert lina["conversations"][1]["id"] == "kf:zhao"
    assert lina["conversations"][1]["can_write"]
    await post(caller, "say", person="lina", conversation="kf:zhao", text="您好")
    assert sandbox.screen("zhao")[-1].text == "您好"

    await caller.hands_over(3, "WangLei")
    await sandbox.settled()
    lina = (await state(caller))["people"][1]
    assert not lina["conversations"][1]["can_write"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("say", {"person": "zhao"}, 400),
        ("say", {"person": "zhao", "conversation": "kf", "text": "  "}, 409),
        ("say", {"person": "ghost", "conversation": "assistant", "text": "在"}, 409),
        ("say", {"person": "lina", "conversation": "dingtalk", "text": "在"}, 409),
        ("say", {"person": "lina", "conversation": "kf:zhao", "text": "在"}, 409),
        ("say", {"person": "lina", "conversation": "nowhere", "text": "在"}, 409),
        ("press", {"person": "lina", "item": "i99", "key": "x"}, 409),
        ("clock", {"minutes": -1}, 400),
        ("clock", {}, 400),
        ("clock", {"to_next": True}, 409),
    ],
)
async def test_what_cannot_be_done_is_said_in_chinese(
    caller: Caller, path: str, body: dict[str, Any], status: int
) -> None:
    answered, said = await post(caller, path, **body)

    assert answered == status
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said["error"])


async def test_a_bot_that_does_not_answer_is_named(caller: Caller, bot: Listener) -> None:
    await bot.stop()

    assert (await post(caller, "say", person="zhao", conversation="kf", text="在"))[0] == 409
    assert (await caller.get("sandbox/api/knowledge")).status == 409


async def test_news_come_as_a_line_each(
    sandbox: Sandbox, caller: Caller, clock: TurnedClock
) -> None:
    async with caller.session.get(caller.url("sandbox/api/events")) as events:
        first = await next_version(events.content)
        clock.forward(timedelta(minutes=1))
        second = await next_version(events.content)
        await sandbox.client_writes("zhao", "在吗")
        third = await next_version(events.content)

    assert first < second < third


async def test_an_open_page_does_not_hold_up_the_end(sandbox: Sandbox, caller: Caller) -> None:
    async with caller.session.get(caller.url("sandbox/api/events")) as events:
        await next_version(events.content)

        await sandbox.stop()

        assert (await events.content.read()).strip() == b""


async def next_version(lines: Any) -> int:
    async for line in lines:
        if line.startswith(b"data: "):
            version: int = json.loads(line.removeprefix(b"data: "))["version"]
            return version
    raise AssertionError("the events ended")


class TestClock:
    async def test_it_stops_at_every_due_time_on_the_way(
        self, caller: Caller, bot: Listener, clock: TurnedClock
    ) -> None:
        start = clock.now()
        due = [start + timedelta(minutes=minutes) for minutes in (5, 9, 60)]
        bot.next_due = [moment.isoformat() for moment in due]
        clock.on_turn(lambda: drop_what_is_due(bot, clock))

        status, said = await post(caller, "clock", minutes=15)

        stops = [*due[:2], start + timedelta(minutes=15)]
        assert status == 200
        assert said["stops"] == [moment.isoformat() for moment in stops]
        assert clock.now() == stops[-1]

    async def test_it_goes_to_the_next_due_time(
        self, caller: Caller, bot: Listener, clock: TurnedClock
    ) -> None:
        due = clock.now() + timedelta(hours=3)
        bot.next_due = [due.isoformat()]

        await post(caller, "clock", to_next=True)

        assert clock.now() == due

    async def test_something_overdue_does_not_hold_it_for_ever(
        self, caller: Caller, bot: Listener, clock: TurnedClock
    ) -> None:
        start = clock.now()
        bot.next_due = [(start - timedelta(hours=1)).isoformat()]

        await post(caller, "clock", minutes=3)

        assert clock.now() == start + timedelta(minutes=3)


def drop_what_is_due(bot: Listener, clock: TurnedClock) -> None:
    """The bot does what is due, at once."""
    while bot.next_due and bot.next_due[0] <= clock.now().isoformat():
        bot.next_due.pop(0)
