"""合并报告, 为什么合并, 撤销合并."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from crm_store.models import Client, Lead, Merge
from crm_store.queries import merges
from crm_store.store import Transaction
from handlers.merging import merge
from notifiers.card import Card
from tests.databases import postgresql_only, waits_for_a_lock
from tests.handlers.pairs import (
    VERDICT,
    look_alike,
    one_client,
    press_all,
    press_of,
    review,
    two_clients,
)
from tests.handlers.test_intake import submits
from tests.world import STORY, Opens, World, company


@pytest.fixture
async def merged(tmp_path: Path) -> AsyncIterator[World]:
    """钱主任 (C2, of 王磊) was merged into 赵主任 (C1, of 李娜) by 陈经理."""
    async with company(tmp_path) as world:
        await merge_two(world)
        yield world


async def merge_two(office: World) -> None:
    await two_clients(office)
    await look_alike(office)
    await office.presses("chen", "合并")


def _report(office: World, member: str) -> Card:
    return next(card for card in office.cards(member) if card.title.startswith("合并报告"))


async def test_both_reps_hear_what_was_merged_why_and_whose_it_is(merged: World) -> None:
    owner = (await merged.lead()).owner_id
    assert owner in ("lina", "wanglei")

    for member in ("lina", "wanglei"):
        card = _report(merged, member)
        said = {row.name: row.value for row in card.rows}
        assert card.title == "合并报告：赵主任"
        assert card.subtitle == "陈经理确认 · 03-10 10:00 · C1"
        assert said["并进来的"] == "钱主任（微信客服，2026-03-10 起，C2）"
        assert said["理由"] == "公司名相同；姓名相近（72 分）"
        assert "撤销" in card.text
    assert [card for card in merged.cards("chen") if card.title.startswith("合并报告")] == []


async def test_a_merge_is_explained_and_taken_back(office: World) -> None:
    await merge_two(office)
    story = await office.hears("chen", "为什么合并 赵主任")
    assert story == (
        "赵主任合并过 1 次：\n"
        "1. 2026-03-10 10:00 陈经理确认：并进了钱主任（微信客服，2026-03-10 起，C2）\n"
        "    公司名相同；姓名相近（72 分）\n"
        "    另外：城市不同\n"
        "不对的话请回复：撤销合并 赵主任"
    )

    assert await office.hears("wanglei", "为什么合并 钱主任") == story

    answer = await office.hears("chen", "撤销合并 赵主任")

    assert answer.startswith("已撤销：钱主任（C2）和赵主任分开了")
    async with office.store.view() as view:
        assert (await view.get(Client, 2)).merged_into_id is None
    statuses = {card.status for m in ("lina", "wanglei") for card in office.cards(m)}
    assert statuses == {"这次合并已由陈经理撤销"}
    assert office.texts("wanglei")[-1] == ("赵主任和钱主任（C2）的合并已由陈经理撤销，各回各的档案")
    assert "已由陈经理于 2026-03-10 10:00 撤销" in await office.hears("chen", "为什么合并 赵主任")
    assert await office.hears("chen", "撤销合并 赵主任") == "赵主任没有可以撤销的合并"
    # It is remembered: nobody is asked again.
    await look_alike(office)
    assert (await review(office)).state == "distinct"


async def test_of_several_merges_the_one_meant_is_asked_for(merged: World) -> None:
    await one_client(merged, "孙主任", owner="lina", product="内窥镜")
    await look_alike(merged, 1, 3)
    await merged.hears("chen", "查重 R2 合并")

    assert "撤销哪一次合并：赵主任" in await merged.hears("chen", "撤销合并 赵主任")
    card = merged.screen("chen")[-1]
    await merged.presses("chen", "撤销 钱主任", card=card)

    async with merged.store.view() as view:
        assert (await view.get(Merge, 1)).undone_by == "chen"
        assert (await view.get(Merge, 2)).undone_at is None
    assert getattr(card.now, "status", "").startswith("已撤销：钱主任（C2）和赵主任分开了")

    # Nobody else learns whether there is such a merge.
    strangers = ("wanglei", "svc", "root")
    actions = ("unmerge:M2", "unmerge:M99", "unmerge:x")
    await press_all(
        merged, [press_of(merged, who, action) for who in strangers for action in actions]
    )
    for member in strangers:
        assert merged.texts(member)[-3:] == ["没有找到您可以撤销的这次合并"] * 3


async def test_a_client_who_comes_by_another_way_is_told_as_such(tmp_path: Path) -> None:
    async with company(tmp_path) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")

        taken = await submits(office, phone="138 0000 1234", need="CT设备什么时候能到货")
        await office.settle()

        assert taken.client == "C1"
        told = [text for text in office.texts("lina") if "来过" in text]
        assert told == [
            "赵主任又从website来过，已并进同一份档案：手机号相同。不是同一个请回复：撤销合并 赵主任"
        ]
        story = await office.hears("lina", "为什么合并 赵主任")
        assert "自动合并：并进了C2（website，2026-03-10 起）" in story
        answer = await office.hears("lina", "撤销合并 赵主任")
        assert answer.startswith("已撤销：")


async def test_merges_that_a_rule_made_at_once_are_told_together(tmp_path: Path) -> None:
    async with company(tmp_path) as office:
        for number in range(12):
            await one_client(office, f"客户{number}", owner="lina", product=f"产品{number}")

        async def merges_all(tx: Transaction) -> None:
            for number in range(1, 12, 2):
                kept = await tx.get(Client, number)
                await merge(tx, kept, await tx.get(Client, number + 1), VERDICT, by=None)

        async with office.store.transaction() as tx:
            await office.dispatcher.act(tx, merges_all, {})
        await office.settle()

        (first,) = office.cards("lina")
        assert first.title == "合并报告：客户0"
        await office.passes(timedelta(minutes=5))
        assert office.notices("lina") == [
            "您有 5 位客户的几份档案自动合并了：客户2、客户4、客户6、客户8、客户10。"
            "两边的历史都留着。凭什么请回复：为什么合并 客户；不是同一个请回复：撤销合并 客户"
        ]
        await office.passes(timedelta(hours=1))
        assert (len(office.cards("lina")), len(office.notices("lina"))) == (1, 1)


async def test_who_is_somebody_elses_again_is_told_by_his_number_alone(merged: World) -> None:
    await merged.hears("chen", "撤销合并 赵主任")
    async with merged.store.transaction() as tx:
        client = await tx.lock(Client, 2)
        client.name = "孙院长"
        tx.add(client)

    story = await merged.hears("lina", "为什么合并 C1")

    assert story == (
        "赵主任合并过 1 次：\n"
        "1. 2026-03-10 10:00 陈经理确认：并进了C2\n"
        "    已由陈经理于 2026-03-10 10:00 撤销"
    )
    assert "孙院长（微信客服" in await merged.hears("chen", "为什么合并 C1")


async def test_merges_in_a_row_are_told_to_who_has_the_client_at_last(merged: World) -> None:
    for number in (3, 4):
        await one_client(merged, f"客户{number}")

    async def merges_up(tx: Transaction) -> None:
        for kept, other in ((3, 4), (1, 3)):
            await merge(
                tx, await tx.get(Client, kept), await tx.get(Client, other), VERDICT, by=None
            )

    async with merged.store.transaction() as tx:
        await merged.dispatcher.act(tx, merges_up, {})
        told = await merges.made_by_rule(tx, "lina", after=1)

    assert [(one.kept_id, one.merged_id, lead.client_id) for one, lead in told] == [
        (3, 4, 1),
        (1, 3, 1),
    ]


@postgresql_only
async def test_who_lost_the_client_meanwhile_takes_no_merge_back(opens: Opens) -> None:
    async with opens() as office:
        await merge_two(office)
        owner = (await office.lead()).owner_id
        assert owner is not None

        async def presses() -> None:
            async with office.store.transaction() as tx:
                press = press_of(office, owner, "unmerge:M1")
                await office.dispatcher.dispatch(tx, press.kind, press.model_dump(mode="json"))

        async with office.store.transaction() as tx:
            await tx.lock(Client, 1)
            pressing = asyncio.create_task(presses())
            await waits_for_a_lock(tx)
            for lead in (await tx.session.exec(select(Lead))).all():
                lead.owner_id = "gao"
                tx.add(lead)
        await pressing
        await office.settle()

        assert office.texts(owner)[-1] == "没有找到您可以撤销的这次合并"


@pytest.mark.parametrize("action", [f"unmerge:M{'9' * 30}", f"review:R{'9' * 30}:same"])
async def test_a_number_beyond_all_numbers_is_nobodys(office: World, action: str) -> None:
    await press_all(office, [press_of(office, "chen", action)])
    assert office.texts("chen")[-1].startswith("没有找到您可以")
