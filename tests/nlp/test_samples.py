"""Every rule over its own samples: tests/samples/<rule>.jsonl."""

import json
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from config.rules import load_catalog, load_rules
from nlp import rules
from nlp.lexicon import Lexicon
from nlp.pipeline import extract
from tests.nlp.table import holds

SAMPLES = Path(__file__).parents[1] / "samples"
TYPES = {"moment": "time", "supplier": "competitor"}
"""Rules whose entities are named otherwise than they."""

HOUSE = load_rules()
LEXICON = Lexicon(load_catalog(SAMPLES / "catalog.yaml"), HOUSE.keywords, variants=HOUSE.variants)
NOW = "2026-11-24T10:00:00+08:00"


def rule_names() -> list[str]:
    return [rule.__name__.rpartition(".")[2] for rule in rules.RULES if hasattr(rule, "__name__")]


def test_every_rule_in_the_folder_is_listed_and_has_samples() -> None:
    modules = {path.stem for path in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}

    assert modules == set(rule_names())
    assert modules <= {path.stem for path in SAMPLES.glob("*.jsonl")}


@pytest.mark.parametrize("name", rule_names())
def test_a_rule_finds_what_its_samples_say_and_nothing_more(name: str) -> None:
    def found(sample: dict[str, Any]) -> list[list[Any]]:
        sent_at = datetime.fromisoformat(sample.get("sent_at", NOW))
        read = extract(sample["text"], sent_at=sent_at, sender="client", lexicon=LEXICON)
        entities = [entity.as_json() for entity in read.of(TYPES.get(name, name))]
        return [[entity["text"], entity["value"]] for entity in entities]

    lines = (SAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines()

    holds(map(json.loads, lines), itemgetter("text"), itemgetter("found"), found)
