"""Whom to call first: product.md's order by default, and what ranking.yaml makes of it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from config.rules import load_rules
from config.schemas.ranking import Ranking
from crm_store.facts import LeadAssigned
from crm_store.models import Lead, LeadState, Member, Promise
from handlers.memory.calling import calls_of, calls_of_all
from handlers.memory.ranking import Situation, explained, ranked
from tests.databases import sqlite_only
from tests.handlers.mornings import furnish
from tests.world import STORY, Opens, World

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 10, 10, 0, tzinfo=ZONE)
DEFAULT = load_rules().ranking


def _at(number: int, promise: datetime | None = None, **known: Any) -> Situation:
    fields: dict[str, Any] = {
        "id": number,
        "client_id": number,
        "source": "test",
        "state": LeadState.FOLLOWING,
        "first_touched_at": NOW - timedelta(days=9),
        "last_followed_up_at": NOW - timedelta(days=2),
        "opened_at": NOW - timedelta(days=10),
    }
    lead = Lead(**(fields | known))
    kept = Promise(client_id=number, action="quote", words=b"", made_at=NOW, due_at=promise)
    return Situation(lead, kept if promise else None)


def _numbers(situations: list[Situation], ranking: Ranking = DEFAULT) -> list[int]:
    return [one.lead.id for one in ranked(situations, ranking, now=NOW, zone=ZONE)]


PROMISED = _at(1, promise=NOW + timedelta(hours=5))
UNANSWERED = _at(2, last_client_at=NOW - timedelta(hours=1))
WARM = _at(3, priority="high", tags=["招标", "高意向"])
SOON = _at(4, deadline_at=NOW + timedelta(days=3))
LATER = _at(5, deadline_at=NOW + timedelta(days=30), budget=9_000_000)
AGREED = _at(6, next_contact_at=NOW + timedelta(hours=3))
RICH = _at(7, budget=3_000_000)
POOR = _at(8, budget=20_000)
NEW = _at(9, first_touched_at=None)
NOTHING = _at(10)
ALL = [NOTHING, NEW, POOR, RICH, AGREED, LATER, SOON, WARM, UNANSWERED, PROMISED]


def test_the_default_keeps_the_products_order_whatever_the_sums() -> None:
    assert _numbers(ALL) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert _numbers(ALL[::-1]) == _numbers(ALL)


def test_each_reason_is_told() -> None:
    told = {one.lead.id: one.reasons for one in ranked(ALL, DEFAULT, now=NOW, zone=ZONE)}

    assert told[1] == ("今天要兑现：报价",)
    assert told[2] == ("客户的话还没有回，等了 1 小时",)
    assert told[3] == ("高意向（招标）",)
    assert told[4] == ("客户要求最晚 03-13",)
    assert told[5] == ("期限 04-09", "预算 900万")
    assert told[6] == ("约好今天联系",)
    assert told[9] == ("还没有联系过",)
    assert told[10] == ("上次跟进在 2 天前",)
    assert explained(DEFAULT).startswith("依次看：今天的承诺 › 没回的话 › 高意向")


def test_a_deadline_at_the_end_of_the_year_does_not_outweigh_a_budget() -> None:
    far = _at(21, deadline_at=NOW + timedelta(days=290))
    soon = _at(22, deadline_at=NOW + timedelta(days=20))
    rich = _at(23, budget=800_000)

    found = ranked([far, soon, rich], DEFAULT, now=NOW, zone=ZONE)

    assert [one.lead.id for one in found] == [22, 23, 21]
    assert found[2].reasons == ("期限 12-25",)


@pytest.mark.parametrize(
    ("due", "says"),
    [
        (NOW - timedelta(days=1), "答应报价已逾期"),
        (NOW.replace(hour=23, minute=59), "今天要兑现：报价"),
        (NOW.replace(hour=0) + timedelta(days=1, minutes=1), "上次跟进在 2 天前"),
    ],
)
def test_a_promise_counts_on_its_day_and_after(due: datetime, says: str) -> None:
    (only,) = ranked([_at(1, promise=due)], DEFAULT, now=NOW, zone=ZONE)

    assert only.reasons == (says,)


def test_a_line_moved_up_in_the_file_decides_first() -> None:
    first = Ranking.model_validate({"criteria": [{"name": "budget"}, {"name": "promise"}]})

    assert _numbers([PROMISED, RICH, POOR], first) == [7, 8, 1]


def test_by_points_every_reason_tells_its_share_and_they_add_up() -> None:
    points = {"budget": 90.0, "promise": 50.0, "intent": 40.0}
    listed = [{"name": name, "points": worth} for name, worth in points.items()]
    ranking = Ranking.model_validate({"by": "points", "criteria": listed})
    both = _at(3, priority="high", budget=3_000_000)

    first, second, third = ranked([PROMISED, both, POOR], ranking, now=NOW, zone=ZONE)

    assert (first.lead.id, second.lead.id, third.lead.id) == (3, 1, 8)
    assert first.points == pytest.approx(sum(share.points for share in first.shares))
    assert first.reasons == ("预算 300万（64.8 分）", "高意向（40 分）")
    assert second.reasons == ("今天要兑现：报价（50 分）",)
    assert explained(ranking) == "按分值排：预算 90、今天的承诺 50、高意向 40"


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"criteria": []}, "至少要写一项"),
        ({"criteria": [{"name": "budget"}, {"name": "budget"}]}, "写了两次"),
        ({"by": "points", "criteria": [{"name": "budget"}]}, "points 大于 0"),
    ],
)
def test_a_file_that_cannot_rank_is_named(said: dict[str, Any], fault: str) -> None:
    assert any(fault in one.message for one in Ranking.model_validate(said).faults())


async def test_the_order_is_told_with_reasons_and_a_phone(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.passes(timedelta(minutes=5))

    told = await office.hears("lina", "今天先打谁")

    assert "1. 赵主任 · CT设备（13800001234）" in told
    assert "客户的话还没有回，等了 5 分钟；高意向" in told
    assert told.endswith(explained(DEFAULT))


async def test_the_files_weights_are_what_is_told(opens: Opens) -> None:
    criteria = [{"name": "budget", "points": 10}, {"name": "intent", "points": 5}]
    async with opens(rules={"ranking": {"by": "points", "criteria": criteria}}) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")

        told = await office.hears("lina", "今天先打谁")

    assert "1. 赵主任 · CT设备（13800001234） 12.2 分" in told
    assert "预算 300万（7.2 分）；高意向（5 分）" in told


@sqlite_only
async def test_what_it_takes_does_not_grow_with_the_leads(office: World) -> None:
    """A thousand reps ask at ten o'clock."""
    async with office.store.transaction() as tx:
        for number in range(40):
            client = await tx.new_client(name=f"客户{number}")
            lead = Lead(client_id=client.id, source="test", opened_at=tx.now, line=str(number))
            tx.add(lead)
            await tx.flush()
            owner = "lina" if number % 2 else "wanglei"
            await tx.record(
                LeadAssigned(
                    at=tx.now,
                    client_id=client.id,
                    lead_id=lead.id,
                    owner_id=owner,
                    automatic=True,
                    reason="first",
                )
            )
    asked: list[str] = []
    for engine in (office.store.database.engine, office.store.database.reader):
        event.listen(
            engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2])
        )

    async with office.store.view() as view:
        alone = await calls_of_all(view, ["lina"], DEFAULT, ZONE, most=5)
        once = [words for words in asked if words.startswith("SELECT")]
        both = await calls_of_all(view, ["lina", "wanglei"], DEFAULT, ZONE, most=5)

    assert [len(both[who]) for who in ("lina", "wanglei")] == [5, 5]
    assert [call.lead.id for call in both["lina"]] == [call.lead.id for call in alone["lina"]]
    assert len([words for words in asked if words.startswith("SELECT")]) == 2 * len(once)


@sqlite_only
async def test_what_he_may_not_see_any_more_is_not_ranked(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.becomes("lina", "finance")

    assert "赵主任" not in await office.hears("lina", "今天先打谁")
    async with office.store.view() as view:
        assert await calls_of(view, await view.get(Member, "lina"), DEFAULT, ZONE) == []


@sqlite_only
async def test_a_list_longer_than_a_message_comes_as_several_and_whole(office: World) -> None:
    for number in range(20):
        await furnish(office, f"江北区第{number}人民医院放射科设备采购办公室主任赵某某", "lina")

    said = await office.hears("lina", "我的线索")

    texts = office.texts("lina")
    assert sum("采购办公室" in line for line in said.splitlines()) == 20
    assert len(texts) == 2
    assert all(len(text.encode()) < 2_048 for text in texts)
