"""追问: what is missing is asked back; a press or his next words answer it, once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crm_store.models import LeadState, Talk
from crm_store.queries import leads
from crm_store.vault import fresh_key
from handlers.events import CardPress, Platform
from notifiers.card import Button, Card
from tests.handlers.same_instant import by_itself
from tests.handlers.talking import card, is_muted, two_clients
from tests.world import World, company


async def test_a_missing_name_is_asked_for_with_his_clients(office: World) -> None:
    await two_clients(office)

    question = await office.hears("lina", "别再提醒我了")
    await office.presses("lina", "赵主任 · CT设备")

    assert question.startswith("静音谁？")
    assert "[孙经理 · 移动DR]" in question
    assert await is_muted(office)
    assert next(c for c in office.cards("lina") if c.title == "静音谁？").status == (
        "已选：赵主任 · CT设备"
    )


async def test_his_next_words_complete_it(office: World) -> None:
    await two_clients(office)

    await office.hears("lina", "静音")
    question = card(office, "静音谁？")
    answer = await office.hears("lina", "赵主任吧")

    assert "不再提醒您跟进赵主任" in answer
    assert isinstance(question.now, Card)
    assert question.now.status == "已回答"


async def test_a_reason_is_asked_for_and_then_confirmed(office: World) -> None:
    await two_clients(office)

    asked = await office.hears("lina", "输单 赵主任")
    confirm = await office.hears("lina", "他们选了别家")
    await office.presses("lina", "确认")

    assert asked.startswith("为什么输了？")
    assert "输单 赵主任 · CT设备 他们选了别家" in confirm
    assert (await office.lead()).state == LeadState.LOST


async def test_another_sentence_is_no_answer(office: World) -> None:
    await two_clients(office)

    await office.hears("lina", "静音")
    for words in ("今天天气不错", "赵主任人真好", "赵主任啥情况"):
        await office.hears("lina", words)

    assert not await is_muted(office)


async def test_the_next_question_replaces_the_first(office: World) -> None:
    await two_clients(office)

    await office.hears("lina", "静音")
    question = card(office, "静音谁？")
    await office.hears("lina", "跟进")
    assert isinstance(question.now, Card)
    assert question.now.status == "后面又问了别的，这里没有办"
    question.drawings.clear()
    await office.presses("lina", "赵主任 · CT设备", card=question)

    assert office.texts("lina")[-1] == "这个问题已经处理过了"
    assert not await is_muted(office)


async def test_after_another_command_only_the_button_answers(office: World) -> None:
    await two_clients(office)

    await office.hears("lina", "静音")
    question = card(office, "静音谁？")
    await office.hears("lina", "我的线索")
    await office.hears("lina", "赵主任")
    assert not await is_muted(office)
    await office.presses("lina", "赵主任 · CT设备", card=question)

    assert await is_muted(office)


async def test_a_question_lapses(office: World) -> None:
    await two_clients(office)

    await office.hears("lina", "静音")
    await office.passes(timedelta(minutes=11))
    await office.presses("lina", "赵主任 · CT设备")

    assert office.texts("lina")[-1] == "这个问题过了 10 分钟，没有办，请再说一遍"
    settled = card(office, "静音谁？").now
    assert isinstance(settled, Card)
    assert settled.status == "没有办"
    assert not await is_muted(office)


async def test_two_presses_act_once(office: World) -> None:
    """The same button, the other button, and an older phone's: the first counts."""
    await two_clients(office)

    await office.hears("lina", "静音")
    question = card(office, "静音谁？")
    await office.presses("lina", "赵主任 · CT设备", card=question)
    question.drawings.clear()
    await office.presses("lina", "孙经理 · 移动DR", card=question)

    assert await is_muted(office, 1)
    assert not await is_muted(office, 2)


async def test_nobody_answers_anothers_question(office: World) -> None:
    await two_clients(office)
    await office.hears("lina", "静音")

    await office.hears("wanglei", "赵主任")
    press = CardPress(
        platform=Platform.WECOM,
        account="WangLei",
        card_key="forged",
        action="fill:1:0",
        pressed_at=office.clock.now(),
    )
    await office.happens(press, lane="member:wecom:WangLei")

    assert office.texts("wanglei")[-1] == "这个问题已经处理过了"
    assert not await is_muted(office)


@pytest.mark.parametrize("action", ["fill:1:9", "fill:", "fill:x:0", "fill:1:0:0", "fill:999999:0"])
async def test_a_forged_answer_does_nothing(office: World, action: str) -> None:
    await two_clients(office)
    await office.hears("lina", "静音")

    press = CardPress(
        platform=Platform.WECOM,
        account="LiNa",
        card_key="forged",
        action=action,
        pressed_at=office.clock.now(),
    )
    await office.happens(press, lane="member:wecom:LiNa")

    assert office.texts("lina")[-1] == "这个问题已经处理过了"
    assert not await is_muted(office)


async def test_two_processes_answer_one_question_once(tmp_path: Path, database_url: str) -> None:
    """A press here and his words there, in the same instant."""
    key = {"encryption_key": fresh_key()}
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    async with (
        company(folders[0], database_url, more=key) as one,
        company(folders[1], database_url, more=key) as two,
    ):
        await two_clients(one)
        await one.hears("lina", "帮我把赵主任转给王磊吧")
        asked = one.cards("lina")[-1]
        yes = next(b for b in asked.buttons if isinstance(b, Button) and b.text == "确认")
        worlds = [by_itself(one), by_itself(replace(two, clock=one.clock))]

        async def press(world: World, number: int) -> None:
            event = CardPress(
                platform=Platform.WECOM,
                account="LiNa",
                card_key=f"phone{number}",
                action=yes.action,
                pressed_at=one.clock.now(),
            )
            async with world.store.transaction() as tx:
                await world.dispatcher.dispatch(tx, event.kind, event.model_dump(mode="json"))

        await asyncio.gather(*(press(world, n) for n, world in enumerate(worlds)))

        async with one.store.view() as view:
            lead = await one.lead()
            given = await leads.entries(view, lead, "assigned", last=10)
        assert [entry.data["owner_id"] for entry in given].count("wanglei") == 1


async def test_what_was_asked_is_sealed(office: World) -> None:
    await two_clients(office)

    await office.hears("lina", "帮我把赵主任转给王磊吧")

    async with office.store.view() as view:
        talk = await view.get(Talk, "lina")
    assert talk.question is not None
    assert "赵主任".encode() not in talk.question
    assert "转派".encode() not in talk.question


async def test_a_bare_yes_after_other_words_confirms_nothing(office: World) -> None:
    await office.client_writes("wmZhao", "我想了解CT设备", nickname="赵主任")
    await office.hears("lina", "帮我把赵主任转给王磊")

    await office.client_writes("wmZhao", "可以便宜点吗")
    await office.passes(timedelta(minutes=8))
    again = await office.hears("lina", "可以")

    assert (await office.lead()).owner_id == "lina"
    assert "确认一下" in again
    await office.hears("lina", "可以")
    assert (await office.lead()).owner_id == "wanglei"


async def test_nor_does_it_where_something_came_within_the_minute(office: World) -> None:
    await office.client_writes("wmZhao", "我想了解CT设备", nickname="赵主任")
    await office.client_writes("wmSun", "我想了解CT设备", nickname="孙主任")
    await office.hears("lina", "帮我把赵主任转给王磊")
    await office.passes(timedelta(seconds=10))
    await office.hears("chen", "转派 孙主任 给 李娜")

    again = await office.hears("lina", "可以")

    assert (await office.lead()).owner_id == "lina"
    assert "确认一下" in again
