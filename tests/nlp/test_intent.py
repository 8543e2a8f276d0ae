"""How much a client wants something: tests/samples/intent.jsonl."""

import json
from datetime import datetime
from operator import itemgetter
from pathlib import Path

import pytest

from config.rules import load_rules
from nlp.facts import Intent
from nlp.lexicon import Lexicon
from nlp.pipeline import extract
from tests.nlp.table import holds

SAMPLES = Path(__file__).parents[1] / "samples" / "intent.jsonl"
LEXICON = Lexicon(load_rules().catalog, load_rules().keywords)
WORDLESS = Lexicon(load_rules().catalog)
"""Without the house's own keywords."""
NOW = datetime.fromisoformat("2026-11-24T10:00:00+08:00")


def intent_of(text: str, lexicon: Lexicon = LEXICON) -> Intent:
    return extract(text, sent_at=NOW, sender="client", lexicon=lexicon).intent


@pytest.mark.parametrize("lexicon", [LEXICON, WORDLESS], ids=["configured", "wordless"])
def test_the_level_is_the_samples_with_and_without_configured_words(lexicon: Lexicon) -> None:
    def level(sample: dict[str, str]) -> str:
        return intent_of(sample["text"], lexicon).level

    lines = SAMPLES.read_text("utf-8").splitlines()

    holds(map(json.loads, lines), itemgetter("text"), itemgetter("level"), level)


@pytest.mark.parametrize(
    ("text", "keywords"),
    [
        ("CT设备的参数和报价啥时候能给", ("参数", "报价")),
        ("麻烦报个价", ("报个价",)),
        ("加急！注射器今天发货,急用", ("加急", "急用")),
        ("领导很着急，报价半小时后能出不", ("很着急", "报价")),
        ("报价太高了，再看看", ()),
    ],
)
def test_the_keywords_are_what_tells_of_it(text: str, keywords: tuple[str, ...]) -> None:
    assert sorted(intent_of(text).keywords) == sorted(keywords)


def test_advertising_is_told_from_a_clients_question_about_the_same() -> None:
    assert intent_of("双11满减，戳链接领券，退订回T").is_advertising
    assert not intent_of("满减活动还有吗").is_advertising
    assert not intent_of("你好").is_advertising
