"""微信客服: pulling, answering, handing over."""

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.ledger import Outcome
from bot.sandbox.server import Sandbox
from bot.sandbox.world import Impossible
from config.clock import TurnedClock
from tests.sandbox.caller import CLIENT, Caller
from tests.sandbox.conftest import blamed
from tests.sandbox.listener import Listener


async def pull(caller: Caller, cursor: str = "", **more: Any) -> dict[str, Any]:
    return await caller.kf("sync_msg", cursor=cursor, limit=1000, voice_format=0, **more)


async def messages(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await pull(caller))["msg_list"]
    return found


async def test_a_clients_words_wait_behind_a_pointer(
    sandbox: Sandbox, caller: Caller, bot: Listener
) -> None:
    await sandbox.client_writes("zhao", "想了解CT")

    app, pointer = bot.heard[0]
    assert (app, pointer["Event"]) == ("kf", "kf_msg_or_event")
    assert pointer["OpenKfId"] == sandbox.cast.open_kfid
    page = await pull(caller, token=pointer["Token"])
    (message,) = page["msg_list"]
    assert (message["origin"], message["msgtype"]) == (3, "text")
    assert message["text"] == {"content": "想了解CT"}
    assert message["external_userid"] == CLIENT
    assert page["has_more"] == 0


async def test_a_cursor_goes_on_where_it_stood_and_a_lost_one_replays(
    sandbox: Sandbox, caller: Caller
) -> None:
    for text in ("一", "二", "三"):
        await sandbox.client_writes("zhao", text)
    sandbox.faults.kf_page = 2

    first = await pull(caller)
    second = await pull(caller, first["next_cursor"])
    again = await pull(caller)

    assert [m["text"]["content"] for m in first["msg_list"]] == ["一", "二"]
    assert (first["has_more"], second["has_more"]) == (1, 0)
    assert [m["text"]["content"] for m in second["msg_list"]] == ["三"]
    assert again["msg_list"] == first["msg_list"]


async def test_pages_may_be_empty_repeated_or_in_the_wrong_order(
    sandbox: Sandbox, caller: Caller
) -> None:
    for text in ("一", "二", "三"):
        await sandbox.client_writes("zhao", text)
    sandbox.faults.kf_page = 2
    sandbox.faults.kf_empty_pages = 1

    empty = await pull(caller)
    first = await pull(caller, empty["next_cursor"])
    sandbox.faults.kf_repeats = sandbox.faults.kf_reversed_pages = 1
    second = await pull(caller, first["next_cursor"])

    assert (empty["msg_list"], empty["has_more"]) == ([], 1)
    assert [m["text"]["content"] for m in second["msg_list"]] == ["三", "二", "一"]


async def test_after_three_days_messages_are_gone(
    sandbox: Sandbox, caller: Caller, clock: TurnedClock
) -> None:
    await sandbox.client_writes("zhao", "早")
    clock.forward(timedelta(days=3, seconds=1))
    await sandbox.client_writes("zhao", "晚")

    assert [m["text"]["content"] for m in await messages(caller)] == ["晚"]


async def test_a_token_lives_ten_minutes(
    sandbox: Sandbox, caller: Caller, bot: Listener, clock: TurnedClock
) -> None:
    await sandbox.client_writes("zhao", "想了解CT")
    token = bot.heard[0][1]["Token"]
    clock.forward(timedelta(minutes=10))

    assert (await pull(caller, token=token))["errcode"] == 95007


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"cursor": "made up"}, 40058),
        ({"token": "made up"}, 95007),
        ({"limit": 1001}, 40058),
        ({"voice_format": 2}, 40058),
        ({"open_kfid": ""}, 95000),
    ],
)
async def test_made_up_parameters_are_refused(
    sandbox: Sandbox, caller: Caller, change: dict[str, Any], errcode: int
) -> None:
    assert (await caller.kf("sync_msg", **change))["errcode"] == errcode
    assert len(blamed(sandbox)) == 1


