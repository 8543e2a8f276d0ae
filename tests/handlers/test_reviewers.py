"""Who decides about a pair, and which pair comes first: as values."""

from datetime import timedelta
from typing import Any

import pytest

from crm_store.models import Lead, Member, Priority
from handlers.reviewers import Owners, Reviewers
from handlers.stakes import stake_of
from tests.world import TUESDAY


def _member(member_id: str, role: str, boss: str | None = None, *, active: bool = True) -> Member:
    return Member(
        id=member_id,
        name=member_id,
        roles=[role],
        manager_id=boss,
        capacity=30,
        wecom=member_id,
        active=active,
    )


HOUSE = [
    _member("east1", "rep", "east"),
    _member("east2", "rep", "senior"),
    _member("senior", "rep", "east"),
    _member("gone", "rep", "east", active=False),
    _member("west1", "rep", "west"),
    _member("stray", "rep"),
    _member("east", "manager", "sales"),
    _member("west", "manager", "sales"),
    _member("sales", "manager", "boss"),
    _member("boss", "director"),
    _member("money", "finance"),
]
PEOPLE = Reviewers({member.id: member for member in HOUSE})


@pytest.mark.parametrize(
    ("owners", "asked"),
    [
        ({"east1"}, "east"),
        ({"east1", "east2"}, "east"),
        ({"east1", "gone"}, "east"),
        ({"east1", "west1"}, "sales"),
        ({"east1", "east"}, "east"),
        ({"east1", None}, "east"),
        ({"east1", "stray"}, "boss"),
        ({"stray"}, "boss"),
        ({"east1", "boss"}, "boss"),
        ({None}, "boss"),
        ({"nobody-knows-him"}, "boss"),
    ],
)
def test_the_lowest_who_leads_both_owners_is_asked(owners: Owners, asked: str) -> None:
    reviewer = PEOPLE.of(frozenset(owners))

    assert reviewer is not None
    assert reviewer.id == asked
    assert PEOPLE.may_decide(reviewer, frozenset(owners))


@pytest.mark.parametrize(
    ("member", "owners", "may"),
    [
        ("east", {"east1", "east2"}, True),
        ("east", {"east1", "west1"}, False),
        ("sales", {"east1", "west1"}, True),
        ("boss", {"stray", "west1"}, True),
        ("east", {None}, True),
        ("east1", {"east1"}, False),
        ("senior", {"east2"}, False),
        ("money", {None}, False),
    ],
)
def test_who_sees_only_one_of_them_decides_nothing(member: str, owners: Owners, may: bool) -> None:
    assert PEOPLE.may_decide(PEOPLE.people[member], frozenset(owners)) is may


def test_nobody_is_asked_where_nobody_may_see_both() -> None:
    without = Reviewers({m.id: m for m in HOUSE if m.id not in ("boss", "sales")})

    assert without.of(frozenset({"east1", "west1"})) is None
    found = without.of(frozenset({None}))
    assert found is not None  # the pool is every manager's
    assert found.id == "east"


def test_managers_above_each_other_end() -> None:
    circle = [_member("a", "manager", "b"), _member("b", "manager", "a")]

    found = Reviewers({member.id: member for member in circle}).of(frozenset({"a"}))

    assert found is not None
    assert found.id == "a"


def _lead(owner: str, **more: Any) -> Lead:
    return Lead(client_id=1, source="test", opened_at=TUESDAY, owner_id=owner, **more)


def test_two_colleagues_on_one_client_weigh_most() -> None:
    fought_over = stake_of([_lead("a"), _lead("b")], TUESDAY)
    rich = stake_of([_lead("a", budget=9_000_000, priority=Priority.HIGH)], TUESDAY)
    warm = stake_of([_lead("a", last_client_at=TUESDAY - timedelta(days=2))], TUESDAY)
    cold = stake_of([_lead("a", last_client_at=TUESDAY - timedelta(days=60))], TUESDAY)
    idle = stake_of([], TUESDAY)

    ranked = [stake.points for stake in (fought_over, rich, warm, cold, idle)]
    assert ranked == sorted(ranked, reverse=True)
    assert len(set(ranked)) == len(ranked)
    assert fought_over.words == "不同的同事在跟"
    assert rich.words == "1 条未结线索，高意向，预算 900万"
    assert (idle.points, idle.words) == (0, "")
