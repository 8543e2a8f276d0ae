"""The simulated company's checker finds what is planted, and nothing where all went well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.benchmarks.company.checking import (
    ZONE,
    Fact,
    Firm,
    after_days,
    after_hours,
    after_minutes,
    check_lead,
    check_limits,
    check_loads,
    check_mutes,
    facts_of,
)

TUESDAY = datetime(2026, 4, 21, 10, 0, tzinfo=ZONE)
FIRM = Firm({"lina": "chen", "wanglei": "chen", "chen": None}, frozenset({"chen"}))


def fact(kind: str, at: datetime, by: str | None = None, **data: Any) -> Fact:
    return Fact(0, kind, at, 1, by, data)


def looked_after_in_time() -> list[Fact]:
    """Assigned, seen and answered; reminded after a day, escalated after two, then won."""
    answered = TUESDAY + timedelta(minutes=10)
    asked = answered + timedelta(hours=1)
    return [
        fact("assigned", TUESDAY, owner_id="lina", reason="first", previous_id=None),
        fact("followed_up", answered, by="lina", how="contacted"),
        fact("result_asked", asked, rung="result", member_id="lina"),
        fact("result_given", asked + timedelta(minutes=5), by="lina", result="需要报价"),
        fact("reminded", answered + timedelta(days=1), rung="nudge", member_id="lina"),
        fact("escalated", answered + timedelta(days=2), rung="quiet", to="chen"),
        fact("closed", answered + timedelta(days=2, hours=1), by="lina", outcome="won"),
    ]


def found(facts: list[Fact]) -> list[str]:
    return list(check_lead(1, facts, FIRM, TUESDAY + timedelta(days=20)))


def test_what_went_well_is_found_to_be_well() -> None:
    assert found(looked_after_in_time()) == []


@pytest.mark.parametrize("place", [2, 4, 5], ids=["result", "nudge", "quiet"])
def test_a_rung_that_did_not_come_is_missed(place: int) -> None:
    facts = looked_after_in_time()
    del facts[place]

    assert len(found(facts)) == 1
    assert "did not come" in found(facts)[0]


@pytest.mark.parametrize("place", [2, 4, 5], ids=["result", "nudge", "quiet"])
def test_a_rung_that_came_twice_or_late_is_told(place: int) -> None:
    facts = looked_after_in_time()
    twice = [*facts[: place + 1], *facts[place:]]
    late = [*facts]
    late[place] = replace(facts[place], at=facts[place].at + timedelta(minutes=2))

    assert any("where nothing was due" in s or "due at" in s for s in found(twice))
    assert any("due at" in sentence for sentence in found(late))


def test_a_successor_is_asked_for_a_result_of_his_own() -> None:
    given, hour = looked_after_in_time()[:4], timedelta(hours=1)
    to_wang = {"owner_id": "wanglei", "reason": "manual", "previous_id": "lina"}
    calls = TUESDAY + 2 * hour + timedelta(minutes=5)
    after = [
        fact("assigned", TUESDAY + 2 * hour, by="chen", **to_wang),
        fact("followed_up", calls, by="wanglei", how="contacted"),
        fact("result_asked", calls + hour, rung="result", member_id="wanglei"),
        fact("closed", calls + 2 * hour, by="wanglei", outcome="won"),
    ]

    assert found([*given, *after]) == []
    del after[2]
    assert found([*given, *after]) == ["L1: result was due at 04-21 13:05:00 and did not come"]


def test_of_a_fridays_lead_owner_and_manager_hear_on_mondays_first_minute() -> None:
    friday, monday = TUESDAY.replace(day=24), TUESDAY.replace(day=27, hour=9)
    told = [
        fact("assigned", friday, owner_id="lina", reason="manager", previous_id=None),
        fact("viewed", friday),
        fact("rung_passed", friday + timedelta(hours=4), rung="touch_4h"),
        fact("reminded", monday, rung="nudge", member_id="lina"),
        fact("rung_passed", monday, rung="touch_24h"),
        fact("escalated", monday, rung="quiet", to="chen"),
        fact("closed", monday, by="lina", outcome="won"),
    ]
    late = monday + timedelta(hours=2)
    later = [replace(one, at=late) if one.kind == "escalated" else one for one in told[:-1]]

    assert found(told) == []
    assert found([*later, fact("closed", late, by="lina", outcome="won")]) == [
        "L1: quiet at 04-27 11:00:00, due at 04-27 09:00:00"
    ]


def test_who_was_told_wrongly_is_named() -> None:
    facts = looked_after_in_time()
    facts[5] = replace(facts[5], data={"rung": "quiet", "to": "wanglei"})

    assert found(facts) == ["L1: quiet went to wanglei and not to chen"]


def test_a_lead_that_nobody_has_is_told_and_a_pooled_one_not() -> None:
    opened = fact("lead_created", TUESDAY, source="微信客服")

    assert found([opened]) == ["L1: has neither owner nor pool"]
    assert found([opened, fact("pooled", TUESDAY, reason="nobody")]) == []


def test_a_nudge_about_a_muted_client_is_told() -> None:
    muted = fact("muted", TUESDAY, by="lina", member_id="lina")
    nudge = fact("reminded", TUESDAY + timedelta(hours=1), rung="nudge", member_id="lina")

    assert len(list(check_mutes([muted, nudge], {1: 7}))) == 1
    assert list(check_mutes([nudge, muted], {1: 7})) == []


def test_who_had_more_to_do_than_his_like_is_told() -> None:
    def assigned(lead: int, to: str, hour: int, reason: str = "first") -> Fact:
        data = {"owner_id": to, "reason": reason, "previous_id": None}
        return Fact(lead, "assigned", TUESDAY + timedelta(hours=hour), lead, None, data)

    clients = {1: 11, 2: 12, 3: 13}
    alike = {"lina": "CT", "wanglei": "CT", "zhang": "手套"}
    fair = [assigned(1, "lina", 0), assigned(2, "wanglei", 1), assigned(3, "lina", 2)]
    unfair = [assigned(1, "lina", 0), assigned(2, "lina", 1)]
    by_hand = [assigned(1, "lina", 0), assigned(2, "lina", 1, "manual")]
    on_leave = replace_away("wanglei")

    assert list(check_loads(fair, clients, alike, FIRM)) == []
    assert len(list(check_loads(unfair, clients, alike, FIRM))) == 1
    assert list(check_loads(by_hand, clients, alike, FIRM)) == []
    assert list(check_loads(unfair, clients, alike, on_leave)) == []


def replace_away(member: str) -> Firm:
    firm = Firm(FIRM.managers, FIRM.leads_people)
    firm.away[member].append((TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=1)))
    return firm


def test_the_31st_message_of_a_minute_is_too_many() -> None:
    minute = [("wecom", "LiNa", TUESDAY + timedelta(seconds=second)) for second in range(30)]

    assert list(check_limits(minute)) == []
    assert len(list(check_limits([*minute, minute[0]]))) == 1


def test_working_time_knows_labour_day_and_the_saturday_that_is_worked() -> None:
    eve = datetime(2026, 4, 30, 17, 50, tzinfo=ZONE)

    assert after_minutes(eve, 15) == datetime(2026, 5, 6, 9, 5, tzinfo=ZONE)
    assert after_hours(eve, 48) == datetime(2026, 5, 6, 9, 0, tzinfo=ZONE)
    assert after_days(eve, 3) == datetime(2026, 5, 8, 17, 50, tzinfo=ZONE)
    assert after_days(eve, 4) == datetime(2026, 5, 9, 17, 50, tzinfo=ZONE)


def test_rows_of_both_databases_are_read_alike() -> None:
    moment = datetime(2026, 4, 21, 2, 0, tzinfo=UTC)
    rows = [(1, "viewed", "2026-04-21 02:00:00.000000", 1, "lina", '{"how": "tap"}')]
    typed = [(1, "viewed", moment, 1, "lina", {"how": "tap"})]

    assert facts_of(rows) == facts_of(typed)
