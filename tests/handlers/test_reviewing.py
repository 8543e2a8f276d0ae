"""待查重: who is asked about which pair, when, and what his answer does."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from config.rules import Rules
from crm_store.models import Client, IdentityKind, Review, ReviewState
from crm_store.store import Transaction
from handlers.clients import tie
from handlers.events import CardPress
from handlers.forgetting import forget
from notifiers.card import Button
from tests.handlers.pairs import (
    asked,
    becomes_somebody_elses,
    look_alike,
    morning,
    one_client,
    press_all,
    press_of,
    review,
    standing,
    two_clients,
)
from tests.handlers.test_merging import merges, parts
from tests.world import TEAM, TUESDAY, World, company

NEXT_MORNING = TUESDAY.replace(day=11, hour=9)


@pytest.fixture
async def clients(tmp_path: Path) -> AsyncIterator[World]:
    async with company(tmp_path) as world:
        await two_clients(world)
        yield world


@pytest.mark.parametrize("platform", ["dingtalk", "wecom"])
async def test_who_leads_both_reps_decides_on_either_platform(
    tmp_path: Path, platform: str
) -> None:
    team = [
        {**row, "dingtalk": None, "wecom": row["dingtalk"]}
        if platform == "wecom" and row.get("dingtalk")
        else row
        for row in TEAM
    ]
    async with company(tmp_path, team=team) as house:
        await two_clients(house)

        await look_alike(house)

        (card,) = standing(house, "chen")
        assert card.title == "赵主任 / 钱主任"
        assert card.subtitle == "R1 · 是同一个客户吗？ 证据 72 分"
        said = {row.name: row.value for row in card.rows}
        assert said["姓名"] == "赵主任 ｜ 钱主任"
        assert said["电话"] == "138****1234 ｜ 139****5678"
        assert said["来源"] == "微信客服 2026-03-10 ｜ 微信客服 2026-03-10"
        assert said["线索"] == "CT设备（李娜） ｜ 移动DR（王磊）"
        assert card.text.startswith("相同：公司名\n相近：姓名\n不同：城市")
        assert asked(house, "gao") == []
        assert (await house.audited()).count(("chen", "review")) == 2

        # The director has it too, and is not quick enough.
        assert "R1 赵主任 / 钱主任（证据 72 分" in await house.hears("gao", "待查重")
        (his,) = asked(house, "gao")
        await house.presses("chen", "不是同一个")
        (card,) = standing(house, "chen")
        assert (card.status, card.rows, card.buttons) == ("已记住：不是同一个", (), ())
        assert standing(house, "gao")[0].status == "陈经理已确认不是同一个"
        his.drawings.clear()  # his screen has not heard of it yet
        await house.presses("gao", "合并", card=his)
        assert house.texts("gao")[-1] == "「赵主任 / 钱主任」陈经理已确认不是同一个"

        # And nobody is asked again.
        await look_alike(house)
        await morning(house, NEXT_MORNING)
        assert len(asked(house, "chen")) == 1
        decided = await review(house)
        assert (decided.state, decided.decided_by) == (ReviewState.DISTINCT, "chen")


async def test_of_two_who_press_in_the_same_moment_one_decides(office: World) -> None:
    await two_clients(office)
    await look_alike(office)
    await office.hears("gao", "待查重")
    (first,), (second,) = asked(office, "chen"), asked(office, "gao")

    async def presses(press: CardPress) -> None:
        async with office.store.transaction() as tx:
            await office.dispatcher.dispatch(tx, press.kind, press.model_dump(mode="json"))

    await asyncio.gather(
        presses(press_of(office, "chen", "review:R1:same", key=first.key)),
        presses(press_of(office, "gao", "review:R1:distinct", key=second.key)),
    )
    await office.settle()

    async with office.store.view() as view:
        is_merged = (await view.get(Client, 2)).merged_into_id is not None
    state = (await review(office)).state
    assert state == (ReviewState.SAME if is_merged else ReviewState.DISTINCT)
    late = office.texts("gao" if is_merged else "chen")[-1]
    assert late in ("「赵主任 / 钱主任」已由陈经理合并", "「赵主任 / 钱主任」高总已确认不是同一个")
    assert all(card.status for card in (*standing(office, "chen"), *standing(office, "gao")))


async def test_merging_settles_the_card_and_what_else_was_asked_of_the_two(
    clients: World,
) -> None:
    await one_client(clients, "孙主任", owner="lina", product="内窥镜")
    for pair in ((1, 2), (2, 3), (1, 3)):
        await look_alike(clients, *pair)

    await clients.presses("chen", "合并", card=asked(clients, "chen")[0])
    assert standing(clients, "chen")[0].status.startswith("已合并，由")
    # What is asked of 钱主任 and 孙主任 is asked of 赵主任 and 孙主任 by now.
    assert "待查重 1 对" in await clients.hears("chen", "待查重")
    answer = await clients.hears("chen", "查重 R2 合并")

    assert answer.startswith("「赵主任 / 孙主任」已合并")
    states = [(await review(clients, number)).state for number in (1, 2, 3)]
    assert states == [ReviewState.SAME] * 3
    assert all(card.status for card in standing(clients, "chen"))
    assert await clients.hears("chen", "待查重") == "没有待查重的客户"
    assert "已由陈经理合并" in await clients.hears("chen", "查重 R3 不是同一个")


async def test_a_press_counts_once_and_an_old_card_does_no_harm(clients: World) -> None:
    await look_alike(clients)
    (old,) = asked(clients, "chen")
    actions = {
        button.text: button.action
        for button in standing(clients, "chen")[0].buttons
        if isinstance(button, Button)
    }
    said = len(clients.screen("chen"))
    later = press_of(clients, "chen", actions["以后再说"], key=old.key)

    for _ in range(2):
        await clients.happens(later, lane="member:dingtalk:chenjl01")

    assert len(clients.screen("chen")) == said
    assert standing(clients, "chen")[0].status == "以后再说，03-13 起再问"
    old.drawings.clear()
    await clients.presses("chen", "合并", card=old)
    assert clients.texts("chen")[-1] == "这张卡片已经处理过了，这一步没有生效"
    assert (await review(clients)).state == ReviewState.LATER

    # Another day it is asked again.
    await morning(clients, NEXT_MORNING)
    assert len(asked(clients, "chen")) == 1
    await morning(clients, NEXT_MORNING + timedelta(days=2))
    assert len(asked(clients, "chen")) == 2
    await clients.presses("chen", "不是同一个")
    assert (await review(clients)).state == ReviewState.DISTINCT


async def test_an_erased_client_is_nobodys_double(clients: World) -> None:
    await look_alike(clients)

    async with clients.store.transaction() as tx:
        client = await tx.get(Client, 2)
        await clients.dispatcher.act(tx, forget, {Client: client})
    await clients.settle()

    (card,) = standing(clients, "chen")
    assert card.status == "有一方的资料已按客户要求删除，不用再查"
    assert "钱" not in card.model_dump_json()
    assert (await review(clients)).state == ReviewState.GONE


async def test_the_best_few_come_on_working_mornings(tmp_path: Path) -> None:
    rules = {"identity": {"reviews_a_day": 2, "review_urgent": 300}}
    async with company(tmp_path, rules=rules) as office:
        await two_clients(office)
        for name in ("冯主任", "褚主任", "卫主任"):
            await one_client(office, name)
        for pair in ((3, 4), (1, 4), (2, 5), (1, 2)):
            await look_alike(office, *pair)
        friday = TUESDAY.replace(day=13, hour=9)

        await morning(office, friday + timedelta(days=1))
        assert asked(office, "chen") == []
        await morning(office, friday + timedelta(days=3))

        titles = [card.title for card in standing(office, "chen")]
        assert titles == ["赵主任 / 钱主任", "赵主任 / 褚主任"]
        # Of the pool, a director is asked.
        assert [card.title for card in standing(office, "gao")] == ["冯主任 / 褚主任"]
        await morning(office, friday + timedelta(days=4))
        assert len(asked(office, "chen")) == 2  # two lie before him
        await office.presses("chen", "不是同一个", card=asked(office, "chen")[0])
        await morning(office, friday + timedelta(days=5))
        assert [card.title for card in standing(office, "chen")[2:]] == ["钱主任 / 卫主任"]


async def test_who_may_not_see_both_learns_nothing(clients: World) -> None:
    await look_alike(clients)
    await becomes_somebody_elses(clients, "lina")

    strangers = ("chen", "lina", "svc", "root")
    tried = ("R1:same", "R1:later", "R99:distinct", "x:same")
    await press_all(
        clients,
        [press_of(clients, member, f"review:{said}") for member in strangers for said in tried],
    )

    for member in strangers:
        assert clients.texts(member)[-4:] == [
            f"没有找到您可以决定的待查重“{ref}”" for ref in ("R1", "R1", "R99", "x")
        ]
    assert await clients.hears("chen", "待查重") == "没有待查重的客户"
    assert await clients.hears("chen", "查重 R1 合并") == "没有找到您可以决定的待查重“R1”"
    answer = await clients.hears("wanglei", "查重 R1 合并")
    assert "没有听懂" in answer
    assert not any(name in answer for name in ("赵", "R1", "C1"))
    assert (await review(clients)).state == ReviewState.OPEN

    # The question goes to whoever leads both now.
    await morning(clients, NEXT_MORNING)
    assert len(asked(clients, "gao")) == 1


async def test_who_takes_a_merge_back_answers_whatever_was_asked_of_the_two(
    clients: World,
) -> None:
    await one_client(clients, "孙主任", owner="lina", product="内窥镜")
    await merges(clients, 2, 3)
    await merges(clients, 1, 2)
    await parts(clients, 2, 3)
    async with clients.store.view() as view:
        said = (await view.session.exec(select(Review))).all()
        assert {(one.a_id, one.b_id) for one in said} == {(1, 3), (2, 3)}

    await look_alike(clients, 1, 3)
    await parts(clients, 1, 2)
    await look_alike(clients, 2, 3)
    assert asked(clients, "chen") == []


async def test_questions_by_other_numbers_of_theirs_leave_the_queue(clients: World) -> None:
    await one_client(clients, "孙主任", owner="lina", product="内窥镜")
    await look_alike(clients, 2, 3)
    await merges(clients, 1, 2)
    await merges(clients, 1, 3)
    await reopens(clients)

    await parts(clients, 1, 3)

    assert await clients.hears("chen", "待查重") == "没有待查重的客户"
    assert (await review(clients)).state == ReviewState.DISTINCT


async def reopens(office: World) -> None:
    """Whatever it was that asked once more."""
    async with office.store.transaction() as tx:
        row = await tx.get(Review, 1)
        row.state = ReviewState.OPEN
        tx.add(row)


async def test_the_platform_does_not_overrule_who_told_two_apart(clients: World) -> None:
    async def ties(client: Client, tx: Transaction, rules: Rules) -> None:
        await tie(tx, rules, client, [(IdentityKind.UNIONID, "u1")])

    async def both_tied() -> None:
        for number in (1, 2):
            async with clients.store.transaction() as tx:
                held = await tx.lock_client(number)
                await clients.dispatcher.act(tx, ties, {Client: held})

    await both_tied()
    await parts(clients)
    await both_tied()

    async with clients.store.view() as view:
        assert (await view.get(Client, 2)).merged_into_id is None
