"""The pure function: what stands for a lead, by what it is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.calendar import WorkingCalendar
from config.rules import load_rules
from config.schemas.escalation import After, Step
from crm_store import facts
from crm_store.models import Lead, Member
from handlers.ladder.clocks import Deadline, Owner, Times, deadlines, wakeups
from tests.world import SHANGHAI, TUESDAY

RULES = load_rules()
TIMES = Times(WorkingCalendar(RULES.calendar, SHANGHAI), SHANGHAI)
HOUR = timedelta(hours=1)
AT = TUESDAY.astimezone(UTC)


def member(**changed: Any) -> Member:
    return Member(id="lina", name="李娜", roles=["rep"], **changed)


def given(at: datetime = AT, *, reason: str = "first", priority: str = "normal") -> Lead:
    lead = Lead(id=1, client_id=1, source="test", opened_at=at, priority=priority)
    lead.apply(facts.LeadAssigned(at=at, owner_id="lina", automatic=True, reason=reason))
    return lead


def touched(lead: Lead, at: datetime) -> Lead:
    lead.apply(facts.FollowedUp(at=at, how="contacted"))
    return lead


def standing(
    lead: Lead, steps: Sequence[Step] = RULES.escalation.steps, **owner: Any
) -> dict[str, str]:
    """By rung (an announcement with a ~): when, in Shanghai."""
    who = Owner(owner.pop("member", member()), **owner)
    found = deadlines(lead, who, steps, TIMES)
    return {name(one): f"{one.due_at.astimezone(SHANGHAI):%d %H:%M}" for one in found}


def name(one: Deadline) -> str:
    return f"~{one.step.name}" if one.announces else one.step.name


def test_a_fresh_lead_of_high_intent_has_every_clock_of_an_assignment() -> None:
    assert standing(given(priority="high")) == {
        "~first_view": "10 10:05",
        "first_view": "10 10:15",
        "touch_4h": "10 14:00",
        "touch_24h": "11 10:00",
        "nudge": "11 10:00",
        "~quiet": "12 09:50",
        "quiet": "12 10:00",
        "takeover": "13 10:00",
    }


def test_what_was_touched_has_those_of_a_follow_up() -> None:
    assert standing(touched(given(), AT + HOUR)) == {
        "result": "10 12:00",
        "nudge": "11 11:00",
        "~quiet": "12 10:50",
        "quiet": "12 11:00",
    }


def test_what_ended_with_the_manager_goes_no_further_by_itself() -> None:
    assert "first_view" not in standing(given(reason="manager"))


@pytest.mark.parametrize("outcome", ["won", "lost", "invalid"])
def test_nothing_stands_for_what_is_closed(outcome: str) -> None:
    lead = given()
    lead.apply(facts.LeadClosed(at=AT, outcome=outcome))
    assert standing(lead) == {}


def test_nothing_stands_for_what_nobody_owns() -> None:
    lead = given()
    lead.apply(facts.LeadPooled(at=AT, reason="nobody"))
    assert standing(lead) == {}


def test_leave_moves_the_owners_clocks_and_nobody_elses() -> None:
    leave = [(AT - HOUR, AT + 47 * HOUR)]  # back on Thursday at nine

    found = standing(given(priority="high"), absences=leave)

    assert found["first_view"] == "12 09:15"
    assert found["nudge"] == "12 09:00"
    assert found["quiet"] == "12 10:00"
    assert found["takeover"] == "13 10:00"
    assert found["touch_4h"] == "10 14:00"


def test_leave_that_begins_within_the_fifteen_minutes_stops_them() -> None:
    leave = [(AT + timedelta(minutes=10), AT + 24 * HOUR)]
    assert standing(given(), absences=leave)["first_view"] == "11 10:15"


def test_two_leaves_that_touch_are_one() -> None:
    leave = [(AT, AT + 24 * HOUR), (AT + 24 * HOUR, AT + 48 * HOUR)]
    assert standing(given(), absences=leave)["nudge"] == "12 10:00"


FRIDAY = datetime(2026, 3, 13, 10, 0, tzinfo=SHANGHAI)
APART = [
    step.model_copy(update={"after_rung": After(rung="nudge", working_minutes=120)})
    if step.name == "quiet"
    else step
    for step in RULES.escalation.steps
]


def test_a_fridays_silence_is_told_on_mondays_first_minute() -> None:
    found = standing(touched(given(FRIDAY), FRIDAY))

    assert (found["nudge"], found["quiet"]) == ("16 09:00", "16 09:00")


@pytest.mark.parametrize(
    ("begins", "who", "nudge", "quiet"),
    [
        (FRIDAY, {}, "16 09:00", "16 11:00"),
        (FRIDAY + 24 * HOUR, {}, "16 09:00", "16 11:00"),
        (FRIDAY + 48 * HOUR, {}, "16 10:00", "17 10:00"),
        (FRIDAY.replace(day=12, hour=17), {}, "13 17:00", "16 10:00"),
        (FRIDAY, {"member": member(work_hours={"start": "13:00", "end": "21:00"})},
         "16 13:00", "16 15:00"),
        # His leave keeps nothing from the manager.
        (FRIDAY, {"absences": [(FRIDAY, FRIDAY.replace(day=18, hour=9))]}, "18 09:00", "16 11:00"),
    ],
)  # fmt: skip
def test_where_rungs_keep_apart_the_manager_hears_two_working_hours_after_the_owner(
    begins: datetime, who: dict[str, Any], nudge: str, quiet: str
) -> None:
    found = standing(touched(given(begins), begins), APART, **who)

    assert (found["nudge"], found["quiet"]) == (nudge, quiet)


def test_rungs_keep_apart_the_first_time_and_only_where_the_lower_one_is_in_force() -> None:
    lead = touched(given(FRIDAY), FRIDAY)
    steps = [step for step in APART if step.name != "nudge"]
    alone = {one.step.name: one for one in deadlines(lead, Owner(member()), steps, TIMES)}
    assert f"{alone['quiet'].due_at.astimezone(SHANGHAI):%d %H:%M}" == "16 09:00"

    monday = FRIDAY.replace(day=16, hour=11)
    told = {**_of("quiet"), "at": monday, "since": FRIDAY}
    lead.apply(facts.Escalated(**told, to="chen", owner_id="lina"))

    assert standing(lead, APART)["quiet"] == "18 11:00"


def test_quiet_hours_put_off_the_fifteen_minutes() -> None:
    sleeps = member(quiet_hours={"start": "09:00", "end": "11:00"})
    assert standing(given(), member=sleeps)["first_view"] == "10 11:15"


def test_his_own_working_hours_put_off_a_nudge_and_no_escalation() -> None:
    late = member(work_hours={"start": "13:00", "end": "21:00"})
    found = standing(given(), member=late)
    assert (found["nudge"], found["quiet"]) == ("11 13:00", "12 10:00")


def test_a_mute_takes_the_announcement_of_a_silence_and_not_that_of_a_transfer() -> None:
    found = standing(given(), muted={""})
    assert "~quiet" not in found
    assert "~first_view" in found
    assert "nudge" in found  # it passes without a word


def test_a_rung_that_acted_counts_on_from_then_and_is_over_after_its_times() -> None:
    lead = touched(given(), AT)
    for rung, fact in (
        ("quiet", facts.Escalated(**_of("quiet"), to="chen", owner_id="lina")),
        ("nudge", facts.Reminded(**_of("nudge"), member_id="lina")),
    ):
        lead.apply(fact)
        assert rung

    found = standing(lead)

    assert "nudge" not in found
    assert found["quiet"] == "16 09:00"  # 48 hours on is Saturday


def test_who_is_told_with_the_owner_of_one_time_counts_it_once() -> None:
    lead = touched(given(), AT)
    lead.apply(facts.Escalated(**_of("quiet"), to="chen", owner_id="lina"))
    lead.apply(facts.Reminded(**_of("quiet"), member_id="lina"))
    assert lead.ladder is not None
    assert lead.ladder["fired"]["quiet"]["times"] == 1


def _of(rung: str) -> dict[str, Any]:
    return {"at": AT + 48 * HOUR, "rung": rung, "waited": "48 小时", "since": AT}


def test_more_time_stands_in_the_place_of_the_next_time() -> None:
    lead = touched(given(), AT)
    lead.apply(facts.Escalated(**_of("quiet"), to="chen", owner_id="lina"))
    until = AT + 72 * HOUR
    lead.apply(facts.MoreTimeGiven(at=AT + 49 * HOUR, rung="quiet", until=until, since=AT))
    assert standing(lead)["quiet"] == "13 10:00"

    touched(lead, AT + 50 * HOUR)

    assert standing(lead)["quiet"] == "16 09:00"


def test_a_follow_up_in_the_very_moment_of_a_rung_begins_a_new_count() -> None:
    lead = touched(given(), AT)
    lead.apply(facts.Reminded(**{**_of("nudge"), "at": AT + 24 * HOUR}, member_id="lina"))

    touched(lead, AT + 24 * HOUR)

    assert standing(lead)["nudge"] == "12 10:00"


def test_support_sets_the_follow_up_clock_going_again() -> None:
    lead = touched(given(), AT)
    lead.apply(facts.SupportAsked(at=AT + 48 * HOUR, owner_id="lina"))
    assert standing(lead)["quiet"] == "16 09:00"


def test_a_lead_of_before_the_ladder_has_its_clocks_too() -> None:
    lead = touched(given(), AT)
    lead.ladder = None
    assert standing(lead) == standing(touched(given(), AT))


def test_timers_are_the_earliest_of_their_kind() -> None:
    who = Owner(member())
    found = wakeups(deadlines(given(priority="high"), who, RULES.escalation.steps, TIMES))

    assert {kind: names for kind, (_, names) in found.items()} == {
        "first_view": ("first_view",),
        "rung": ("first_view",),
        "nudge": ("nudge",),
        "quiet": ("quiet",),
        "takeover": ("takeover",),
    }
    assert found["rung"][0] == AT + timedelta(minutes=5)


def test_a_rung_for_some_states_and_one_priority() -> None:
    step = RULES.escalation.step("takeover")
    assert step is not None
    only_seen = Step.model_validate(
        {**step.model_dump(), "condition": {"states": ("viewed",), "priority": "high"}}
    )
    lead = given(priority="high")
    assert deadlines(lead, Owner(member()), [only_seen], TIMES) == ()
    lead.apply(facts.LeadViewed(at=AT, how="command"))
    assert len(deadlines(lead, Owner(member()), [only_seen], TIMES)) == 1
