"""请假: read in whatever words, kept by whoever leads him, and no lead lies with the absent."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.services import reader_by
from config.rules import load_rules
from crm_store.errors import CrmError
from crm_store.facts import LeadAssigned
from crm_store.models import Lead, LeadState
from crm_store.queries import absences
from handlers.allocation.leave_words import read_leave
from tests.databases import postgresql_only, waits_for_a_lock
from tests.world import STORY, TEAM, TUESDAY, Opens, World

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 10, 10, 0, tzinfo=ZONE)
READER = reader_by(load_rules(), None, ZONE)


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("明天", "03-11 00:00", "03-12 00:00"),
        ("我明天", "03-11 00:00", "03-12 00:00"),
        ("明天全天", "03-11 00:00", "03-12 00:00"),
        ("今天下午", "03-10 12:00", "03-10 18:00"),
        ("今天", "03-10 10:00", "03-11 00:00"),
        ("下周三到周五", "03-18 00:00", "03-21 00:00"),
        ("从下周三到周五", "03-18 00:00", "03-21 00:00"),
        ("3月12日至15日", "03-12 00:00", "03-16 00:00"),
        ("明天和后天", "03-11 00:00", "03-13 00:00"),
        ("明后天", "03-11 00:00", "03-13 00:00"),
        ("明天起三天", "03-11 00:00", "03-14 00:00"),
        ("从明天开始请3天假", "03-11 00:00", "03-14 00:00"),
        ("下周一起两周", "03-16 00:00", "03-30 00:00"),
        ("明天起十二天", "03-11 00:00", "03-23 00:00"),
        ("下周", "03-16 00:00", "03-23 00:00"),
        ("明天上午，孩子看病", "03-11 06:00", "03-11 12:00"),
        ("这周五下午到下周一", "03-13 12:00", "03-17 00:00"),
    ],
)
def test_the_words_of_a_leave_are_a_span(words: str, start: str, end: str) -> None:
    span = read_leave(words, NOW, READER)

    told = [f"{moment.astimezone(ZONE):%m-%d %H:%M}" for moment in (span.starts_at, span.ends_at)]
    assert told == [start, end]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("昨天", "已经过去"),
        ("上周三", "已经过去"),
        ("三天", "从哪天开始"),
        ("明天半天", "上午还是下午"),
        ("下周三到周五两天", "对不上"),
        ("王主任明天", "没有看懂"),
        ("明天不", "没有看懂“不”"),
        ("明天取消", "没有看懂"),
        ("随便哪天", "没有看懂"),
        ("明天起四百天", "没有看懂"),
        ("明天起400天", "最长一年"),
        ("", "没有看懂"),
        ("明天" * 3000, "没有看懂"),
    ],
)
def test_what_cannot_be_told_is_refused_and_says_how(words: str, says: str) -> None:
    with pytest.raises(CrmError, match=says):
        read_leave(words, NOW, READER)


async def _away(office: World) -> dict[str, datetime]:
    async with office.store.view() as view:
        return dict(await absences.away(view, view.now))


async def test_who_is_on_leave_gets_no_new_lead(office: World) -> None:
    told = await office.hears("lina", "我今天请假")

    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    assert "3月10日（周二）10:00-24:00" in told
    assert (await office.lead()).owner_id == "wanglei"
    why = await office.hears("wanglei", "为什么给我")
    assert "李娜（请假，03-11 00:00 回来）" in why


async def test_a_leave_that_is_to_come_changes_nothing_yet(office: World) -> None:
    await office.hears("lina", "请假 明天")

    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    assert (await office.lead()).owner_id == "lina"
    assert await _away(office) == {}


async def test_unseen_leads_go_on_when_the_leave_begins_and_the_rest_stays(office: World) -> None:
    await office.hears("lina", "请假 今天10:05到12点")
    await office.client_writes("wmSeen", STORY, nickname="张院长")
    await office.presses("lina", "已联系")
    await office.client_writes("wmZhao", "我在上海，想了解彩超的报价", nickname="赵主任")
    assert (await office.lead(2)).owner_id == "lina"

    # The clock shows that it begins, and is put back before anybody acts on it.
    office.clock.forward(timedelta(minutes=5, seconds=1))
    await office.scheduler.tick()
    office.clock.turn_to(office.clock.now() - timedelta(seconds=30))
    await office.settle()
    assert (await office.lead(2)).owner_id == "lina"
    await office.passes(timedelta(minutes=1))

    seen, unseen = await office.lead(1), await office.lead(2)
    assert (seen.owner_id, unseen.owner_id) == ("lina", "wanglei")
    assert unseen.automatic_reassignments == 0
    (told,) = [text for text in office.texts("chen") if "请假了" in text]
    assert "2 条未结线索" in told
    assert "1 条还没看过" in told


@postgresql_only
async def test_a_lead_given_in_the_moment_a_leave_begins_goes_on(office: World) -> None:
    """Another process gives her a lead and has not committed yet."""
    await office.hears("wanglei", "线索 赵主任 13812345671 想要CT设备")
    await office.hears("lina", "请假 明天")
    office.clock.turn_to(TUESDAY.replace(day=11, hour=0))
    async with office.store.transaction() as tx:
        lead = await tx.lock_lead(1)
        about = {"at": tx.now, "client_id": lead.client_id, "lead_id": 1, "previous_id": "wanglei"}
        given = LeadAssigned(owner_id="lina", automatic=True, reason="first", **about)
        await tx.record(given)
        await tx.flush()
        beginning = asyncio.create_task(office.settle())
        await waits_for_a_lock(tx)
    await beginning

    await office.passes(timedelta(minutes=1))

    assert (await office.lead()).owner_id != "lina"


async def test_what_went_round_often_enough_goes_to_the_manager(office: World) -> None:
    await office.hears("lina", "请假 今天10:05到12点")
    await office.client_writes("wmZhao", "我在上海，想了解彩超的报价", nickname="赵主任")
    async with office.store.transaction() as tx:
        (await tx.get(Lead, 1)).automatic_reassignments = 2

    await office.passes(timedelta(minutes=6))

    assert (await office.lead()).owner_id == "chen"


async def test_where_nobody_else_is_left_the_manager_gets_them(opens: Opens) -> None:
    alone = [row for row in TEAM if row["id"] != "wanglei"]
    async with opens(team=alone) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")
        await office.hears("lina", "我今天请假")

        assert (await office.lead()).owner_id == "chen"


async def test_a_leave_that_was_called_off_moves_nothing(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "静音")
    await office.hears("lina", "请假 明天")

    answer = await office.hears("lina", "销假")
    await office.passes(timedelta(hours=15))

    assert "取消了" in answer
    assert await _away(office) == {}
    assert not any("请假了" in text for text in office.texts("chen"))


async def test_who_comes_back_earlier_gets_leads_again(office: World) -> None:
    await office.hears("lina", "我今天请假")
    assert set(await _away(office)) == {"lina"}

    answer = await office.hears("lina", "销假")
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    assert "照常分配" in answer
    assert await _away(office) == {}
    assert (await office.lead()).owner_id == "lina"


async def test_overlapping_and_past_leave_is_refused(office: World) -> None:
    await office.hears("lina", "请假 下周三到周五")

    again = await office.hears("lina", "请假 下周五")
    past = await office.hears("lina", "请假 昨天")
    beside = await office.hears("lina", "请假 下周二")

    assert "已经请了假" in again
    assert "3月18日（周三）至 3月20日（周五）" in again
    assert "已经过去" in past
    assert beside.startswith("好的")
    assert (await office.hears("lina", "我的请假")).count("·") == 2


async def test_nobody_ends_a_leave_that_is_not_there(office: World) -> None:
    assert await office.hears("lina", "销假") == "您没有请假"


async def test_a_manager_says_it_for_his_own_people_and_for_nobody_else(opens: Opens) -> None:
    other = {"id": "sun", "name": "孙燕", "roles": ["rep"], "wecom": "SunYan"}
    async with opens(team=[*TEAM, other]) as office:
        own = await office.hears("chen", "给李娜请假 明天")
        alien = await office.hears("chen", "给孙燕请假 明天")
        nobody = await office.hears("chen", "给赵六请假 明天")
        colleague = await office.hears("wanglei", "给李娜请假 后天")

        assert own.startswith("好的，李娜3月11日（周三）全天请假")
        assert office.texts("lina")[-1].startswith("陈经理替您请了假")
        assert alien == "没有找到您团队里的同事“孙燕”，请写全名"
        assert nobody == alien.replace("孙燕", "赵六")
        assert "好的" not in colleague
        assert "孙燕" not in await office.hears("chen", "谁在请假")
        assert await office.hears("chen", "给李娜销假") == "好的，3月11日（周三）全天的假取消了"


async def test_a_manager_reads_who_is_away(office: World) -> None:
    empty = await office.hears("chen", "谁在请假")
    await office.hears("lina", "我今天请假")
    await office.hears("wanglei", "请假 下周三到周五")

    told = await office.hears("chen", "谁在请假")

    assert "没有人请假" in empty
    assert "现在请假的：\n· 李娜 3月10日" in told
    assert "接下来两周：\n· 王磊 3月18日（周三）至 3月20日（周五）" in told


async def test_a_lead_given_to_the_absent_by_hand_waits_for_him(office: World) -> None:
    await office.hears("wanglei", "我今天请假")
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    told = await office.hears("lina", "转派 赵主任 给 王磊")
    await office.passes(timedelta(hours=1))

    assert "他正在请假，03-11 00:00 回来" in told
    lead = await office.lead()
    assert (lead.owner_id, lead.state) == ("wanglei", LeadState.ASSIGNED)
