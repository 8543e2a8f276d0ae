"""What really stood on people's screens is held against the timeline: planted faults are found."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.benchmarks.company.checking import ZONE, Fact, Firm
from tests.benchmarks.company.screens import Known, Sent, check_screens

TUESDAY = datetime(2026, 4, 21, 10, 0, tzinfo=ZONE)
DAY = timedelta(days=1)
SOON = timedelta(minutes=10)
FIRM = Firm({"lina": "chen", "wanglei": "chen", "chen": None}, frozenset({"chen"}))
CARD = ("contacted:L1", "visit:L1", "material:L1", "mute:L1", "why:L1")
NUDGE = (*CARD[:3], "mute:L1:nudge", "mute:L1")
DECIDE = ("reassign:L1", "support:L1", "wait:L1")


def fact(kind: str, at: datetime, lead: int | None = 1, by: str | None = None, **data: Any) -> Fact:
    return Fact(0, kind, at, lead, by, data)


FACTS = [
    fact("assigned", TUESDAY, owner_id="lina", reason="first", previous_id=None),
    fact("reminded", TUESDAY + DAY, rung="nudge", member_id="lina"),
    fact("rung_announced", TUESDAY + 2 * DAY - SOON, rung="quiet", member_id="lina"),
    fact("escalated", TUESDAY + 2 * DAY, rung="quiet", to="chen"),
]


def sent(to: str, at: datetime, *actions: str, says: str = "客户1 · CT设备") -> Sent:
    return Sent("wecom", to, at, f"{to}{at}", actions, says)


SENT = [
    sent("lina", TUESDAY, *CARD),
    sent("lina", TUESDAY + DAY, *NUDGE),
    sent(
        "lina",
        TUESDAY + 2 * DAY - SOON,
        says="「客户1 · CT设备」再过 10 分钟还没有跟进，就会告诉主管",
    ),
    sent("chen", TUESDAY + 2 * DAY, *DECIDE),
    sent("lina", TUESDAY + 3 * DAY, says="早上好"),
]


def found(sent: list[Sent], facts: list[Fact] = FACTS, firm: Firm = FIRM) -> list[str]:
    known = Known(
        firm=firm,
        people={("wecom", name): name for name in FIRM.managers},
        clients={1: 11, 2: 12},
        names={"客户1": frozenset({11}), "客户2": frozenset({12})},
        directors=frozenset(),
    )
    return list(check_screens(facts, sent, known))


def test_what_everybody_read_rightly_is_found_to_be_right() -> None:
    assert found(SENT) == []


@pytest.mark.parametrize(("place", "rung"), [(1, "nudge"), (2, "quiet"), (3, "quiet")])
def test_whoever_never_read_of_a_rung_is_named(place: int, rung: str) -> None:
    missing, in_passing, in_a_list = [*SENT], [*SENT], [*SENT]
    del missing[place]
    in_passing[place] = replace(SENT[place], actions=(), says="客户1又说：好的")
    line = "另有 1 条线索：\n1. 一位客户（L1）"
    in_a_list[place] = replace(SENT[place], actions=(), says=line)

    assert [f"never read of {rung}" in s for s in found(missing)] == [True]
    assert found(in_passing) == found(missing)
    assert found(in_a_list) == []


@pytest.mark.parametrize("place", [1, 2, 3])
def test_what_was_said_twice_is_told(place: int) -> None:
    again = replace(SENT[place], at=SENT[place].at + timedelta(minutes=1))

    assert ["nothing" in s for s in found([*SENT, again])] == [True]


def test_what_went_to_the_wrong_one_is_told_as_his_and_as_missing() -> None:
    wrong = [SENT[0], replace(SENT[1], account="wanglei"), *SENT[2:]]
    others = found(wrong)

    assert any("wanglei was sent a card" in s for s in others)
    assert any("lina never read of nudge" in s for s in others)


def test_a_client_named_to_whom_he_does_not_concern_is_told() -> None:
    theirs = fact("assigned", TUESDAY, 2, owner_id="wanglei", reason="first", previous_id=None)
    gossip = sent("lina", TUESDAY + DAY, says="「客户2 · 彩超」有新消息")

    assert found([*SENT, gossip], [*FACTS, theirs]) != []
    assert found([*SENT, replace(gossip, account="chen")], [*FACTS, theirs]) == []


@pytest.mark.parametrize(
    ("before", "at", "why"),
    [
        ([fact("muted", TUESDAY, member_id="lina", what="nudge")], 0, "muted it"),
        ([fact("muted", TUESDAY, member_id="lina", what="promise")], 0, None),
        ([], 12, "nobody works"),
    ],
)
def test_a_nudge_to_whom_none_may_come_is_told(
    before: list[Fact], at: int, why: str | None
) -> None:
    moment = TUESDAY + DAY + timedelta(hours=at)
    facts = [FACTS[0], *before, replace(FACTS[1], at=moment), *FACTS[2:]]
    came = [SENT[0], replace(SENT[1], at=moment), *SENT[2:]]

    slips = found(came, facts)
    assert [why in s for s in slips] == [True] if why else slips == []


def test_a_nudge_on_leave_is_told() -> None:
    away = Firm(FIRM.managers, FIRM.leads_people)
    away.away["lina"].append((TUESDAY, TUESDAY + 2 * DAY))

    assert ["he is away" in s for s in found(SENT, firm=away)] == [True]
