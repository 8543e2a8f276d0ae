"""强提醒: a new lead rings on a second channel, and falls silent on both once it is seen."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.links import SignedLinks
from crm_store.erasure import erase
from crm_store.models import DeskAlert
from crm_store.queries import desk_alerts
from handlers.allocation.assignment import send_card
from handlers.events import CardPress, Platform
from handlers.links import Links
from notifiers.card import Card
from notifiers.errors import CardCodeGone, Retryable, Undeliverable
from tests.world import SHANGHAI, TEAM, TUESDAY, Opens, Shown, World

REPAIR = "我们医院的CT设备坏了，急需维保，电话13800001234"
BOTH = {"lina": {"dingtalk": "lina-dd"}, "wanglei": {"dingtalk": "wanglei-dd"}}
NAMELESS = "您有新线索"


def team(**more: dict[str, Any]) -> list[dict[str, Any]]:
    """李娜 and 王磊 with accounts on both platforms."""
    return [{**row, **BOTH.get(row["id"], {}), **more.get(row["id"], {})} for row in TEAM]


@pytest.fixture
async def both(opens: Opens) -> AsyncIterator[World]:
    async with opens(team=team()) as office:
        yield office


def second(office: World, account: str = "lina-dd") -> list[Shown]:
    return office.dingtalk.screens.get(account, [])


def drawn(shown: Shown) -> Card:
    assert isinstance(shown.now, Card)
    return shown.now


async def alerts(office: World) -> list[DeskAlert]:
    async with office.store.view() as view:
        return list((await view.session.exec(select(DeskAlert))).all())


async def ringing(office: World, member: str = "lina") -> int:
    async with office.store.view() as view:
        found = await desk_alerts.ringing_of_members(view, [member], now=view.now)
        return len(found.get(member, ()))


async def test_a_new_lead_rings_on_the_other_platform_and_names_what_is_needed(
    both: World,
) -> None:
    await both.client_writes("wm1", REPAIR, nickname="赵主任")

    assert [card.title for card in both.cards("lina")] == ["赵主任 · CT设备"]
    card = drawn(second(both)[0])
    assert card.title == "赵主任 · 急需CT设备维保"
    assert card.subtitle == "来自微信客服"
    assert [button.text for button in card.buttons] == ["知道了"]
    assert "/f/" in (card.url or "")
    assert await ringing(both) == 1


async def test_the_second_card_comes_with_the_first_and_not_before_the_name(both: World) -> None:
    both.wecom.nicknames.pop("wm1", None)

    await both.client_writes("wm1", REPAIR)
    await both.passes(timedelta(seconds=30))

    assert len(both.cards("lina")) == len(second(both)) == 1


async def test_who_has_one_account_is_rung_on_his_page_alone(office: World) -> None:
    await office.client_writes("wm1", REPAIR, nickname="赵主任")

    (alert,) = await alerts(office)
    assert (alert.member_id, alert.card_key, alert.seen_at) == ("lina", None, None)
    assert len(office.screen("lina")) == 1


@pytest.mark.parametrize(
    "deed", ["taps", "asks why", "writes to the client", "names the client", "says he knows"]
)
async def test_once_it_is_seen_both_are_silent(both: World, deed: str) -> None:
    await both.client_writes("wm1", REPAIR, nickname="赵主任")

    match deed:
        case "taps":
            await both.presses("lina", "已联系")
        case "asks why":
            await both.presses("lina", "为什么给我")
        case "writes to the client":
            await both.servicer_writes("lina", "wm1", "您好，我马上安排工程师")
        case "names the client":
            await both.hears("lina", "查 赵主任")
        case _:
            await _presses_the_second(both)

    assert drawn(second(both)[0]).status
    assert len(second(both)) == 1
    assert await ringing(both) == 0
    assert [row.seen_at is not None for row in await alerts(both)] == [True]


async def _presses_the_second(office: World) -> None:
    await office.happens(
        CardPress(
            platform=Platform.DINGTALK,
            account="lina-dd",
            card_key=second(office)[0].key,
            action="noticed:L1",
            pressed_at=office.clock.now(),
        ),
        lane="member:dingtalk:lina-dd",
    )


async def test_know_it_is_a_view_and_no_follow_up(both: World) -> None:
    await both.client_writes("wm1", REPAIR, nickname="赵主任")

    await _presses_the_second(both)
    await _presses_the_second(both)

    lead = await both.lead()
    assert (lead.state, lead.first_touched_at) == ("viewed", None)
    assert [button.text for button in both.cards("lina")[0].buttons][:1] == ["已联系"]


async def test_what_went_to_a_colleague_rings_there_and_no_more_here(both: World) -> None:
    await both.client_writes("wm1", REPAIR, nickname="赵主任")

    await both.passes(timedelta(minutes=15))

    assert (await both.lead()).owner_id == "wanglei"
    assert drawn(second(both)[0]).status == "已转给王磊"
    assert drawn(second(both, "wanglei-dd")[0]).title == "赵主任 · 急需CT设备维保"
    assert (await ringing(both), await ringing(both, "wanglei")) == (0, 1)


@pytest.mark.parametrize("word", ["无效 赵主任 打错了", "转派 赵主任 给 王磊"])
async def test_what_the_manager_decides_ends_it(both: World, word: str) -> None:
    await both.client_writes("wm1", REPAIR, nickname="赵主任")

    await both.hears("chen", word)

    assert await ringing(both) == 0
    assert drawn(second(both)[0]).status


async def test_quiet_hours_keep_the_second_channel_quiet_too(opens: Opens) -> None:
    night = datetime(2026, 3, 10, 23, 0, tzinfo=SHANGHAI)
    quiet = team(lina={"quiet_hours": "22:00-08:00"})
    async with opens(team=quiet, start=night) as office:
        await office.client_writes("wm1", REPAIR, nickname="赵主任")
        assert (len(second(office)), await ringing(office)) == (0, 0)

        await office.passes(timedelta(hours=9))

        assert (len(second(office)), await ringing(office)) == (1, 1)


async def test_what_is_seen_before_it_is_due_never_goes_out(opens: Opens) -> None:
    async with opens(team=team(), rules={"desk": {"after_seconds": 120}}) as office:
        await office.client_writes("wm1", REPAIR, nickname="赵主任")
        await office.passes(timedelta(seconds=60))
        assert (len(second(office)), await ringing(office)) == (0, 0)
        await office.presses("lina", "已联系")

        await office.passes(timedelta(minutes=10))

        assert second(office) == []


async def test_with_a_delay_it_rings_when_nobody_looked(opens: Opens) -> None:
    async with opens(team=team(), rules={"desk": {"after_seconds": 120}}) as office:
        await office.client_writes("wm1", REPAIR, nickname="赵主任")

        await office.passes(timedelta(seconds=121))

        assert (len(second(office)), await ringing(office)) == (1, 1)


async def test_what_the_platform_has_not_taken_yet_is_taken_back(both: World) -> None:
    both.one_by_one = True
    both.dingtalk.only_for["lina-dd"] = Retryable("down", code="500")
    await both.client_writes("wm1", REPAIR, nickname="赵主任")

    await both.presses("lina", "已联系")
    both.dingtalk.only_for.clear()
    await both.passes(timedelta(minutes=5))

    assert all(drawn(shown).status for shown in second(both))
    assert await ringing(both) == 0


async def test_a_card_that_cannot_be_changed_does_not_ring_again(both: World) -> None:
    await both.client_writes("wm1", REPAIR, nickname="赵主任")
    both.dingtalk.only_for["lina-dd"] = CardCodeGone("gone")

    await both.presses("lina", "已联系")
    await both.passes(timedelta(minutes=5))

    assert len(second(both)) == 1


async def test_a_second_platform_that_fails_takes_nothing_from_the_first(both: World) -> None:
    both.dingtalk.only_for["lina-dd"] = Undeliverable("no such user", code="40035")

    await both.client_writes("wm1", REPAIR, nickname="赵主任")
    await both.passes(timedelta(minutes=1))

    assert [card.title for card in both.cards("lina")] == ["赵主任 · CT设备"]
    assert await ringing(both) == 1
    await both.presses("lina", "已联系")
    assert await ringing(both) == 0


async def test_a_first_platform_that_fails_leaves_the_card_on_the_second(both: World) -> None:
    both.wecom.only_for["LiNa"] = Undeliverable("no such user", code="60111")

    await both.client_writes("wm1", REPAIR, nickname="赵主任")
    await both.passes(timedelta(minutes=1))

    titles = [drawn(shown).title for shown in second(both)]
    assert sorted(titles) == ["赵主任 · CT设备", "赵主任 · 急需CT设备维保"]


async def test_only_what_is_of_high_intent_rings_where_the_rules_say_so(opens: Opens) -> None:
    async with opens(team=team(), rules={"desk": {"leads": "high"}}) as office:
        await office.client_writes("wm1", "你好，CT设备有资料吗", nickname="赵主任")
        assert (len(second(office)), await ringing(office)) == (0, 0)

        await office.client_writes("wm1", "急需两台，尽快报价")

        assert (len(second(office)), await ringing(office)) == (1, 1)
        await office.client_writes("wm1", "预算也批了，急")
        assert len(second(office)) == 1


async def test_it_can_be_switched_off(opens: Opens) -> None:
    async with opens(team=team(), rules={"desk": {"active": False}}) as office:
        await office.client_writes("wm1", REPAIR, nickname="赵主任")

        assert (second(office), await alerts(office)) == ([], [])
        assert "没有启用" in await office.hears("lina", "桌面提醒")


async def test_what_he_takes_down_himself_does_not_ring(both: World) -> None:
    await both.hears("lina", "线索 江北医院 赵主任 13800001234 想了解彩超")

    assert (await both.lead()).owner_id == "lina"
    assert (second(both), await alerts(both)) == ([], [])


async def test_a_lead_that_comes_back_rings_again_and_once(both: World) -> None:
    await both.client_writes("wm1", REPAIR, nickname="赵主任")
    for heir in ("王磊", "李娜"):
        await both.passes(timedelta(minutes=1))
        await both.hears("chen", f"转派 赵主任 给 {heir}")

    assert len(await alerts(both)) == 3
    assert (await ringing(both), await ringing(both, "wanglei")) == (1, 0)


async def test_an_erased_client_rings_nowhere(both: World) -> None:
    await both.client_writes("wm1", REPAIR, nickname="赵主任")

    async with both.store.transaction() as tx:
        await erase(tx, 1)
        await both.dispatcher.react(tx)
    await both.settle()

    assert await alerts(both) == []
    assert len(second(both)) == 1


async def test_a_clock_that_is_set_back_silences_nothing(both: World) -> None:
    await both.client_writes("wm1", REPAIR, nickname="赵主任")

    both.clock.turn_to(TUESDAY - timedelta(hours=3))

    assert await ringing(both) == 1


@pytest.mark.parametrize(
    ("words", "nickname"),
    [
        (REPAIR, "赵主任"),
        ("你好", "赵主任"),
        ("在吗", ""),
        ("加我微信 zhao_2026", ""),
        ("急", ""),
        ("13800001234 打给我", ""),
        ("<b>急需</b>两台彩超！！", "  "),
        ("\u202e急需CT", "\u200b"),
    ],
)
async def test_no_reminder_is_nameless(both: World, words: str, nickname: str) -> None:
    """Whom, from where, and what: whatever is not known is said to be so, and nothing is empty."""
    await both.client_writes("wm1", words, nickname=nickname or None)
    await both.passes(timedelta(seconds=30))

    for shown in second(both):
        card = drawn(shown)
        who, _, need = card.title.partition(" · ")
        assert who.strip()
        assert need.strip()
        assert re.fullmatch(r"来自\S.*", card.subtitle)
        assert NAMELESS not in card.model_dump_json()
    assert len(second(both)) == 1


async def test_the_same_assignment_rings_once_however_often_it_is_shown(both: World) -> None:
    await both.client_writes("wm1", REPAIR, nickname="赵主任")

    async with both.store.transaction() as tx:
        lead = await tx.lock_lead(1)
        services = both.services
        await send_card(tx, lead, services.get(Links), both.settings, both.rules.current)
    await both.settle()

    assert len(await alerts(both)) == len(second(both)) == 1


async def test_the_link_to_the_desk_is_personal_and_can_be_taken_back(office: World) -> None:
    said = await office.hears("lina", "桌面提醒")
    card = office.cards("lina")[-1]
    first = SignedLinks(office.settings, office.rules, office.clock).open_desk(
        (card.url or "").rpartition("/")[2]
    )
    await office.hears("lina", "关闭桌面提醒")
    await office.hears("lina", "桌面提醒")
    again = SignedLinks(office.settings, office.rules, office.clock).open_desk(
        (office.cards("lina")[-1].url or "").rpartition("/")[2]
    )

    assert "90 天内有效" in said
    assert (first.member_id, first.seat, again.seat) == ("lina", 1, 2)
    assert "没有开过" in await office.hears("wanglei", "关闭桌面提醒")
