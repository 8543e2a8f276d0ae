"""听懂: a colleague says it in his own words; what is missing is asked, what harms confirmed."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from crm_store.facts import FollowUpWithdrawn
from crm_store.models import LeadState, Talk, TimelineEntry
from crm_store.queries import leads, mutes
from crm_store.vault import fresh_key
from handlers import ROUTERS
from handlers.events import CardPress, Platform
from handlers.helping import MOST_BYTES
from handlers.requests.linking import links
from nlp.requests.phrasing import intents
from notifiers.card import Button, Card
from tests.crm_store.test_replay import differences
from tests.handlers.same_instant import by_itself
from tests.world import STORY, Shown, World, company, in_plain

ENTERED = "线索 康源医疗的孙经理 13912345678 想要移动DR 预算50万"
TRAPS = Path(__file__).parents[1] / "samples" / "request_traps.txt"


async def _clients(office: World) -> None:
    """李娜 has 赵主任 (L1) and 孙经理 of 康源医疗 (L2)."""
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.hears("lina", ENTERED)


async def _kinds(office: World) -> list[str]:
    async with office.store.view() as view:
        rows = await view.session.exec(select(TimelineEntry.kind).order_by(col(TimelineEntry.id)))
        # Whoever asks about a client has seen him: that is no deed.
        return [kind for kind in rows.all() if kind != "viewed"]


async def _is_muted(office: World, number: int = 1) -> bool:
    async with office.store.view() as view:
        lead = await office.lead(number)
        return bool(await mutes.kinds(view, "lina", lead.client_id))


def _card(office: World, title: str) -> Shown:
    """李娜's newest card of this title."""
    return next(
        shown
        for shown in reversed(office.screen("lina"))
        if isinstance(shown.message, Card) and shown.message.title == title
    )


# -- in his own words -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["赵主任别再提醒了", "麻烦把赵主任的提醒关掉吧", "赵主任静英一下"]
)
async def test_a_client_is_muted_in_ones_own_words(office: World, words: str) -> None:
    await _clients(office)

    answer = await office.hears("lina", words)

    assert "不再提醒您跟进赵主任" in answer
    assert await _is_muted(office)


async def test_a_part_of_the_firms_name_is_enough(office: World) -> None:
    await _clients(office)

    assert "孙经理" in await office.hears("lina", "康源现在啥情况")


async def test_a_command_as_it_is_written_is_given_at_once(office: World) -> None:
    await _clients(office)

    assert await office.hears("lina", "输单 赵主任 嫌贵") == "「赵主任 · CT设备」已标记为输单"


async def test_what_harms_waits_for_a_tap(office: World) -> None:
    await _clients(office)

    answer = await office.hears("lina", "赵主任那单输了，嫌贵")
    before = (await office.lead()).state
    await office.presses("lina", "确认")

    assert "确认一下：输单 赵主任 · CT设备 嫌贵" in answer
    assert before != LeadState.LOST
    assert (await office.lead()).state == LeadState.LOST


async def test_a_lead_ends_by_a_command_or_a_tap(office: World) -> None:
    await _clients(office)

    asked = await office.hears("lina", "赵主任成交了")
    before = (await office.lead()).state
    await office.presses("lina", "确认")

    assert "确认一下：赢单 赵主任 · CT设备" in asked
    assert before != LeadState.WON
    assert (await office.lead()).state == LeadState.WON
    assert await office.hears("lina", "赢单 康源医疗") == "「孙经理 · 移动DR」已标记为赢单"


async def test_what_harms_is_not_done_where_he_says_no(office: World) -> None:
    await _clients(office)

    await office.hears("lina", "帮我把赵主任转给王磊吧")
    await office.presses("lina", "取消")
    await office.hears("lina", "帮我把赵主任转给王磊吧")
    answer = await office.hears("lina", "算了")

    assert answer == "好的，什么都没有做"
    assert (await office.lead()).owner_id == "lina"


async def test_yes_in_words_is_yes_and_once(office: World) -> None:
    await _clients(office)

    await office.hears("lina", "帮我把赵主任转给王磊吧")
    assert await office.hears("lina", "确认") == "已将「赵主任 · CT设备」转派给王磊"

    assert "没有听懂" in await office.hears("lina", "确认")
    assert (await _kinds(office)).count("assigned") == 3


# -- asked back -------------------------------------------------------------------------------


async def test_a_missing_name_is_asked_for_with_his_clients(office: World) -> None:
    await _clients(office)

    question = await office.hears("lina", "别再提醒我了")
    await office.presses("lina", "赵主任 · CT设备")

    assert question.startswith("静音谁？")
    assert "[孙经理 · 移动DR]" in question
    assert await _is_muted(office)
    assert next(c for c in office.cards("lina") if c.title == "静音谁？").status == (
        "已选：赵主任 · CT设备"
    )


