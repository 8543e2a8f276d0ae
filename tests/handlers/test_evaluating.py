"""Conditions as CEL: only ours are run, what is unknown is never so, and none can do harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.plain_rules.evaluating import LONGEST, Situation, compiled
from nlp.ruling import Understood, read
from nlp.ruling.cel import VARIABLES, literal
from nlp.ruling.cel import compiled as in_cel
from nlp.ruling.overlap import may_both_hold
from nlp.ruling.rule import Condition
from tests.nlp.ruling_house import HOUSE


def _when(said: str) -> Condition:
    understood = read(f"{said}，通知我", HOUSE)
    assert isinstance(understood, Understood), understood
    return understood.rule.when


def _fits(said: str, **facts: int | str | list[str]) -> bool:
    return Situation(facts).fits(in_cel(_when(said)))


@pytest.mark.parametrize(
    ("said", "facts", "fits"),
    [
        ("预算大于3万", {"budget": 30001}, True),
        ("预算大于3万", {"budget": 30000}, False),
        ("预算3万以上", {"budget": 30000}, True),
        ("预算3万以下", {"budget": 30000}, True),
        ("预算低于3万", {"budget": 30000}, False),
        ("预算低于3万", {}, False),
        ("预算不超过3万", {}, False),
        ("地区不是上海", {}, False),
        ("地区不是上海", {"region": "江苏省南京市"}, True),
        ("来自华东", {"region": "江苏省南京市"}, True),
        ("来自华东", {"region": "广东省深圳市"}, False),
        ("产品是CT设备或移动DR", {"product": "移动DR"}, True),
        ("没提到“价格”", {}, True),
        ("提到“CT Pro”", {"words": "想看ct pro"}, True),
        ("标签是比价", {"tag": ["售后", "比价"]}, True),
        ("标签不是比价", {"tag": []}, True),
        ("老客户", {"known": "yes"}, True),
        ("老客户", {}, False),
        ("周末", {"weekday": "6"}, True),
        ("晚上8点到早上8点", {"minute": 60}, True),
        ("晚上8点到早上8点", {"minute": 600}, False),
        ("非工作时间", {"working": "no"}, True),
        ("所有线索", {}, True),
        ("咨询雅思且预算大于3万，或者地区是上海", {"region": "上海市"}, True),
    ],
)
def test_a_condition_holds_where_it_should(
    said: str, facts: dict[str, int | str | list[str]], fits: bool
) -> None:
    assert _fits(said, **facts) is fits


@pytest.mark.parametrize(
    "text",
    [
        "[1].all(x, x > 0)",
        "tag.exists(x, x == '')",
        "tag.map(x, x).size() > 0",
        'words.matches("(a+)+$")',
        "size(words) > 0",
        "secret == 1",
        "words + words == words",
        "budget ? true : false",
        "budget == ",
        "",
        "(" * 300 + "true" + ")" * 300,
        "!" * LONGEST + "true",
        "true" + " && true" * 10_000,
    ],
)
def test_what_is_not_ours_is_not_run(text: str) -> None:
    assert compiled(text) is None
    assert Situation({}).fits(text) is False


def test_a_condition_that_is_no_truth_or_of_another_kind_does_not_hold() -> None:
    assert Situation({"budget": 1}).fits("budget") is False
    assert Situation({"budget": 1}).fits('"a" in budget') is False


@given(st.text(max_size=60))
def test_any_word_stays_a_word(word: str) -> None:
    text = f"source in [{literal(word)}]"

    if any("\ud800" <= char <= "\udfff" for char in word):
        return  # no text that was ever stored has half a character
    assert Situation({"source": word}).fits(text)
    assert not Situation({"source": f"{word}x"}).fits(text)


def test_every_fact_has_its_kind() -> None:
    for name, kind in VARIABLES.items():
        assert kind in (int, str, list), name


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("咨询雅思", "咨询CT设备", False),
        ("咨询雅思", "预算大于3万", True),
        ("预算大于3万", "预算低于2万", False),
        ("预算大于3万", "预算不超过30001元", True),
        ("来自上海", "来自浙江", False),
        ("来自上海", "来自华东", True),
        ("来自南京", "来自江苏", True),
        ("老客户", "新客户", False),
        ("标签是比价", "标签是售后", True),
        ("产品不是CT设备", "产品是CT设备", False),
        ("咨询雅思或预算大于3万", "咨询CT设备且预算低于2万", False),
        ("所有线索", "咨询雅思", True),
    ],
)
def test_two_rules_that_exclude_each_other_are_no_conflict(one: str, other: str, may: bool) -> None:
    assert may_both_hold(_when(one), _when(other)) is may
    assert may_both_hold(_when(other), _when(one)) is may
