"""Template cards: what is refused, how they are pressed, how they change."""

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.screens import ButtonView, CardView, MenuView
from bot.sandbox.server import Sandbox
from bot.sandbox.world import Impossible
from config.clock import TurnedClock
from tests.sandbox.caller import Caller, lead_card
from tests.sandbox.conftest import blamed
from tests.sandbox.listener import Listener


def card_of(sandbox: Sandbox, person: str = "lina") -> CardView:
    card = sandbox.screen(person)[-1].card
    assert card is not None
    return card


async def test_a_card_is_seen_as_it_was_meant(sandbox: Sandbox, caller: Caller) -> None:
    answer = await caller.shows("LiNa", lead_card())

    card = card_of(sandbox)
    assert answer["response_code"]
    assert (card.title, card.subtitle) == ("赵主任 · CT设备", "微信客服 · 上海")
    assert [(row.name, row.value) for row in card.rows] == [("预算", "300万"), ("档案", "打开")]
    assert card.quote is not None
    assert card.quote.text == "想了解CT"
    assert card.buttons[0] == ButtonView("touch:1", "已联系", "primary")
    assert card.buttons[1].url == "https://x.test/t/1"
    assert card.menu == (MenuView("mute:1", "静音"),)
    assert card.status is None


def buttons(*keys: str) -> list[dict[str, Any]]:
    return [{"type": 0, "text": "按", "key": key} for key in keys]


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"card_type": "poem"}, 42031),
        ({"task_id": None}, 42014),
        ({"task_id": "有汉字"}, 42014),
        ({"task_id": "x" * 129}, 42014),
        ({"main_title": None}, 42033),
        ({"button_list": None}, 40058),
        ({"button_list": buttons(*"abcdefg")}, 40058),
        ({"button_list": buttons("a", "a")}, 42018),
        ({"button_list": buttons("")}, 42017),
        ({"button_list": buttons("x" * 1025)}, 42019),
        ({"button_list": [{"type": 1, "text": "开", "url": "x.test"}]}, 42028),
        ({"action_menu": {"action_list": []}}, 40058),
        ({"horizontal_content_list": [{"keyname": "a"}] * 7}, 42035),
        ({"horizontal_content_list": [{"value": "a"}]}, 42027),
        ({"card_action": {"type": 1}}, 42028),
        ({"emphasis_content": {"title": "7"}}, 40058),
        ({"replace_text": "已转"}, 40058),
        ({"card_type": "text_notice", "button_list": None}, 42045),
    ],
)
async def test_a_malformed_card_is_refused(
    sandbox: Sandbox, caller: Caller, change: dict[str, Any], errcode: int
) -> None:
    answer = await caller.shows("LiNa", lead_card(**change))

    assert answer["errcode"] == errcode
    assert len(blamed(sandbox)) == 1
    assert sandbox.screen("lina") == []


async def test_a_task_id_is_used_up_for_ever(caller: Caller, clock: TurnedClock) -> None:
    await caller.shows("LiNa", lead_card())
    clock.forward(timedelta(days=400))

    assert (await caller.shows("WangLei", lead_card()))["errcode"] == 42014


async def test_interactive_cards_need_a_callback_url(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.without_callback.add("assistant")

    assert (await caller.shows("LiNa", lead_card()))["errcode"] == 43012


async def test_a_press_comes_back_with_a_code_for_the_pressers_card(
    sandbox: Sandbox, caller: Caller, bot: Listener
) -> None:
    await caller.shows("LiNa", lead_card())
    item = sandbox.screen("lina")[0]

    await sandbox.member_presses("lina", item.id, "touch:1")

    app, event = bot.heard[0]
    assert (app, event["Event"], event["EventKey"]) == (
        "assistant",
        "template_card_event",
        "touch:1",
    )
    assert (event["TaskId"], event["FromUserName"]) == ("lead-1", "LiNa")
    settled = lead_card(replace_text="已联系")
    answer = await caller.updates("LiNa", event["ResponseCode"], template_card=settled)
    assert answer == {"errcode": 0, "errmsg": "ok", "invaliduser": []}
    assert card_of(sandbox).status == "已联系"
    assert sandbox.screen("lina")[0].edited_at == sandbox.world.now


async def test_the_menu_comes_back_as_its_own_event(
    sandbox: Sandbox, caller: Caller, bot: Listener
) -> None:
    await caller.shows("LiNa", lead_card())

    await sandbox.member_presses("lina", sandbox.screen("lina")[0].id, "mute:1")

    assert bot.heard[0][1]["Event"] == "template_card_menu_event"


async def test_what_cannot_be_pressed_is_said_in_a_sentence(
    sandbox: Sandbox, caller: Caller
) -> None:
    code = (await caller.shows("LiNa", lead_card()))["response_code"]
    item = sandbox.screen("lina")[0]

    with pytest.raises(Impossible, match="没有这个按钮"):
        await sandbox.member_presses("lina", item.id, "nothing")
    await caller.updates("LiNa", code, button={"replace_name": "已转给王磊"})
    with pytest.raises(Impossible, match="不能再点"):
        await sandbox.member_presses("lina", item.id, "touch:1")
    with pytest.raises(Impossible, match="没有这张卡片"):
        await sandbox.member_presses("wanglei", item.id, "touch:1")


async def test_a_code_changes_a_card_once(caller: Caller) -> None:
    code = (await caller.shows("LiNa", lead_card()))["response_code"]
    change = {"button": {"replace_name": "已转给王磊"}}

    first = await caller.updates("LiNa", code, **change)
    second = await caller.updates("LiNa", code, **change)
    unknown = await caller.updates("LiNa", "nonsense", **change)

    assert (first["errcode"], second["errcode"], unknown["errcode"]) == (0, 40058, 40058)


async def test_a_code_lives_72_hours(caller: Caller, clock: TurnedClock) -> None:
    code = (await caller.shows("LiNa", lead_card()))["response_code"]
    clock.forward(timedelta(hours=72))

    answer = await caller.updates("LiNa", code, button={"replace_name": "已转给王磊"})

    assert answer["errcode"] == 40058


async def test_an_update_touches_only_those_it_names(sandbox: Sandbox, caller: Caller) -> None:
    code = (await caller.shows("LiNa|WangLei", lead_card()))["response_code"]

    answer = await caller.updates("LiNa", code, button={"replace_name": "已转给王磊"})

    assert answer["invaliduser"] == []
    assert card_of(sandbox, "lina").status == "已转给王磊"
    assert card_of(sandbox, "wanglei").status is None


@pytest.mark.parametrize(
    "change",
    [
        {"userids": "LiNa", "button": {"replace_name": "x"}},
        {},
        {"button": {}},
        {"button": {"replace_name": "x"}, "template_card": lead_card()},
    ],
)
async def test_a_malformed_update_leaves_the_code_unused(
    sandbox: Sandbox, caller: Caller, change: dict[str, Any]
) -> None:
    code = (await caller.shows("LiNa", lead_card()))["response_code"]

    assert (await caller.updates("LiNa", code, **change))["errcode"] == 40058
    assert (await caller.updates("LiNa", code, button={"replace_name": "x"}))["errcode"] == 0
    assert len(blamed(sandbox)) == 1


async def test_an_update_may_not_take_another_cards_task_id(
    sandbox: Sandbox, caller: Caller
) -> None:
    await caller.shows("LiNa", lead_card("lead-1"))
    code = (await caller.shows("LiNa", lead_card("lead-2")))["response_code"]

    answer = await caller.updates("LiNa", code, template_card=lead_card("lead-1"))

    assert answer["errcode"] == 42014
    assert blamed(sandbox)