async def test_his_next_words_complete_it(office: World) -> None:
    await _clients(office)

    await office.hears("lina", "静音")
    question = _card(office, "静音谁？")
    answer = await office.hears("lina", "赵主任吧")

    assert "不再提醒您跟进赵主任" in answer
    assert isinstance(question.now, Card)
    assert question.now.status == "已回答"


async def test_a_reason_is_asked_for_and_then_confirmed(office: World) -> None:
    await _clients(office)

    asked = await office.hears("lina", "输单 赵主任")
    confirm = await office.hears("lina", "他们选了别家")
    await office.presses("lina", "确认")

    assert asked.startswith("为什么输了？")
    assert "输单 赵主任 · CT设备 他们选了别家" in confirm
    assert (await office.lead()).state == LeadState.LOST


async def test_another_sentence_is_no_answer(office: World) -> None:
    await _clients(office)

    await office.hears("lina", "静音")
    for words in ("今天天气不错", "赵主任人真好", "赵主任啥情况"):
        await office.hears("lina", words)

    assert not await _is_muted(office)


async def test_the_next_question_replaces_the_first(office: World) -> None:
    await _clients(office)

    await office.hears("lina", "静音")
    question = _card(office, "静音谁？")
    await office.hears("lina", "跟进")
    assert isinstance(question.now, Card)
    assert question.now.status == "后面又问了别的，这里没有办"
    question.drawings.clear()
    await office.presses("lina", "赵主任 · CT设备", card=question)

    assert office.texts("lina")[-1] == "这个问题已经处理过了"
    assert not await _is_muted(office)


async def test_after_another_command_only_the_button_answers(office: World) -> None:
    await _clients(office)

    await office.hears("lina", "静音")
    question = _card(office, "静音谁？")
    await office.hears("lina", "我的线索")
    await office.hears("lina", "赵主任")
    assert not await _is_muted(office)
    await office.presses("lina", "赵主任 · CT设备", card=question)

    assert await _is_muted(office)


async def test_a_question_lapses(office: World) -> None:
    await _clients(office)

    await office.hears("lina", "静音")
    await office.passes(timedelta(minutes=11))
    await office.presses("lina", "赵主任 · CT设备")

    assert office.texts("lina")[-1] == "这个问题过了 10 分钟，没有办，请再说一遍"
    card = _card(office, "静音谁？").now
    assert isinstance(card, Card)
    assert card.status == "没有办"
    assert not await _is_muted(office)


async def test_two_presses_act_once(office: World) -> None:
    """The same button, the other button, and an older phone's: the first counts."""
    await _clients(office)

    await office.hears("lina", "静音")
    question = _card(office, "静音谁？")
    await office.presses("lina", "赵主任 · CT设备", card=question)
    question.drawings.clear()
    await office.presses("lina", "孙经理 · 移动DR", card=question)

    assert await _is_muted(office, 1)
    assert not await _is_muted(office, 2)


async def test_nobody_answers_anothers_question(office: World) -> None:
    await _clients(office)
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
    assert not await _is_muted(office)


@pytest.mark.parametrize("action", ["fill:1:9", "fill:", "fill:x:0", "fill:1:0:0", "fill:999999:0"])
async def test_a_forged_answer_does_nothing(office: World, action: str) -> None:
    await _clients(office)
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
    assert not await _is_muted(office)


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
        await _clients(one)
        await one.hears("lina", "帮我把赵主任转给王磊吧")
        card = one.cards("lina")[-1]
        yes = next(b for b in card.buttons if isinstance(b, Button) and b.text == "确认")
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
    await _clients(office)

    await office.hears("lina", "帮我把赵主任转给王磊吧")

    async with office.store.view() as view:
        talk = await view.get(Talk, "lina")
    assert talk.question is not None
    assert "赵主任".encode() not in talk.question
    assert "转派".encode() not in talk.question


# -- whom he means ----------------------------------------------------------------------------


async def test_he_is_whom_one_spoke_of_last(office: World) -> None:
    await _clients(office)
    await office.hears("lina", "查 赵主任")

    await office.hears("lina", "他别再提醒了")

    assert await _is_muted(office, 1)
    assert not await _is_muted(office, 2)


async def test_nobody_is_meant_after_a_while(office: World) -> None:
    await _clients(office)
    await office.presses("lina", "已联系", card=office.screen("lina")[0])
    await office.hears("lina", "查 赵主任")
    await office.passes(timedelta(minutes=31))

    answer = await office.hears("lina", "他别再提醒了")

    assert answer.startswith("静音谁？")
    assert not await _is_muted(office)


