"""Pure rules of a lead's growth: what a message says, which value stands, what to ask, a quote."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.rules import load_rules
from config.schemas.leads import CoreField
from crm_store.models import LeadField
from crm_store.queries.fields import KnownField
from handlers.explaining import quote
from handlers.fields import field_called, slots_of, split_field
from handlers.findings import About, statements
from handlers.growing import Outcome, Statement, judge
from handlers.next_question import Question, missing, next_question
from handlers.reading import Reader
from handlers.showing import shortened
from nlp.lexicon import Lexicon
from tests.world import SHANGHAI, TUESDAY

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
RULES = load_rules()
READER = Reader(
    Lexicon(RULES.catalog, RULES.keywords),
    RULES.catalog,
    SHANGHAI,
    frozenset({"李娜", "康源医疗"}),
)
CORE = RULES.leads.core


def stands(value: Any, *, by: str | None = None, is_ambiguous: bool = False) -> KnownField:
    row = LeadField(
        lead_id=1, name="budget", value=b"", rule="amount", said_at=NOON, learned_at=NOON, by=by
    )
    return KnownField("budget", value, "", None, 0, 0, "amount", row, is_ambiguous)


def said(value: Any, *, later: int = 1, is_ambiguous: bool = False) -> Statement:
    at = NOON + timedelta(minutes=later)
    return Statement("budget", value, "", "amount", at, is_ambiguous=is_ambiguous)


@pytest.mark.parametrize(
    ("before", "now", "outcome"),
    [
        (None, said(1), Outcome.NEW),
        (stands(1), said(1), Outcome.SAID_AGAIN),
        (stands(1), said(2), Outcome.CHANGES),
        (stands(1), said(2, later=0), Outcome.CHANGES),
        (stands(1), said(2, later=-1), Outcome.LATE),
        (stands(1), said(1, is_ambiguous=True), Outcome.SAID_AGAIN),
        (stands(1, is_ambiguous=True), said(1), Outcome.CHANGES),
        (stands(1, by="lina"), said(2), Outcome.SUGGESTS),
        (stands(1, by="lina"), said(2, later=-1), Outcome.LATE),
        (stands(1, by="lina"), said(1), Outcome.SAID_AGAIN),
        (stands(None, by="lina"), said(1), Outcome.SUGGESTS),
    ],
)
def test_which_value_stands(before: KnownField | None, now: Statement, outcome: Outcome) -> None:
    assert judge(before, now) is outcome


def test_two_numbers_do_not_contradict_each_other_and_two_budgets_do() -> None:
    assert slots_of("phone", "1") != slots_of("phone", "2")
    assert slots_of("budget", {"min": 1}) == slots_of("budget", {"min": 2})
    assert slots_of("need", ["参数", "报价"]) == [("need", "参数"), ("need", "报价")]


def found(
    text: str, *, line: str = "医疗设备", product: str | None = "CT设备"
) -> list[tuple[str, str]]:
    reading = READER.read(text, TUESDAY)
    about = About(line, product)
    every = statements(reading, about, said_at=TUESDAY, message_id=None)
    return [(one.name, one.words) for one in every if one.name != "need"]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("别家报了28万，我们预算只有20万", [("budget", "预算只有20万")]),
        ("昨天联系过你们，月底前要", [("time", "月底前")]),
        ("月底前装好，下周三前先要参数", [("time", "下周三前")]),
        ("下周三下午三点过来面谈吧", [("next_contact", "下周三下午三点过来面谈吧")]),
        ("下周三前要招标文件，电话13800001234", [("time", "下周三前")]),
        ("李娜说你们康源医疗有货", []),
    ],
)
def test_a_message_makes_one_statement_of_what_can_be_only_one(
    text: str, facts: list[tuple[str, str]]
) -> None:
    names = {name for name, _ in facts} | {"time", "next_contact", "person", "company"}

    kept = [(name, words) for name, words in found(text) if name in names]

    assert [name for name, _ in kept] == [name for name, _ in facts]
    assert all(
        words.endswith(meant[-3:]) for (_, words), (_, meant) in zip(kept, facts, strict=True)
    )


def test_a_number_goes_with_the_product_beside_it_and_to_that_products_lead() -> None:
    text = "CT设备要2台，雅思冲刺班3个名额，医用手套500箱"

    def quantities(line: str, product: str) -> list[Any]:
        about = About(line, product)
        every = statements(READER.read(text, TUESDAY), about, said_at=TUESDAY, message_id=None)
        return [(one.value["product"], one.words) for one in every if one.name == "quantity"]

    assert quantities("医疗设备", "CT设备") == [("CT设备", "2台")]
    assert quantities("医用耗材", "医用手套") == [("医用手套", "500箱")]


@pytest.mark.parametrize(
    ("known", "unsure", "our_words", "asked"),
    [
        (set(), {}, (), "product"),
        ({"product"}, {}, (), "budget"),
        ({"product"}, {}, ("您预算大概多少？",), "time"),
        ({"product"}, {}, ("预算表发您了",), "budget"),
        ({"product", "budget", "time", "wechat"}, {}, (), "quantity"),
        ({one.field for one in CORE} | {"phone"}, {"time": "五号"}, (), "time"),
        ({one.field for one in CORE} | {"phone"}, {}, (), None),
    ],
)
def test_the_question_worth_asking_next(
    known: set[str], unsure: dict[str, str], our_words: tuple[str, ...], asked: str | None
) -> None:
    question = next_question(CORE, known - {"contact"}, unsure, our_words)

    assert (question.field if question else None) == asked


def test_what_was_asked_comes_last_and_says_so() -> None:
    core = (CoreField(field="budget", ask="预算多少？", asked=("预算",)),)

    question = next_question(core, set(), {}, ["预算是多少呢"])

    assert question == Question("budget", "预算多少？（问过，还没有答）")
    assert missing(CORE, {"product", "budget", "time", "phone"}) == ["数量", "单位", "决策角色"]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("赵主任的预算", ("赵主任", "budget")),
        ("赵主任电话", ("赵主任", "phone")),
        ("江北医院", None),
        ("江北医院的电话", ("江北医院", "phone")),
        ("预算", None),
        ("L12", None),
    ],
)
def test_a_field_at_the_end_of_the_words(words: str, meant: tuple[str, str] | None) -> None:
    assert split_field(words) == meant


def test_a_field_has_the_names_that_people_use() -> None:
    assert [field_called(word) for word in ("手机", "异议", "顾虑", "别的")] == [
        *("phone", "objection", "objection"),
        None,
    ]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("我找李娜经理", ""),
        ("李娜经理你好，CT多少钱", ""),
        ("李娜经理，电话13800001234", ""),
        ("王经理在吗，我是赵主任", "赵主任"),
        ("您好王经理，想问下CT", ""),
        ("王经理好，想问下CT", ""),
        ("麻烦转王经理", ""),
        ("我找王院长批一下", "王院长"),
        ("我是王经理，你好", "王经理"),
        ("联系人王经理 你好", "王经理"),
        ("联系人：王磊经理", "王磊经理"),
    ],
)
def test_who_is_greeted_or_ours_does_not_name_the_client(words: str, name: str) -> None:
    reading = READER.read(words, NOON)
    said = statements(reading, About("", None), said_at=NOON, message_id=None)

    assert reading.name == name
    people = [one.value for one in said if one.name == "person"]
    assert [f"{one['name']}{one['title'] or ''}" for one in people] == ([name] if name else [])


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("你好。预算30万，急。谢谢", "30万", "预算【30万】，急"),
        ("30万", "30万", "【30万】"),
        ("前" * 100 + "30万" + "后" * 100, "30万", f"…{'前' * 60}【30万】{'后' * 60}…"),
    ],
)
def test_a_quote_is_the_sentence_with_the_words_marked(text: str, words: str, shown: str) -> None:
    start = text.index(words)

    assert quote(text, start, start + len(words)) == shown


def test_a_quote_for_others_hides_numbers_even_where_the_words_cut_them() -> None:
    text = "电话13800001234"

    assert "0000" not in quote(text, 5, 9, masks=True)
    assert quote(text, 2, 13, masks=True) == "电话【138****1234】"
    assert quote(text, 0, 99) == text


@pytest.mark.parametrize("before", range(45, 75))
def test_wherever_a_text_is_cut_no_part_of_a_phone_is_shown_to_others(before: int) -> None:
    text = (
        f"{'前' * before}13867452398{'后' * (before - 11)}预算30万{'前' * (before - 11)}13867452398"
    )
    start = text.index("30万")

    for shown in (
        quote(text, start, start + 3, masks=True),
        quote(text, 0, 999, masks=True),
        shortened(text, 60, masks=True),
    ):
        digits = re.findall("[0-9]+", shown)
        assert all(any(run in ends for ends in ("30", "138", "2398")) for run in digits)
    assert "【30万】" in quote(text, start, start + 3, masks=True)
