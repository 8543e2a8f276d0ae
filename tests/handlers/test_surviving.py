"""Whose value is in force: pure, case by case."""

from datetime import UTC, datetime, timedelta

import pytest

from config.schemas.connections import FieldName, Wins
from handlers.master_bodies import RecordBody
from handlers.surviving import MOST_CHANGES, OURS, WITHIN, Value, alike, counted, winner

T0 = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def value(text: str, source: str = OURS, *, minute: int = 0) -> Value:
    return Value(text=text, source=source, at=T0 + timedelta(minutes=minute))


def in_force(*offers: Value, stands: Value | None = None, **wins: Wins) -> str | None:
    best = winner(offers, wins, stands)
    return best.text if best is not None else None


@pytest.mark.parametrize(
    ("wins", "minute", "expected"),
    [
        ("theirs", -5, "erp's"),
        ("newest", -5, "ours"),
        ("newest", 5, "erp's"),
        ("if_empty", 5, "ours"),
        ("ours", 5, "ours"),
    ],
)
def test_a_rule_decides_between_a_system_and_us(wins: Wins, minute: int, expected: str) -> None:
    assert in_force(value("ours"), value("erp's", "erp", minute=minute), erp=wins) == expected


def test_where_we_have_nothing_all_but_one_rule_takes_theirs() -> None:
    theirs = value("erp's", "erp")

    every: tuple[Wins, ...] = ("theirs", "newest", "if_empty")
    assert [in_force(theirs, erp=wins) for wins in every] == ["erp's"] * 3
    assert in_force(theirs, erp="ours") is None
    assert in_force(erp="theirs") is None


def test_of_two_systems_that_win_the_later_one_does() -> None:
    offers = value("a", "erp", minute=1), value("b", "shop", minute=2)

    assert in_force(*offers, erp="theirs", shop="theirs") == "b"
    assert in_force(*offers, erp="theirs", shop="newest") == "a"


def test_what_stands_stays_where_nothing_tells_them_apart() -> None:
    offers = value("a", "erp"), value("b", "shop")

    for stands in offers:
        found = in_force(*offers, stands=stands, erp="newest", shop="newest")
        assert found == stands.text
    assert in_force(*offers, stands=offers[1], erp="if_empty", shop="if_empty") == "b"


def test_what_a_former_system_said_stays_where_nobody_else_knows_better() -> None:
    former = value("old", "crm")

    assert in_force(former, erp="theirs") == "old"
    assert in_force(former, value("ours")) == "ours"


@pytest.mark.parametrize(
    ("field", "one", "other", "expected"),
    [
        ("company", "上海康源（集团）有限公司", " 上海康源(集团) 有限公司", True),
        ("company", "康源醫療", "康源医疗", True),
        ("company", "康源", "康园", False),
        ("name", "Wang Jianguo", "WANG  JIANGUO", True),
        ("phone", "+8613800001234", "+86 138-0000-1234", True),
        ("wechat", "li_na", "lina", False),
        ("email", "A@b.example", "a@B.example", True),
        ("address", "宜山路1-2号", "宜山路12号", False),
        ("address", "宜山路 1－2 号，三楼", "宜山路1-2号三楼", True),
        ("title", None, "", True),
    ],
)
def test_spelling_is_no_difference(
    field: FieldName, one: str | None, other: str | None, expected: bool
) -> None:
    assert alike(field, one, other) is expected


def test_a_count_ends_what_no_rule_ends() -> None:
    changes = None
    for number in range(MOST_CHANGES + 5):
        changes = counted(changes, value(str(number), "erp"), at=T0)
        assert changes.are_too_many == (number >= MOST_CHANGES)

    assert not counted(changes, value("x", "erp"), at=T0 + WITHIN).are_too_many
    assert not counted(changes, value("x"), at=T0).are_too_many


def test_a_record_hears_each_field_by_its_own_stamp() -> None:
    body = RecordBody(external_id="K-1")

    assert body.hear("phone", "1", at=T0, version=5)
    assert not body.hear("phone", "2", at=T0 + timedelta(hours=1), version=4)
    assert not body.hear("phone", "1", at=T0 + timedelta(hours=2), version=7)
    assert not body.hear("phone", "2", at=T0 + timedelta(hours=3), version=6)
    assert body.fields["phone"].at == T0
    assert body.hear("email", "a@b.example", at=T0, version=4)
    assert body.hear("phone", None, at=T0, version=8)
    assert body.values("erp").keys() == {"email"}