async def test_a_name_that_was_mistyped_is_offered(office: World) -> None:
    await _clients(office)

    question = await office.hears("lina", "静音 康园医疗")
    await office.presses("lina", "孙经理 · 移动DR")

    assert question.startswith("没有找到您名下的客户“康园医疗”，您是说 孙经理 吗？")
    assert await _is_muted(office, 2)


@pytest.mark.parametrize("member", ["wanglei", "fin", "svc", "root"])
async def test_a_name_near_anothers_client_tells_nothing(office: World, member: str) -> None:
    await _clients(office)

    for words in ("静音 康园医疗", "静音 赵主仁", "赵主任别再提醒了", "康源医疗啥情况"):
        answer = await office.hears(member, words)
        assert "孙经理" not in answer
        assert "[" not in answer
    assert await office.hears(member, "静音 康园医疗") == "没有找到您名下的客户“康园医疗”"
    assert await office.hears(member, "赵主任别再提醒了") == "没有找到您名下的客户“赵主任”"


async def test_who_lost_the_client_is_offered_him_no_more(office: World) -> None:
    await _clients(office)
    await office.hears("lina", "查 赵主任")
    await office.hears("chen", "转派 赵主任 给 王磊")

    answer = await office.hears("lina", "静音")

    assert "赵主任" not in answer


async def test_a_greedy_pattern_gives_way_to_what_was_meant(office: World) -> None:
    await _clients(office)

    answer = await office.hears("lina", "请你帮我把赵主任转给王磊")

    assert "确认一下：转派 赵主任 · CT设备 给 王磊" in answer


# -- what is told -----------------------------------------------------------------------------


async def test_a_contact_that_is_told_of_is_a_follow_up(office: World) -> None:
    await _clients(office)

    answer = await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")

    assert "已作为跟进记到 赵主任" in answer
    assert (await office.lead()).state == LeadState.CONTACTED


async def test_a_quotation_that_is_told_of_is_found_again(office: World) -> None:
    """Said in passing, with the product or without, and in a note; not what is still to come."""
    await _clients(office)

    told = await office.hears("lina", "康源的移动DR报价85万，含三年保修")
    await office.hears("lina", "明天给康源报80万")
    await office.passes(timedelta(days=1))
    first = await office.hears("lina", "康源上次报价多少")
    await office.hears("lina", "跟进 康源医疗 又报了82万")
    second = await office.hears("lina", "给康源报过什么价")

    assert "已作为跟进记到 孙经理" in told
    assert "最近一次：85万（李娜记，2026-03-10）" in first
    assert "2026-03-10 10:00 李娜记：康源的移动DR报价85万，含三年保修" in first
    assert "最近一次：82万（李娜记，2026-03-11）" in second


async def test_a_follow_up_that_was_none_is_taken_back(office: World) -> None:
    await _clients(office)
    await office.passes(timedelta(minutes=2))
    await office.hears("lina", "查 赵主任")
    before = (await office.lead()).columns_by_fact()

    await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")
    note = _card(office, "记成了跟进")
    await office.presses("lina", "撤销", card=note)
    seen = (await office.lead()).columns_by_fact()
    note.drawings.clear()
    await office.presses("lina", "撤销", card=note)

    assert seen == before
    assert seen["state"] == LeadState.VIEWED
    assert (await _kinds(office)).count(FollowUpWithdrawn.kind) == 1
    assert await differences(office) == []


async def test_what_waits_for_a_follow_up_waits_on_after_it_was_taken_back(office: World) -> None:
    await _clients(office)
    await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")
    await office.presses("lina", "撤销")

    await office.passes(timedelta(hours=50))

    told = [in_plain(card) for card in office.cards("chen")]
    assert any("赵主任" in card for card in told)


async def test_later_follow_ups_stand_when_an_earlier_is_taken_back(office: World) -> None:
    await _clients(office)
    await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")
    note = _card(office, "记成了跟进")
    await office.passes(timedelta(minutes=5))
    await office.hears("lina", "跟进 赵主任 发了彩页")
    last = (await office.lead()).last_followed_up_at

    await office.presses("lina", "撤销", card=note)

    lead = await office.lead()
    assert lead.last_followed_up_at == last
    assert lead.state == LeadState.CONTACTED
    assert await differences(office) == []


async def test_a_note_about_somebody_new_becomes_a_lead_instead(office: World) -> None:
    await _clients(office)
    await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")

    await office.presses("lina", "建线索")

    told = [*office.texts("lina"), *(card.text for card in office.cards("lina"))]
    assert any("已建线索" in text or "已有线索" in text for text in told)
    assert FollowUpWithdrawn.kind in await _kinds(office)


