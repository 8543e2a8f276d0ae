"""升级阶梯: every rung acts once, for the right person, and each person hears of it once."""

from datetime import timedelta

import pytest

from crm_store.models import Lead, Mute
from tests.handlers.rungs import FRIDAY, HOUR, facts, rungs, since, standing, zhao
from tests.world import Opens, World


async def test_four_and_twenty_four_hours_without_contact_are_measured_and_told_nobody(
    office: World,
) -> None:
    await zhao(office, touched=False)
    await office.hears("lina", "为什么 赵主任")  # seen, and nothing else
    before = {member: len(office.screen(member)) for member in ("lina", "chen")}

    await office.passes(4 * HOUR)

    assert await rungs(office, "rung_passed") == [("touch_4h", "10 14:00")]
    assert (await facts(office, "rung_passed"))[0]["owner_id"] == "lina"
    assert {member: len(office.screen(member)) for member in ("lina", "chen")} == before
    await office.passes(20 * HOUR)
    passed = await rungs(office, "rung_passed")
    assert passed == [("touch_4h", "10 14:00"), ("touch_24h", "11 10:00")]
    assert await rungs(office, "reminded") == [("nudge", "11 10:00")]


async def test_a_contact_in_time_is_measured_as_nothing(office: World) -> None:
    await zhao(office)

    await office.passes(30 * HOUR)

    assert await facts(office, "rung_passed") == []


async def test_the_owner_is_told_before_the_lead_goes_to_somebody_else(office: World) -> None:
    await zhao(office, touched=False)

    await office.passes(timedelta(minutes=5))

    assert office.texts("lina") == ["「赵主任 · CT设备」再过 10 分钟还没有查看，就会转给其他同事"]
    await office.passes(timedelta(minutes=10))
    assert (await office.lead()).owner_id == "wanglei"
    assert [f["member_id"] for f in await facts(office, "rung_announced")] == ["lina"]


async def test_who_is_the_last_to_be_tried_is_told_that_the_manager_gets_the_lead(
    office: World,
) -> None:
    await zhao(office, touched=False)
    await office.passes(timedelta(minutes=15))
    assert (await office.lead()).owner_id == "wanglei"

    await office.passes(timedelta(minutes=15))

    assert office.texts("wanglei") == ["「赵主任 · CT设备」再过 10 分钟还没有查看，就会交给主管"]
    assert (await office.lead()).owner_id == "chen"


async def test_who_looks_after_the_announcement_keeps_the_lead(office: World) -> None:
    await zhao(office, touched=False)
    await office.passes(timedelta(minutes=14))

    await office.hears("lina", "为什么 赵主任")
    await office.passes(HOUR)

    assert (await office.lead()).owner_id == "lina"
    assert await rungs(office) == []


async def test_outside_working_time_nothing_is_announced(opens: Opens) -> None:
    async with opens(start=FRIDAY.replace(hour=17, minute=50)) as office:
        await zhao(office, touched=False)

        await office.passes(timedelta(days=3))

        # 09:05 on Monday; ten minutes before nobody was at work.
        assert ("first_view", "16 09:05") in await rungs(office)
        announced = await facts(office, "rung_announced")
        assert "lina" not in [fact["member_id"] for fact in announced]


async def test_an_announced_transfer_is_told_to_who_muted_the_client(office: World) -> None:
    await zhao(office, touched=False)
    await office.hears("chen", "转派 赵主任 给 王磊")
    async with office.store.transaction() as tx:
        lead = await tx.get(Lead, 1)
        # In words he would have seen the lead with it.
        tx.add(Mute(member_id="wanglei", client_id=lead.client_id, since=tx.now))

    await office.passes(timedelta(minutes=5))

    assert any("就会交给主管" in text for text in office.texts("wanglei"))


async def test_leave_silences_the_owner_and_the_manager_is_told_of_it(office: World) -> None:
    await zhao(office)
    await office.hears("lina", "结果 赵主任 继续跟进")
    await office.hears("lina", "请假 明天到周五")
    before = len(office.screen("lina"))

    await office.passes(timedelta(days=5))

    assert since(office, "lina", before) == []
    quiet = next(c for c in office.cards("chen") if "48 小时没有跟进" in c.subtitle)
    assert "李娜（请假中）" in quiet.subtitle
    await office.passes(timedelta(days=1))
    assert await rungs(office, "reminded") == [("nudge", "16 09:00")]


async def test_coming_back_early_brings_the_deadlines_back(office: World) -> None:
    await zhao(office)
    await office.hears("lina", "请假 明天到周五")
    await office.passes(timedelta(days=1, hours=5))
    assert (await standing(office))["nudge"] == "16 09:00"

    await office.hears("lina", "销假")
    await office.passes(timedelta(minutes=1))

    assert await rungs(office, "reminded") == [("nudge", "11 15:00")]


async def test_what_is_given_to_somebody_on_leave_waits_for_him_to_be_seen(office: World) -> None:
    await zhao(office)
    await office.hears("wanglei", "请假 明天")
    await office.passes(timedelta(days=1))

    await office.hears("chen", "转派 赵主任 给 王磊")

    assert (await standing(office))["first_view"] == "12 09:15"


async def test_another_rung_is_an_entry_of_theescalating(opens: Opens) -> None:
    rungs_said = [
        {
            "name": "call_in_2h",
            "label": "两小时电话",
            "counted_from": "assigned",
            "clock": "working_minutes",
            "after": 120,
            "condition": {"priority": "high"},
            "audience": "owner+manager",
            "card": "snapshot",
            "actions": ["remind", "warn"],
        }
    ]
    rules = {"escalation": {"rungs": rungs_said, "client_words_notice_seconds": 60}}
    async with opens(rules=rules) as office:
        await zhao(office, touched=False)

        await office.passes(timedelta(days=3))

        assert await rungs(office, "reminded") == [("call_in_2h", "10 12:00")]
        assert await rungs(office) == [("call_in_2h", "10 12:00")]
        assert "2 小时未首次联系" in office.cards("chen")[-1].subtitle
        assert (await office.lead()).ladder["fired"]["call_in_2h"]["times"] == 1  # type: ignore[index]


async def test_a_file_of_before_is_still_understood(opens: Opens) -> None:
    before = {
        "client_words_notice_seconds": 60,
        "first_view": {"after": 15, "unit": "working_minutes"},
        "nudge": {"after": 24, "unit": "hours"},
        "quiet": {"after": 48, "unit": "hours"},
        "takeover": {"after": 3, "unit": "working_days", "active": False},
    }
    async with opens(rules={"escalation": before}) as office:
        await zhao(office)

        await office.passes(timedelta(days=3))

        assert await rungs(office, "reminded") == [("nudge", "11 10:00")]
        assert await rungs(office) == [("quiet", "12 10:00")]


@pytest.mark.parametrize("command", ["输单 赵主任 选了别家", "赢单 赵主任"])
async def test_nothing_is_asked_about_a_lead_that_is_closed(office: World, command: str) -> None:
    await zhao(office)
    await office.hears("lina", command)
    before = {member: len(office.screen(member)) for member in ("chen", "lina")}

    await office.passes(timedelta(days=9))

    assert {member: len(office.screen(member)) for member in ("chen", "lina")} == before
    assert await standing(office) == {}
