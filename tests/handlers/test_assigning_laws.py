"""分配引擎的规律: what holds for every team, lead and rule, not only for cases thought of."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from config.schemas.assignment import Assignment, Criterion
from crm_store.queries.members import Rep
from handlers.allocation.assigning import decide
from handlers.allocation.criteria import Present, Situation, Wanted
from handlers.allocation.presets import Wish

LINES, REGIONS, TRADES = ("骨科", "口腔", "教育培训"), ("上海", "广东", "浙江"), ("医院", "学校")
NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
IDS = [f"m{number}" for number in range(8)]

some = st.lists(st.sampled_from(LINES), unique=True, max_size=3).map(tuple)
reps = st.builds(
    Rep,
    id=st.just(""),
    name=st.just("某人"),
    regions=st.lists(st.sampled_from(REGIONS), unique=True, max_size=2).map(tuple),
    lines=some,
    capacity=st.integers(1, 5),
    is_reachable=st.booleans() | st.just(True),
    last_assigned_at=st.none() | st.integers(0, 3).map(lambda day: NOON - timedelta(days=day)),
    industries=st.lists(st.sampled_from(TRADES), unique=True, max_size=2).map(tuple),
    level=st.sampled_from(["", "资深", "初级"]),
    team=st.sampled_from(["", "一组"]),
)
teams = st.lists(reps, max_size=8).map(
    lambda team: [replace(one, id=number) for number, one in zip(IDS, team, strict=False)]
)
wishes = st.builds(
    Wish,
    region=st.sampled_from(["", "上海市", "广东省"]),
    line=st.sampled_from(["", *LINES]),
    product=st.sampled_from(["", "中考冲刺课"]),
    priority=st.sampled_from(["normal", "high"]),
    industries=st.sampled_from([(), ("医院",), TRADES]),
)
counts = st.dictionaries(st.sampled_from(IDS), st.integers(0, 6))
whom = st.frozensets(st.sampled_from(IDS))
situations = st.builds(
    Situation,
    loads=counts,
    away=whom.map(lambda ids: dict.fromkeys(ids, NOON + timedelta(days=1))),
    at_work=st.none() | whom,
    on_night=st.none() | whom,
    wins=counts,
    bought=counts,
    present=st.none() | st.sampled_from(IDS).map(lambda one: Present(one, "他的老客户")),
    wanted=st.none()
    | st.builds(Wanted, whom.map(tuple), st.just("规则 1 指定"), by_load=st.booleans()),
)
weights = st.dictionaries(
    st.sampled_from([one.value for one in Criterion]), st.integers(1, 50), min_size=1
)
ranks = st.lists(
    st.sampled_from([one.value for one in Criterion]), min_size=1, max_size=3, unique=True
)


@st.composite
def rules(draw: st.DrawFn) -> Assignment:
    how: dict[str, Any] = draw(
        weights.map(lambda score: {"score": score}) | ranks.map(lambda rank: {"rank": rank})
    )
    only = draw(st.sampled_from([{}, {"only_levels": ["资深"]}, {"only_teams": ["一组"]}]))
    levels = {"levels": {"资深": 1, "初级": 0.25}}
    return Assignment.model_validate(
        {
            "presets": [
                {"name": "高意向", "when": {"priority": "high"}, **how, **only, **levels},
                {"name": "其余", **how, **levels},
            ],
            "full": draw(st.sampled_from(["never", "last"])),
            "default_capacity": 30,
            "max_automatic_reassignments": 2,
        }
    )


tried = st.frozensets(st.sampled_from(IDS), max_size=3)


@given(wishes, teams, situations, rules(), tried)
def test_nobody_gets_it_who_may_not(
    wish: Wish, team: Sequence[Rep], now: Situation, rule: Assignment, had: frozenset[str]
) -> None:
    decision = decide(wish, team, rules=rule, now=now, tried=had)

    excluded = {one.member_id for one in decision.candidates if one.excluded}
    if decision.chosen is None:
        assert excluded == {member.id for member in team}
        return
    chosen = next(member for member in team if member.id == decision.chosen)
    assert chosen.id not in excluded | had | set(now.away)
    assert chosen.is_reachable
    assert not wish.line or not chosen.lines or wish.line in chosen.lines
    assert rule.full == "last" or now.loads.get(chosen.id, 0) < chosen.capacity
    assert decision.candidates[0].member_id == chosen.id


@given(wishes, teams, situations, rules(), st.randoms(use_true_random=False))
def test_neither_the_order_of_the_team_nor_a_second_time_changes_anything(
    wish: Wish, team: Sequence[Rep], now: Situation, rule: Assignment, chance: random.Random
) -> None:
    once = decide(wish, team, rules=rule, now=now)
    shuffled = list(team)
    chance.shuffle(shuffled)

    again = decide(wish, shuffled, rules=rule, now=now)

    ranked = [one for one in once.candidates if not one.excluded]
    assert (again.chosen, again.tie) == (once.chosen, once.tie)
    assert [one for one in again.candidates if not one.excluded] == ranked
    assert {one.member_id for one in again.candidates} == {one.member_id for one in once.candidates}


@given(wishes, teams, situations, weights)
def test_what_is_not_known_gives_its_weight_to_the_rest(
    wish: Wish, team: Sequence[Rep], now: Situation, score: dict[str, int]
) -> None:
    said = {"name": "唯一", "score": score, "levels": {"资深": 1}}
    base = {"presets": [said], "default_capacity": 30, "max_automatic_reassignments": 2}

    decision = decide(wish, team, rules=Assignment.model_validate(base), now=now)

    total = sum(score.values())
    for one in decision.candidates:
        if one.excluded or decision.by_load:
            continue
        most = sum(criterion.most for criterion in one.criteria)
        assert most == 0 or abs(most - total) < 1e-6
        assert -1e-6 <= sum(criterion.points for criterion in one.criteria) <= most + 1e-6
        assert abs(one.score - sum(criterion.points for criterion in one.criteria)) <= 0.051


@given(wishes, teams, situations, rules())
def test_who_is_busier_is_never_better_off(
    wish: Wish, team: Sequence[Rep], now: Situation, rule: Assignment
) -> None:
    """One lead more in the hands of whoever is not chosen does not make him chosen."""
    before = decide(wish, team, rules=rule, now=now)
    for member in team:
        if member.id == before.chosen:
            continue
        busier = {**now.loads, member.id: now.loads.get(member.id, 0) + 1}

        after = decide(wish, team, rules=rule, now=replace(now, loads=busier))

        assert after.chosen != member.id


@given(wishes, teams, situations, rules())
def test_the_named_come_first_and_the_present_owner_before_the_rest(
    wish: Wish, team: Sequence[Rep], now: Situation, rule: Assignment
) -> None:
    decision = decide(wish, team, rules=rule, now=now)

    fitting = {one.member_id for one in decision.candidates if not one.excluded}
    room = {m.id for m in team if now.loads.get(m.id, 0) < m.capacity} & fitting
    named = set(now.wanted.members) & room if now.wanted is not None else set()
    if named:
        assert decision.chosen in named
    elif now.present is not None and now.present.member_id in room:
        assert decision.chosen == now.present.member_id


@given(wishes, teams, situations, rules())
def test_what_is_stored_says_all_and_nothing_personal(
    wish: Wish, team: Sequence[Rep], now: Situation, rule: Assignment
) -> None:
    decision = decide(wish, team, rules=rule, now=now)

    stored = decision.as_json()
    assert stored["preset"]["name"] == ("高意向" if wish.priority == "high" else "其余")
    assert stored["preset"]["because"]
    assert {one["member_id"] for one in stored["candidates"]} == {member.id for member in team}
    known = {"source", "channel", "region", "line", "product", "priority", "tags"}
    assert set(stored["inputs"]) <= known | {"budget", "industries"}
