"""One pass finds the words of every vocabulary."""

from nlp.lexicon.spelling import spelled
from nlp.spotting import Spotter, spotter

SPOTTER = Spotter(
    names={"brand": {"ct": 1, "海康": 2, "海康威视": 3}}, cores={"price": {"价": 4, "ct": 5}}
)


def test_words_stand_where_the_message_has_them() -> None:
    assert SPOTTER.spot(spelled("要CT,报价")) == {
        "brand": [(1, 3, 1)],
        "price": [(1, 3, 5), (5, 6, 4)],
    }


def test_the_longer_of_two_that_begin_together_comes_first() -> None:
    assert SPOTTER.spot(spelled("海康威视"))["brand"] == [(0, 4, 3), (0, 2, 2)]


def test_names_stand_by_themselves_and_cores_anywhere() -> None:
    assert SPOTTER.spot(spelled("CTO")) == {"price": [(0, 2, 5)]}


def test_what_separates_the_characters_of_a_name_counts_for_its_place() -> None:
    assert SPOTTER.spot(spelled("用C-T"))["brand"] == [(1, 4, 1)]


def test_every_rule_that_asks_has_its_words() -> None:
    found = spotter().spot(spelled("苏州康源医院王经理,海康报价太贵,急,老板拍板,预算没批"))

    assert {"place", "brand", "title", "ending", "role", "budget_status"} <= found.keys()
    assert {"objection", "urgency", "intent"} <= found.keys()
