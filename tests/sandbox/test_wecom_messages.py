"""message/send: who is reached, what is cut, dropped, or said only once."""

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.ledger import Outcome
from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import blamed


async def test_a_text_comes_up_on_the_members_screen(sandbox: Sandbox, caller: Caller) -> None:
    answer = await caller.says("lina|Nobody", "您好")

    (item,) = sandbox.screen("lina")
    assert answer["errcode"] == 0
    assert answer["invaliduser"] == "nobody"
    assert (item.text, item.sender, item.platform) == ("您好", "跟进助手", "wecom")
    assert [call.outcome for call in sandbox.ledger.delivered("lina")] == [Outcome.DELIVERED]


async def test_nobody_known_is_81013(caller: Caller) -> None:
    assert (await caller.says("ghost", "您好"))["errcode"] == 81013


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"agentid": "1000002"}, 40056),
        ({"agentid": 7}, 40056),
        ({"agentid": None}, 41011),
        ({"touser": ""}, 82001),
        ({"msgtype": "poem"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"enable_duplicate_check": 1, "duplicate_check_interval": 14401}, 40058),
    ],
)
async def test_what_only_a_bug_would_send_is_refused_and_noted(
    sandbox: Sandbox, caller: Caller, change: dict[str, Any], errcode: int
) -> None:
    answer = await caller.says("lina", "您好", **change)

    assert answer["errcode"] == errcode
    assert len(blamed(sandbox)) == 1
    assert sandbox.screen("lina") == []


async def test_a_long_text_is_cut_at_2048_bytes(sandbox: Sandbox, caller: Caller) -> None:
    await caller.says("lina", "长" * 700)

    (item,) = sandbox.screen("lina")
    assert item.text == "长" * 682
    assert "was cut" in blamed(sandbox)[0]


async def test_the_same_request_within_the_interval_reaches_people_once(
    sandbox: Sandbox, caller: Caller, clock: TurnedClock
) -> None:
    check = {"enable_duplicate_check": 1, "duplicate_check_interval": 14400}

    for _ in range(2):
        assert (await caller.says("lina", "您好", **check))["errcode"] == 0
    assert len(sandbox.screen("lina")) == 1
    clock.forward(timedelta(hours=4))
    await caller.says("lina", "您好", **check)

    assert len(sandbox.screen("lina")) == 2
    outcomes = [call.outcome for call in sandbox.ledger.of("message/send")]
    assert outcomes == [Outcome.DELIVERED, Outcome.DUPLICATE, Outcome.DELIVERED]


async def test_over_thirty_a_minute_are_dropped_without_a_word(
    sandbox: Sandbox, caller: Caller, clock: TurnedClock
) -> None:
    for number in range(31):
        assert (await caller.says("lina", f"第{number}条"))["errcode"] == 0
    assert len(sandbox.screen("lina")) == 30
    assert [call.body["text"]["content"] for call in sandbox.ledger.dropped()] == ["第30条"]

    clock.forward(timedelta(minutes=1))
    await caller.says("lina", "又可以了")

    assert sandbox.screen("lina")[-1].text == "又可以了"
