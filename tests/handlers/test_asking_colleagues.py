"""请教: asked, answered, chased; who is asked sees what he needs and no more."""

from datetime import timedelta

import pytest

from crm_store.erasure import erase
from crm_store.models import Member, Question
from handlers.events import CardPress, Platform
from tests.handlers.rungs import HOUR, facts, zhao
from tests.handlers.test_merging import merges
from tests.world import STORY, TEAM, Opens, World, in_plain

ASKS = "问 王磊 赵主任 13800001234 问交期能不能提前"


async def test_a_colleague_is_asked_and_his_answer_comes_back(office: World) -> None:
    await zhao(office)

    asked = await office.hears("lina", ASKS)

    assert asked == "已请教王磊（编号 1），答复了就告诉您"
    card = office.cards("wanglei")[-1]
    assert card.title == "李娜请教您 · CT设备"
    assert "交期能不能提前" in card.quote
    assert card.status == ""
    assert "赵主任" not in in_plain(card)
    assert "13800001234" not in in_plain(card)
    assert await office.hears("wanglei", "答复 1 可以提前一周") == "已把您的答复告诉李娜"
    assert office.cards("wanglei")[-1].status == "已答复"
    answer = office.texts("lina")[-1]
    assert "王磊答复了您的请教「赵主任 · CT设备」" in answer
    assert "答：可以提前一周" in answer


async def test_the_button_takes_the_next_words_as_the_answer(office: World) -> None:
    await zhao(office)
    await office.hears("lina", ASKS)

    await office.presses("wanglei", "答复")
    said = await office.hears("wanglei", "可以，最早下周三")

    assert said == "已把您的答复告诉李娜"
    assert "答：可以，最早下周三" in office.texts("lina")[-1]
    assert len(await facts(office, "colleague_answered")) == 1


async def test_after_ten_minutes_words_are_no_answer_any_more(office: World) -> None:
    await zhao(office)
    await office.hears("lina", ASKS)
    await office.presses("wanglei", "答复")

    await office.passes(timedelta(minutes=11))
    await office.hears("wanglei", "可以，最早下周三")

    assert await facts(office, "colleague_answered") == []


async def test_a_note_about_another_client_is_no_answer(office: World) -> None:
    await zhao(office)
    await office.hears("lina", ASKS)
    await office.client_writes("wmQian", "想买CT设备", nickname="钱主任")
    assert (await office.lead(2)).owner_id == "wanglei"
    await office.presses("wanglei", "答复")

    await office.hears("wanglei", "刚给钱主任打了电话，他说价格可以")

    assert await facts(office, "colleague_answered") == []


async def test_unanswered_for_two_working_hours_he_is_chased_once(office: World) -> None:
    await zhao(office)
    await office.hears("lina", ASKS)

    await office.passes(timedelta(hours=1, minutes=59))
    assert await facts(office, "colleague_chased") == []
    await office.passes(timedelta(minutes=1))

    (chased,) = await facts(office, "colleague_chased")
    assert (chased["to"], chased["waited"]) == ("wanglei", "2 小时")
    assert "已经等了 2 小时" in in_plain(office.cards("wanglei")[-1])
    assert "王磊 2 小时没有答复您关于「赵主任 · CT设备」的请教" in office.texts("lina")[-1]
    await office.passes(timedelta(days=5))
    assert len(await facts(office, "colleague_chased")) == 1


async def test_an_answer_in_time_is_not_chased_and_counts_once(office: World) -> None:
    await zhao(office)
    await office.hears("lina", ASKS)
    await office.hears("wanglei", "答复 1 可以")

    again = await office.hears("wanglei", "答复 1 不可以")
    await office.passes(3 * HOUR)

    assert again == "编号 1 已经答复过了"
    assert await facts(office, "colleague_chased") == []
    assert len(await facts(office, "colleague_answered")) == 1


@pytest.mark.parametrize("chased", [0, 1])
async def test_who_has_left_is_not_chased_and_the_asker_is_told_once(
    office: World, chased: int
) -> None:
    await zhao(office)
    await office.hears("lina", ASKS)
    await office.passes(2 * chased * HOUR)
    async with office.store.transaction() as tx:
        (await tx.get(Member, "wanglei")).active = False

    await office.passes(timedelta(days=2))

    assert len(await facts(office, "colleague_chased")) == chased
    told = [text for text in office.texts("lina") if "王磊" in text and "编号 1" in text]
    assert len([text for text in told if "已经离职" in text]) == 1


async def test_of_an_erased_client_nothing_waits_for_an_answer(office: World) -> None:
    await zhao(office)
    await office.hears("lina", ASKS)
    async with office.store.transaction() as tx:
        await erase(tx, 1)
        await office.dispatcher.react(tx)

    assert await office.hears("wanglei", "待答复") == "没有等您答复的问题"


