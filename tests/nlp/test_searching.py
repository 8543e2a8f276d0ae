"""What a text is found by, and what questions to the archive ask for."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config.rules import load_rules
from nlp.searching.content import content_words
from nlp.searching.marks import PRICE, REMARK, marks_of
from nlp.searching.prices import amounts_in, quotes_a_price
from nlp.searching.questions import parse
from nlp.searching.remarks import remarks_in
from nlp.searching.trades import trades_of
from nlp.searching.words import found_by, parts_of, says

SAMPLES = Path(__file__).parents[1] / "samples"
NOW = datetime(2026, 3, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
QUESTIONS: list[dict[str, Any]] = yaml.safe_load((SAMPLES / "questions.yaml").read_text("utf-8"))[
    "questions"
]
REMARKS: list[dict[str, Any]] = yaml.safe_load((SAMPLES / "remarks.yaml").read_text("utf-8"))[
    "remarks"
]
QUOTES: list[dict[str, Any]] = yaml.safe_load((SAMPLES / "remarks.yaml").read_text("utf-8"))[
    "quotes"
]


INDUSTRIES = load_rules().assignment.industries


@pytest.mark.parametrize("sample", QUESTIONS, ids=lambda sample: str(sample["ask"]))
def test_a_question_is_read_as_it_is_meant(sample: dict[str, Any]) -> None:
    found = parse(sample["ask"], NOW)

    if sample["kind"] is None:
        assert found is None
        return
    assert found is not None
    assert found.kind == sample["kind"]
    assert (found.who, found.what) == (sample.get("who", ""), sample.get("what", ""))
    assert list(found.words) == sample.get("words", [])
    assert (found.when.text if found.when else "") == sample.get("when", "")
    assert found.is_last == sample.get("last", False)
    assert found.by_us == sample.get("us", False)
    if "from" in sample:
        assert found.when is not None
        assert (_day(found.when.since), _day(found.when.until)) == (sample["from"], sample["to"])


def _day(moment: datetime) -> date:
    return moment.astimezone(NOW.tzinfo).date()


@given(st.text(max_size=300))
def test_any_words_are_a_question_or_none(text: str) -> None:
    found = parse(text, NOW)

    assert found is None or found.who or found.what or found.words


def test_what_is_asked_about_lies_behind_us() -> None:
    for text in ("张总周五说了什么", "张总12月说了什么", "张总1月3号说了什么", "张总除夕说了什么"):
        found = parse(text, NOW)
        assert found is not None
        assert found.when is not None
        assert found.when.since <= NOW, text
        assert NOW - found.when.since < timedelta(days=370), text


# -- words -------------------------------------------------------------------------------------


@given(st.text(max_size=60), st.text(min_size=2, max_size=10), st.text(max_size=60))
def test_whatever_stands_in_a_text_is_found_by_all_its_parts(a: str, b: str, c: str) -> None:
    """However words are cut: only what begins or ends inside a word in letters is not."""
    text = f"{a} {b} {c}"

    parts = {part for part in parts_of(b) if len(part) > 1}
    assert parts <= found_by(text)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("我们想看看移动ＤＲ和彩超", "移动dr"),
        ("想了解移動DR", "移动DR"),
        ("型号XG-500有货吗", "xg500"),
        ("监 护 仪多少钱", "监护仪"),
        ("女儿在学编程", "编程"),
        ("电话13800001234", "13800001234"),
    ],
)
def test_a_phrase_is_found_however_it_is_spelled(text: str, phrase: str) -> None:
    assert parts_of(phrase) <= found_by(text)
    assert says(text, phrase)


def test_words_that_only_share_their_parts_are_told_apart_once_opened() -> None:
    text, phrase = "动态心电图和移动护理", "移动态"

    assert parts_of(phrase) <= found_by(f"{text} 移动 动态")
    assert not says(text, phrase)


def test_nouns_of_one_character_are_found_and_particles_are_not() -> None:
    assert {"药", "钱"} <= found_by("药的钱")
    assert "的" not in found_by("药的钱")


def test_the_words_of_a_sentence_worth_a_search() -> None:
    assert content_words("他女儿在学什么呢") == ("女儿", "学")
    assert content_words("  ，。？ 的 了 吗 ") == ()
    assert len(content_words("词" * 5000)) <= 8
    assert all(len(word) <= 40 for word in content_words("a" * 5000))


# -- what is marked ----------------------------------------------------------------------------


@pytest.mark.parametrize("sample", REMARKS, ids=lambda sample: str(sample["says"]))
def test_a_remark_about_life_is_told_from_business(sample: dict[str, Any]) -> None:
    found = list(remarks_in(sample["says"]))

    assert [remark.topic for remark in found] == sample["topics"]
    for remark in found:
        assert sample["says"][remark.start : remark.end] == remark.text


@pytest.mark.parametrize("sample", QUOTES, ids=lambda sample: str(sample["says"]))
def test_a_quoted_price_is_told_from_other_amounts(sample: dict[str, Any]) -> None:
    assert quotes_a_price(sample["says"]) == sample["is_quote"]
    assert amounts_in(sample["says"]) == sample.get("amounts", [])


def test_only_clients_tell_of_themselves_and_only_we_quote() -> None:
    assert marks_of("我女儿在学编程", "client") == (REMARK,)
    assert marks_of("我女儿在学编程", "rep") == ()
    assert marks_of("单价28万，含税", "rep") == (PRICE,)
    assert marks_of("单价28万，含税", "client") == ()


@given(st.text(max_size=300))
def test_any_text_can_be_marked(text: str) -> None:
    for speaker in ("client", "rep", "note"):
        assert set(marks_of(text, speaker)) <= {PRICE, REMARK}
    amounts_in(text)


@pytest.mark.parametrize(
    ("name", "trade"),
    [
        ("江北医院", "医院"),
        ("某市妇幼保健院", "医院"),
        ("第二实验小学", "学校"),
        ("康源医疗器械有限公司", "医疗器械公司"),
        ("宏达五金厂", "工厂"),
        ("顺捷国际货运", "物流公司"),
        ("张三", ""),
    ],
)
def test_a_name_tells_what_kind_of_house_it_is(name: str, trade: str) -> None:
    assert next(iter(trades_of(name, INDUSTRIES)), "") == trade
