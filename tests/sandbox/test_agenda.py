"""DingTalk's todos and events: the client against the vendor's stand-in, over real HTTP."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.sandbox.dingtalk.agenda import union_of
from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from config.settings import DingTalk
from notifiers.dingtalk import DingTalkMessenger
from notifiers.errors import Misconfigured, Retryable, Undeliverable
from tests.fakes.token_memory import TokenMemory
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import blamed

DUE = "2026-11-25T15:00:00+08:00"
LATER = "2026-11-26T15:00:00+08:00"


@pytest.fixture
async def messenger(sandbox: Sandbox, clock: TurnedClock) -> AsyncIterator[DingTalkMessenger]:
    app = sandbox.cast.dingtalk
    settings = DingTalk.model_validate(
        {
            "api_base": f"{sandbox.base_url}/dingtalk",
            "oapi_base": f"{sandbox.base_url}/dingtalk-oapi",
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "robot_code": app.robot_code,
        }
    )
    async with aiohttp.ClientSession() as session:
        yield DingTalkMessenger(session, settings, TokenMemory(), clock)


def said(deed: str, **more: Any) -> dict[str, Any]:
    return {
        "deed": deed,
        "account": "chenjl01",
        "key": "genjin-k1",
        "number": None,
        "title": "报价：赵主任 · CT设备",
        "due": DUE,
        "url": "https://bot.example.com/t/x",
        **more,
    }


async def test_a_todo_is_put_once_moved_done_and_taken_away(
    sandbox: Sandbox, messenger: DingTalkMessenger
) -> None:
    todos = sandbox.dingtalk.agenda.todos

    put = await messenger.call("todo", said("put"))
    again = await messenger.call("todo", said("put"))
    (todo,) = todos.values()
    before = (todo.owner, todo.title, todo.due)
    await messenger.call("todo", said("move", number=put["id"], due=LATER))
    moved = todo.due
    await messenger.call("todo", said("done", number=put["id"]))

    assert put == again == {"id": todo.number}
    assert before == ("chen", "报价：赵主任 · CT设备", 1795590000000)
    assert moved - before[2] == timedelta(days=1) / timedelta(milliseconds=1)
    assert todo.is_done
    await messenger.call("todo", said("gone", number=put["id"]))
    assert todos == {}
    # The colleague took it away himself: nothing is left to be done.
    assert await messenger.call("todo", said("gone", number=put["id"])) == {}


async def test_an_event_is_put_once_and_moved(
    sandbox: Sandbox, messenger: DingTalkMessenger
) -> None:
    events = sandbox.dingtalk.agenda.events

    put = await messenger.call("calendar", said("put"))
    again = await messenger.call("calendar", said("put"))
    (event,) = events.values()
    began = event.due["dateTime"]
    await messenger.call("calendar", said("move", number=put["id"], due=LATER))

    assert put == again == {"id": event.number}
    assert (began, event.due["dateTime"]) == (DUE, LATER)
    await messenger.call("calendar", said("gone", number=put["id"]))
    assert events == {}


async def test_the_address_book_is_asked_once(
    sandbox: Sandbox, messenger: DingTalkMessenger
) -> None:
    for number in range(3):
        await messenger.call("todo", said("put", key=f"genjin-k{number}"))

    asked = [call.path for call in sandbox.ledger.calls if call.path == "topapi/v2/user/get"]
    assert len(asked) == 1


async def test_a_missing_right_is_of_one_api(
    sandbox: Sandbox, messenger: DingTalkMessenger
) -> None:
    sandbox.faults.will_answer(
        "v1.0/todo/tasks",
        "Forbidden.AccessDenied.AccessTokenPermissionDenied",
        "no right",
        status=403,
    )

    with pytest.raises(Misconfigured) as refused:
        await messenger.call("todo", said("put"))
    assert refused.value.only_this_api
    assert await messenger.call("calendar", said("put"))


async def test_an_unknown_account_is_refused_for_good(messenger: DingTalkMessenger) -> None:
    with pytest.raises(Undeliverable):
        await messenger.call("todo", said("put", account="nobody"))


async def test_an_entry_without_a_number_cannot_be_changed(messenger: DingTalkMessenger) -> None:
    with pytest.raises(Undeliverable):
        await messenger.call("todo", said("done"))


async def test_a_revoked_token_is_replaced(sandbox: Sandbox, messenger: DingTalkMessenger) -> None:
    await messenger.call("todo", said("put"))
    sandbox.faults.revoke_tokens()

    try:
        found = await messenger.call("todo", said("put", key="genjin-k2"))
    except Retryable:
        found = await messenger.call("todo", said("put", key="genjin-k2"))

    assert found["id"]


@pytest.mark.parametrize(
    ("wrong", "blame"),
    [
        ({"dueTime": 1795590000}, "milliseconds"),
        ({"subject": "x" * 1025}, "subject"),
        ({"detailUrl": None}, "detailUrl"),
        ({"executorIds": ["chenjl01"]}, "unionId"),
        ({"sourceId": ""}, "sourceId"),
    ],
)
async def test_the_stand_in_finds_out_what_the_vendor_would_refuse(
    sandbox: Sandbox, caller: Caller, wrong: Mapping[str, Any], blame: str
) -> None:
    chen = next(one for one in sandbox.cast.members if one.id == "chen")
    union = union_of(chen)
    body = {
        "sourceId": "s1",
        "subject": "回访",
        "executorIds": [union],
        "dueTime": 1795590000000,
        "detailUrl": {"appUrl": "https://x.test/", "pcUrl": "https://x.test/"},
        **wrong,
    }

    token = await caller.dingtalk_token()
    async with aiohttp.ClientSession() as session:
        url = f"{sandbox.base_url}/dingtalk/v1.0/todo/users/{union}/tasks"
        headers = {"x-acs-dingtalk-access-token": token}
        async with session.post(
            url, json=body, headers=headers, params={"operatorId": union}
        ) as answer:
            assert answer.status >= 400

    assert any(blame in one for one in map(str, blamed(sandbox)))