async def test_five_answers_until_the_client_writes_again(sandbox: Sandbox, caller: Caller) -> None:
    await sandbox.client_writes("zhao", "在吗")

    codes = [(await caller.answers_client(f"第{n}句"))["errcode"] for n in range(6)]
    await sandbox.client_writes("zhao", "还在吗")

    assert codes == [0, 0, 0, 0, 0, 95001]
    assert (await caller.answers_client("在"))["errcode"] == 0
    assert [item.text for item in sandbox.screen("zhao") if not item.mine][-1] == "在"


async def test_an_answer_is_said_once_for_its_msgid(sandbox: Sandbox, caller: Caller) -> None:
    await sandbox.client_writes("zhao", "在吗")

    for _ in range(2):
        answer = await caller.answers_client("在", msgid="m-1")
        assert (answer["errcode"], answer["msgid"]) == (0, "m-1")

    assert len(sandbox.ledger.delivered("zhao")) == 1
    assert sandbox.ledger.calls[-1].outcome is Outcome.DUPLICATE


@pytest.mark.parametrize("msgid", ["x" * 33, "有汉字", 7])
async def test_a_msgid_is_short_and_plain(sandbox: Sandbox, caller: Caller, msgid: object) -> None:
    await sandbox.client_writes("zhao", "在吗")

    assert (await caller.answers_client("在", msgid=msgid))["errcode"] == 40058
    assert len(blamed(sandbox)) == 1


async def test_after_48_hours_nothing_can_be_sent(
    sandbox: Sandbox, caller: Caller, clock: TurnedClock
) -> None:
    await sandbox.client_writes("zhao", "在吗")
    clock.forward(timedelta(hours=48))

    assert (await caller.answers_client("在"))["errcode"] == 95002
    state = await caller.kf("service_state/get", external_userid=CLIENT)
    assert state["service_state"] == 4


async def test_who_only_opened_the_window_is_greeted_by_his_code_once_and_in_time(
    sandbox: Sandbox, caller: Caller, clock: TurnedClock
) -> None:
    await sandbox.client_enters("zhao", scene="web")
    event = (await messages(caller))[0]["event"]
    greeting = {"msgtype": "text", "text": {"content": "您好"}, "code": event["welcome_code"]}

    assert (event["external_userid"], event["scene"]) == (CLIENT, "web")
    assert (await caller.answers_client("您好"))["errcode"] == 95002
    assert (await caller.kf("send_msg_on_event", **greeting))["errcode"] == 0
    assert (await caller.kf("send_msg_on_event", **greeting))["errcode"] == 95019
    assert [item.text for item in sandbox.screen("zhao")] == ["您好"]

    clock.forward(timedelta(hours=48))
    await sandbox.client_enters("zhao")
    late = (await messages(caller))[-1]["event"]["welcome_code"]
    clock.forward(timedelta(seconds=20))
    assert (await caller.kf("send_msg_on_event", **greeting | {"code": late}))["errcode"] == 95019


async def test_who_has_written_gets_no_welcome_code(sandbox: Sandbox, caller: Caller) -> None:
    await sandbox.client_writes("zhao", "在吗")
    await sandbox.client_enters("zhao")

    assert "welcome_code" not in (await messages(caller))[-1]["event"]


