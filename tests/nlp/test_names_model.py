"""The trained model of names: what ships, what it adds to the rules, and that it is quick."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.names_model import trained_in
from config.rules import MODEL, RuleBook, load_rules
from nlp.crf import shipped
from nlp.crf.templates import Maker
from nlp.facts import Entity
from nlp.folding import fold_width
from nlp.lexicon import Lexicon
from nlp.organisations.parts import is_glued, part
from nlp.people.naming import is_word
from nlp.pipeline import extract

LEXICON = Lexicon(load_rules().catalog)
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
MOST_BYTES = 6_000_000


def names(text: str) -> list[Entity]:
    found = extract(text, sent_at=NOW, sender="client", lexicon=LEXICON)
    return [one for one in found.entities if one.type in ("person", "company")]


def test_the_shipped_model_is_the_one_its_card_describes() -> None:
    card = json.loads(shipped.card(shipped.SHIPPED).read_text("utf-8"))

    assert card["sha256"] == shipped.fingerprint(shipped.SHIPPED)
    assert card["templates"] == shipped.templates_fingerprint(), (
        "the templates have changed: genjin train --out nlp/crf/names.crfsuite --force"
    )
    assert card["labelled"] == 0
    assert shipped.SHIPPED.stat().st_size < MOST_BYTES


def test_the_model_finds_what_no_rule_does_and_says_so() -> None:
    (found,) = names("昨天跟窦鹏程通了电话")

    assert (found.text, found.by) == ("窦鹏程", "crf")
    assert found.value == {"name": "窦鹏程", "title": None}


def test_nothing_is_kept_of_a_name_that_is_no_word() -> None:
    names("昨天跟窦鹏程通了电话，他是沃芮斯公司的窦总")

    kept = [*vars(is_word)["known"], *vars(part)["known"], *vars(is_glued)["known"]]
    assert kept
    assert [one for one in kept if "窦鹏" in one or "沃芮" in one] == []


def test_templates_make_the_same_sentences_for_the_same_seed() -> None:
    made = [list(Maker(seed).sentences(50)) for seed in (3, 3, 4)]

    assert made[0] == made[1] != made[2]
    assert all(one.text[start:end].strip() for one in made[0] for _, start, end in one.spans)
    assert all(len(fold_width(one.text)) == len(one.text) for one in made[0])


def test_a_model_that_cannot_be_read_leaves_the_shipped_one_in_force(tmp_path: Path) -> None:
    (tmp_path / MODEL).write_bytes(b"nonsense")

    assert trained_in(tmp_path) is None
    assert trained_in(None) is None


def test_a_new_model_is_taken_over_with_the_rules(tmp_path: Path) -> None:
    book = RuleBook(tmp_path)
    before = book.current

    (tmp_path / MODEL).write_bytes(shipped.SHIPPED.read_bytes())
    looks = [book.reload_if_changed() for _ in range(2)]

    assert looks == [[], []]
    assert book.current is not before


@pytest.mark.parametrize(
    "piece",
    [
        "王",
        "公司",
        "的王",
        "王总",
        "我是",
        "康源",
        "联系人王",
        "上海",
        "一中",
        "A ",
        "(上海)",
        "、张伟",
    ],
)
def test_hostile_text_is_read_in_time_that_grows_with_its_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        names(text)
        return time.process_time() - started

    seconds(500)
    assert min(seconds(8000) for _ in range(2)) < 1.0