async def test_who_was_not_asked_learns_nothing_of_it(office: World) -> None:
    await zhao(office)
    await office.hears("lina", ASKS)

    for member in ("svc", "chen", "gao"):
        assert (await office.hears(member, "答复 1 我来答")).startswith("没有编号 1 的请教")
    assert (await office.hears("wanglei", "答复 9 可以")).startswith("没有编号 9 的请教")
    forged = CardPress(
        platform=Platform.WECOM,
        account="svc01",
        card_key="forged",
        action="answer:1",
        pressed_at=office.clock.now(),
    )
    await office.happens(forged, lane="member:wecom:svc01")

    assert office.texts("svc")[-1].startswith("没有编号 1 的请教")
    assert await facts(office, "colleague_answered") == []


async def test_nobody_asks_about_a_client_he_may_not_see(office: World) -> None:
    await zhao(office)

    answer = await office.hears("svc", ASKS)

    assert answer == "没有找到您名下的客户“赵主任”"
    assert await facts(office, "colleague_asked") == []


async def test_the_answer_goes_to_who_has_the_client_by_then(opens: Opens) -> None:
    zhang = {"id": "zhang", "name": "张敏", "roles": ["rep"], "wecom": "ZhangMin"}
    async with opens(team=[*TEAM, {**zhang, "manager": "chen"}]) as office:
        await zhao(office)
        await office.hears("lina", ASKS)
        await office.hears("chen", "转派 赵主任 给 张敏")

        said = await office.hears("wanglei", "答复 1 可以")

        assert said == "已把您的答复告诉张敏"
        assert "王磊答复了李娜的请教「赵主任 · CT设备」" in office.texts("zhang")[-1]
        assert office.texts("lina")[-1] == "您请教王磊的问题（编号 1）有了答复，已转给张敏"


async def test_who_is_on_leave_is_chased_when_he_is_back(office: World) -> None:
    await zhao(office)
    await office.hears("wanglei", "请假 明天")
    await office.passes(timedelta(days=1))

    said = await office.hears("lina", ASKS)
    await office.passes(timedelta(days=1))

    assert "他请假到" in said
    (chased,) = await facts(office, "colleague_chased") or [{"at": None}]
    assert chased["at"] is None
    await office.passes(HOUR)
    (chased,) = await facts(office, "colleague_chased")
    assert f"{chased['at']:%d %H:%M}" == "12 03:00"  # 11:00 in Shanghai


async def test_the_words_are_sealed(office: World) -> None:
    await zhao(office)
    await office.hears("lina", ASKS)
    await office.hears("wanglei", "答复 1 可以提前一周")

    async with office.store.view() as view:
        question = await view.get(Question, 1)
        words = await view.open(question.client_id, question.words, purpose="question")

    assert words == "13800001234 问交期能不能提前"
    assert "交期".encode() not in question.words
    assert question.answer is not None
    assert "提前".encode() not in question.answer


async def test_what_waits_for_an_answer_is_listed(office: World) -> None:
    await zhao(office)
    assert await office.hears("wanglei", "待答复") == "没有等您答复的问题"
    await office.hears("lina", ASKS)
    await office.hears("lina", "问 王磊 赵主任 能不能开专票")

    listed = await office.hears("wanglei", "待答复")

    assert "有 2 个问题等您答复" in listed
    assert "能不能开专票" in listed
    assert "赵主任" not in listed


async def test_oneself_and_nobody_are_not_asked(office: World) -> None:
    await zhao(office)

    assert "请换一位同事" in await office.hears("lina", "问 李娜 赵主任 交期")
    assert "没有找到同事“小丁”" in await office.hears("lina", "问 小丁 赵主任 交期")


@pytest.mark.parametrize("number", ["0", "-1", "1" * 40, "①", "'OR"])
async def test_hostile_numbers_are_refused(office: World, number: str) -> None:
    await zhao(office)

    answer = await office.hears("wanglei", f"答复 {number} 可以")

    assert answer.startswith("没有编号")
    assert await facts(office, "colleague_answered") == []


async def test_a_question_goes_on_with_the_lead_that_its_own_was_folded_into(
    office: World,
) -> None:
    """In the other lead's words, within the rights to it, chased and answered."""
    for number, client in enumerate(("wm1", "wm2"), start=1):
        await office.client_writes(client, STORY[:20], nickname=f"客户{number}")
        await office.hears("chen", f"转派 L{number} 给 李娜")
        await office.hears("lina", f"跟进 L{number} 打过电话")
    await office.hears("lina", "问 王磊 L1 交期能不能提前")
    await office.hears("lina", "问 王磊 L2 能不能开专票")

    await merges(office)
    await office.passes(2 * HOUR)

    folded = [(await office.lead(number)).folded_into_id for number in (1, 2)]
    assert sorted(one is None for one in folded) == [False, True]
    assert len(await facts(office, "colleague_chased")) == 2
    for number in (1, 2):
        assert await office.hears("wanglei", f"答复 {number} 可以") == "已把您的答复告诉李娜"
    assert await office.hears("wanglei", "待答复") == "没有等您答复的问题"
