"""What the sandbox's page reads of the bot."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.web.demo_timers import LABELS
from handlers import ROUTERS
from handlers.ladder.clocks import KINDS
from tests.web.house import TUESDAY, House, house

WORDS = "想了解CT设备的参数，预算300万左右，电话13800001234"


async def knowledge(office: House) -> dict[str, Any]:
    async with office.http.get("/demo/knowledge") as answer:
        assert answer.status == 200
        known: dict[str, Any] = await answer.json()
        return known


async def quiet(office: House, wait: str = "0") -> bool:
    async with office.http.get("/demo/quiet", params={"wait": wait}) as answer:
        told: dict[str, bool] = await answer.json()
        return told["quiet"]


async def test_the_page_is_told_everything_about_a_lead(tmp_path: Path) -> None:
    async with house(tmp_path, is_demo=True) as office:
        await office.submits(name="赵主任", need=WORDS)
        known = await knowledge(office)

    assert datetime.fromisoformat(known["now"]) == TUESDAY
    assert datetime.fromisoformat(known["next_due"]) == TUESDAY + timedelta(minutes=5)
    (lead,) = known["leads"]
    assert (lead["id"], lead["client"], lead["title"]) == ("L1", "赵主任", "CT设备")
    assert (lead["state"], lead["state_code"], lead["owner"]) == ("已分配", "assigned", "李娜")
    values = {field["label"]: field for field in lead["fields"]}
    assert (values["预算"]["value"], values["电话"]["value"]) == ("300万", "13800001234")
    for field in lead["fields"]:
        if field["message"]:
            assert field["message"][field["start"] : field["end"]] == field["words"]
    assert [fact["kind"] for fact in lead["timeline"]][:2] == ["lead_created", "message_in"]
    labels = {timer["kind"]: timer["label"] for timer in lead["timers"]}
    assert labels["first_view"] == "15 分钟未查看 → 转派"
    assert lead["timers"] == known["timers"]
    assert lead["decision"]["chosen"] == "李娜"
    assert lead["decision"]["candidates"][0]["criteria"][0]["name"] == "地区"
    assert known["dead"] == []


async def test_a_clock_that_only_warns_says_so(tmp_path: Path) -> None:
    async with house(tmp_path, is_demo=True) as office:
        await office.submits(name="赵主任", need=WORDS)
        (lead,) = (await knowledge(office))["leads"]

    told = {timer["label"]: timer["due_at"] for timer in lead["timers"]}
    assert len(told) == len(lead["timers"])
    warns, acts = told["15 分钟未查看 → 提前提醒"], told["15 分钟未查看 → 转派"]
    assert datetime.fromisoformat(acts) - datetime.fromisoformat(warns) == timedelta(minutes=10)


def test_every_clock_says_in_chinese_what_happens() -> None:
    kinds = {kind for router in ROUTERS for kind in router.timers}

    assert kinds - set(KINDS) == set(LABELS)


async def test_a_bot_that_has_something_to_do_is_not_quiet(tmp_path: Path) -> None:
    async with house(tmp_path, is_demo=True) as office:
        await office.bot.scheduler.tick()
        assert await quiet(office)

        await office.submits(need=WORDS)
        assert not await quiet(office, "0.05")
        assert not (await knowledge(office))["quiet"]


async def test_rows_between_their_lease_and_their_way_are_in_hand(tmp_path: Path) -> None:
    async with house(tmp_path, is_demo=True) as office:
        await office.bot.scheduler.tick()
        assert await quiet(office)

        carrying = asyncio.create_task(office.bot.delivery.deliver_due())
        await asyncio.sleep(0)
        assert not office.bot.delivery.is_idle
        await carrying

        assert office.bot.delivery.is_idle
        assert await quiet(office)


async def test_a_turn_of_somebody_during_the_look_is_no_quiet(tmp_path: Path) -> None:
    async with house(tmp_path, is_demo=True) as office:
        await office.bot.scheduler.tick()
        look = asyncio.create_task(quiet(office))
        while not look.done():
            await office.bot.delivery.deliver_due()
        assert not await look

        assert await quiet(office)


async def test_a_due_timer_or_slot_has_to_be_fired_first(tmp_path: Path) -> None:
    async with house(tmp_path, is_demo=True) as office:
        assert not await quiet(office)
        await office.bot.scheduler.tick()
        assert await quiet(office)
        async with office.bot.store.transaction() as tx:
            await tx.set_timer("nudge", "L1", tx.now + timedelta(minutes=1))
        assert await quiet(office)

        office.clock.forward(timedelta(minutes=1))

        assert not await quiet(office)


async def test_a_wait_that_is_no_number_is_refused(tmp_path: Path) -> None:
    async with (
        house(tmp_path, is_demo=True) as office,
        office.http.get("/demo/quiet", params={"wait": "long"}) as answer,
    ):
        assert answer.status == 400