async def test_a_conversation_handed_over_is_the_servicers(
    sandbox: Sandbox, caller: Caller, bot: Listener
) -> None:
    await sandbox.client_writes("zhao", "在吗")

    answer = await caller.hands_over(3, "lina")
    await sandbox.settled()
    await sandbox.servicer_writes("lina", "zhao", "您好，我是李娜")
    await sandbox.client_writes("zhao", "好的")

    assert answer["msg_code"]
    assert (await caller.answers_client("机器人插话"))["errcode"] == 95018
    change, spoken = (await messages(caller))[1:3]
    assert change["event"]["change_type"] == 1
    assert change["event"]["new_servicer_userid"] == "LiNa"
    assert (spoken["origin"], spoken["servicer_userid"]) == (5, "LiNa")
    hers = [(item.text, item.mine, item.kind) for item in sandbox.screen("lina")]
    assert hers == [
        ("在吗", False, "text"),
        ("会话已转给李娜", False, "notice"),
        ("您好，我是李娜", True, "text"),
        ("好的", False, "text"),
    ]
    assert sandbox.screen("zhao")[1].text == "您好，我是李娜"
    assert [fields["Event"] for _, fields in bot.heard] == ["kf_msg_or_event"] * 4


async def test_only_the_servicer_himself_may_write(sandbox: Sandbox, caller: Caller) -> None:
    await sandbox.client_writes("zhao", "在吗")
    with pytest.raises(Impossible, match="不由李娜接待"):
        await sandbox.servicer_writes("lina", "zhao", "您好")

    await caller.hands_over(3, "LiNa")
    await caller.hands_over(3, "WangLei")

    with pytest.raises(Impossible, match="不由李娜接待"):
        await sandbox.servicer_writes("lina", "zhao", "您好")
    await sandbox.servicer_writes("wanglei", "zhao", "您好")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ([1, 2, 3, 3, 4], 0),
        ([4, 1], 95016),
        ([1, 0], 95016),
        ([3, 1], 95016),
        ([2, 1], 95016),
    ],
)
async def test_sessions_move_only_forward(
    sandbox: Sandbox, caller: Caller, path: list[int], code: int
) -> None:
    await sandbox.client_writes("zhao", "在吗")

    answers = [await caller.hands_over(state, "LiNa") for state in path]

    assert [answer["errcode"] for answer in answers] == [0] * (len(path) - 1) + [code]


async def test_nobody_gets_a_session_who_takes_none(sandbox: Sandbox, caller: Caller) -> None:
    await sandbox.client_writes("zhao", "在吗")
    await sandbox.servicer_takes("lina", taking=False)

    assert (await caller.hands_over(3, "LiNa"))["errcode"] == 95014
    await sandbox.servicer_takes("lina", taking=True)
    assert (await caller.hands_over(3, "LiNa"))["errcode"] == 0


async def test_an_ended_session_begins_anew_with_the_clients_next_words(
    sandbox: Sandbox, caller: Caller
) -> None:
    await sandbox.client_writes("zhao", "在吗")
    await caller.hands_over(3, "LiNa")
    await sandbox.servicer_ends("lina", "zhao")

    await sandbox.client_writes("zhao", "又来了")

    state = await caller.kf("service_state/get", external_userid=CLIENT)
    assert state["service_state"] == 0
    assert "servicer_userid" not in state


async def test_profiles_are_told_of_known_clients(sandbox: Sandbox, caller: Caller) -> None:
    answer = await caller.kf("customer/batchget", external_userid_list=[CLIENT, "wmGhost"])

    assert [customer["nickname"] for customer in answer["customer_list"]] == ["赵主任"]
    assert answer["invalid_external_userid"] == ["wmGhost"]
    assert (await caller.kf("customer/batchget", external_userid_list=["x"] * 101))["errcode"]
    assert len(blamed(sandbox)) == 1


async def test_a_menu_is_picked_from(sandbox: Sandbox, caller: Caller) -> None:
    await sandbox.client_writes("zhao", "在吗")
    click = {"type": "click", "click": {"id": "101", "content": "看报价"}}
    menu = {"head_content": "您想：", "list": [click]}
    await caller.answers_client("", msgtype="msgmenu", msgmenu=menu)

    await sandbox.client_presses("zhao", sandbox.screen("zhao")[-1].id, "101")

    assert (await messages(caller))[-1]["text"] == {"content": "看报价", "menu_id": "101"}