async def test_nobody_takes_back_anothers_note(office: World) -> None:
    await _clients(office)
    await office.hears("lina", "刚和赵主任通了电话，他们月底前要定")
    async with office.store.view() as view:
        query = select(TimelineEntry.id).where(TimelineEntry.kind == "followed_up")
        number = (await view.session.exec(query)).one()

    for action in (f"unnote:{number}", f"renote:{number}", "unnote:1", "unnote:x", "renote:99999"):
        press = CardPress(
            platform=Platform.WECOM,
            account="WangLei",
            card_key="forged",
            action=action,
            pressed_at=office.clock.now(),
        )
        await office.happens(press, lane="member:wecom:WangLei")

    assert set(office.texts("wanglei")) == {"这条跟进已经撤销过了"}
    assert FollowUpWithdrawn.kind not in await _kinds(office)


async def test_what_the_client_said_is_asked_about(office: World) -> None:
    await _clients(office)

    answer = await office.hears("lina", "赵主任说预算下来了")

    assert "这段话怎么处理？" in answer
    assert "[归档到赵主任]" in answer
    assert "followed_up" not in await _kinds(office)


@pytest.mark.parametrize("member", ["wanglei", "fin", "root"])
async def test_a_contact_with_anothers_client_is_no_follow_up(office: World, member: str) -> None:
    await _clients(office)

    await office.hears(member, "刚和赵主任通了电话，他们月底前要定")

    assert "followed_up" not in await _kinds(office)


# -- what is not understood -------------------------------------------------------------------


async def test_no_trap_is_acted_on(office: World) -> None:
    await _clients(office)
    await office.presses("lina", "已联系", card=office.screen("lina")[0])
    before = await _kinds(office)
    traps = [line for line in TRAPS.read_text("utf-8").splitlines() if not line.startswith("#")]

    wrong = []
    for said in traps:
        await office.hears("lina", said)
        if (now := await _kinds(office)) != before:
            wrong.append((said, now[len(before) :]))
            before = now

    assert len(traps) >= 60
    assert wrong == []


async def test_what_is_not_understood_is_said_so_with_what_comes_near(office: World) -> None:
    await _clients(office)

    answer = await office.hears("lina", "提醒太多了烦死了")

    assert "没有听懂，什么都没有做" in answer
    assert isinstance(office.cards("lina")[-1], Card)
    assert 1 <= len(office.cards("lina")[-1].buttons) <= 3


async def test_an_offered_command_goes_on_by_asking(office: World) -> None:
    await _clients(office)
    await office.hears("lina", "我到底要不要静音呢")

    await office.presses("lina", "静音 客户")
    await office.presses("lina", "赵主任 · CT设备")

    assert await _is_muted(office)


@pytest.mark.parametrize(
    "said", ["请" * 3000, "静音" * 3000, "[client:" * 1000, "\u202e赵主任别再提醒了"]
)
async def test_hostile_words_do_nothing(office: World, said: str) -> None:
    await _clients(office)
    before = await _kinds(office)

    await office.hears("lina", said)

    assert await _kinds(office) == before


# -- help -------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["lina", "chen", "gao", "fin", "svc", "root"])
async def test_help_fits_a_message_and_groups_by_purpose(office: World, member: str) -> None:
    answer = await office.hears(member, "帮助")

    assert len(answer.encode()) <= MOST_BYTES
    assert "【客户】" in answer
    assert "【提醒和承诺】" in answer
    assert "帮助 提醒" in answer


@pytest.mark.parametrize(
    "topic", ["提醒", "客户", "承诺", "报表", "团队", "请假", "查过去", "规则"]
)
async def test_help_on_a_topic_says_what_each_command_does(office: World, topic: str) -> None:
    answer = await office.hears("chen", f"帮助 {topic}")

    assert len(answer.encode()) <= MOST_BYTES
    assert answer.startswith(f"关于{topic}，可以这样说：")
    assert answer.count("\n· ") >= 2
    assert "：" in answer.splitlines()[1]


async def test_help_on_what_there_is_not_names_the_topics(office: World) -> None:
    assert "帮助 客户" in await office.hears("lina", "帮助 天气")


def test_every_intent_is_a_command_and_every_command_has_phrasings() -> None:
    """A command that has no phrasing is only for those who know its syntax."""
    commands = tuple(command for router in ROUTERS for command in router.commands)
    linked = links(commands)
    known = {link.command for every in linked.values() for link in every}

    assert {intent.name for intent in intents()} == set(linked)
    assert {say for intent in intents() for say in intent.say} == {
        link.say for every in linked.values() for link in every
    }
    assert {command.patterns[0] for command in commands if command not in known} == SAID_AS_WRITTEN


SAID_AS_WRITTEN = {"放回公海 {client}", "我答应 {words}", "规则 第{page}页"}
"""Half a command, the same without blanks, a further page: the phrasings of 放回公海, 承诺 and 规则
stand for them too."""


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
