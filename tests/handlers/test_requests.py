"""听懂: a colleague says it in his own words; what harms waits for a tap."""

from datetime import timedelta
from pathlib import Path

import pytest

from crm_store.models import LeadState
from notifiers.card import Card
from tests.handlers.talking import is_muted, kinds, two_clients
from tests.world import World

TRAPS = Path(__file__).parents[1] / "samples" / "request_traps.txt"


# -- in his own words -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["赵主任别再提醒了", "麻烦把赵主任的提醒关掉吧", "赵主任静英一下"]
)
async def test_a_client_is_muted_in_ones_own_words(office: World, words: str) -> None:
    await two_clients(office)

    answer = await office.hears("lina", words)

    assert "不再提醒您跟进赵主任" in answer
    assert await is_muted(office)


async def test_a_part_of_the_firms_name_is_enough(office: World) -> None:
    await two_clients(office)

    assert "孙经理" in await office.hears("lina", "康源现在啥情况")


async def test_a_command_as_it_is_written_is_given_at_once(office: World) -> None:
    await two_clients(office)

    assert await office.hears("lina", "输单 赵主任 嫌贵") == "「赵主任 · CT设备」已标记为输单"


async def test_what_harms_waits_for_a_tap(office: World) -> None:
    await two_clients(office)

    answer = await office.hears("lina", "赵主任那单输了，嫌贵")
    before = (await office.lead()).state
    await office.presses("lina", "确认")

    assert "确认一下：输单 赵主任 · CT设备 嫌贵" in answer
    assert before != LeadState.LOST
    assert (await office.lead()).state == LeadState.LOST


async def test_a_lead_ends_by_a_command_or_a_tap(office: World) -> None:
    await two_clients(office)

    asked = await office.hears("lina", "赵主任成交了")
    before = (await office.lead()).state
    await office.presses("lina", "确认")

    assert "确认一下：赢单 赵主任 · CT设备" in asked
    assert before != LeadState.WON
    assert (await office.lead()).state == LeadState.WON
    assert await office.hears("lina", "赢单 康源医疗") == "「孙经理 · 移动DR」已标记为赢单"


async def test_what_harms_is_not_done_where_he_says_no(office: World) -> None:
    await two_clients(office)

    await office.hears("lina", "帮我把赵主任转给王磊吧")
    await office.presses("lina", "取消")
    await office.hears("lina", "帮我把赵主任转给王磊吧")
    answer = await office.hears("lina", "算了不转了")

    assert answer == "好的，什么都没有做"
    assert (await office.lead()).owner_id == "lina"


async def test_yes_in_words_is_yes_and_once(office: World) -> None:
    await two_clients(office)

    await office.hears("lina", "帮我把赵主任转给王磊吧")
    assert await office.hears("lina", "确认") == "已将「赵主任 · CT设备」转派给王磊"

    assert "没有听懂" in await office.hears("lina", "确认")
    assert (await kinds(office)).count("assigned") == 3


# -- whom he means ----------------------------------------------------------------------------


async def test_he_is_whom_one_spoke_of_last(office: World) -> None:
    await two_clients(office)
    await office.hears("lina", "查 赵主任")

    await office.hears("lina", "他别再提醒了")

    assert await is_muted(office, 1)
    assert not await is_muted(office, 2)


async def test_nobody_is_meant_after_a_while(office: World) -> None:
    await two_clients(office)
    await office.presses("lina", "已联系", card=office.screen("lina")[0])
    await office.hears("lina", "查 赵主任")
    await office.passes(timedelta(minutes=31))

    answer = await office.hears("lina", "他别再提醒了")

    assert answer.startswith("静音谁？")
    assert not await is_muted(office)


async def test_a_name_that_was_mistyped_is_offered(office: World) -> None:
    await two_clients(office)

    question = await office.hears("lina", "静音 康园医疗")
    await office.presses("lina", "孙经理 · 移动DR")

    assert question.startswith("没有找到您名下的客户“康园医疗”，您是说 孙经理 吗？")
    assert await is_muted(office, 2)


@pytest.mark.parametrize("member", ["wanglei", "fin", "svc", "root"])
async def test_a_name_near_anothers_client_tells_nothing(office: World, member: str) -> None:
    await two_clients(office)

    for words in ("静音 康园医疗", "静音 赵主仁", "赵主任别再提醒了", "康源医疗啥情况"):
        answer = await office.hears(member, words)
        assert "孙经理" not in answer
        assert "[" not in answer
    assert await office.hears(member, "静音 康园医疗") == "没有找到您名下的客户“康园医疗”"
    assert await office.hears(member, "赵主任别再提醒了") == "没有找到您名下的客户“赵主任”"


async def test_who_lost_the_client_is_offered_him_no_more(office: World) -> None:
    await two_clients(office)
    await office.hears("lina", "查 赵主任")
    await office.hears("chen", "转派 赵主任 给 王磊")

    answer = await office.hears("lina", "静音")

    assert "赵主任" not in answer


async def test_a_greedy_pattern_gives_way_to_what_was_meant(office: World) -> None:
    await two_clients(office)

    answer = await office.hears("lina", "请你帮我把赵主任转给王磊")

    assert "确认一下：转派 赵主任 · CT设备 给 王磊" in answer


# -- what is not understood -------------------------------------------------------------------


async def test_no_trap_is_acted_on(office: World) -> None:
    await two_clients(office)
    await office.presses("lina", "已联系", card=office.screen("lina")[0])
    before = await kinds(office)
    traps = [line for line in TRAPS.read_text("utf-8").splitlines() if not line.startswith("#")]

    wrong = []
    for said in traps:
        await office.hears("lina", said)
        if (now := await kinds(office)) != before:
            wrong.append((said, now[len(before) :]))
            before = now

    assert len(traps) >= 60
    assert wrong == []


async def test_what_is_not_understood_is_said_so_with_what_comes_near(office: World) -> None:
    await two_clients(office)

    answer = await office.hears("lina", "提醒太多了烦死了")

    assert "没有听懂，什么都没有做" in answer
    assert isinstance(office.cards("lina")[-1], Card)
    assert 1 <= len(office.cards("lina")[-1].buttons) <= 3


async def test_an_offered_command_goes_on_by_asking(office: World) -> None:
    await two_clients(office)
    await office.hears("lina", "我到底要不要静音呢")

    await office.presses("lina", "静音 客户")
    await office.presses("lina", "赵主任 · CT设备")

    assert await is_muted(office)


@pytest.mark.parametrize(
    "said", ["请" * 3000, "静音" * 3000, "[client:" * 1000, "\u202e赵主任别再提醒了"]
)
async def test_hostile_words_do_nothing(office: World, said: str) -> None:
    await two_clients(office)
    before = await kinds(office)

    await office.hears("lina", said)

    assert await kinds(office) == before
