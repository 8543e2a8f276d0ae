"""Whatever is written: nothing raises, every offset holds, every value has the contract's form."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from config.rules import load_catalog, load_rules
from nlp.facts import Entity, Extraction, Sender
from nlp.lexicon import Lexicon
from nlp.pipeline import extract
from nlp.segment import words

SAMPLES = Path(__file__).parents[1] / "samples"
LEXICON = Lexicon(load_catalog(SAMPLES / "catalog.yaml"), load_rules().keywords)
SENDERS: tuple[Sender, ...] = ("client", "rep")
PIECES = sorted(
    {
        word
        for path in (SAMPLES / "messages").glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
        for word, _, _ in words(json.loads(line)["text"])
    }
)
"""What labelled messages are made of, to be put together in another order."""
CHARACTERS = st.one_of(
    st.characters(),
    st.sampled_from(
        "你好周一二三下月底前内后号日年点半万元块台个预算王李总主任0123456789-:：.,，@+wWxX"
    ),
    st.just("\ud800"),
    st.just("\0"),
)
TEXTS = st.one_of(
    st.text(alphabet=CHARACTERS, max_size=120),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), CHARACTERS), max_size=40).map("".join),
)


@settings(deadline=None)  # the first reading reads the tables too
@given(TEXTS, st.datetimes(timezones=st.just(UTC)), st.sampled_from(SENDERS))
def test_any_text_is_read_and_every_offset_holds(
    text: str, sent_at: datetime, sender: Sender
) -> None:
    found = extract(text, sent_at=sent_at, sender=sender, lexicon=LEXICON)

    ends: dict[str, int] = {}
    for entity in found.entities:
        assert entity.text == text[entity.start : entity.end]
        assert entity.text
        assert entity.start >= ends.get(entity.type, 0), "two of one type overlap"
        ends[entity.type] = entity.end
        _has_the_contracts_form(entity)
    _promises_hold(found, text, sender)
    assert all(keyword in text for keyword in found.intent.keywords)
    json.dumps(found.as_json())
    assert found == extract(text, sent_at=sent_at, sender=sender, lexicon=LEXICON)


def _has_the_contracts_form(entity: Entity) -> None:
    value: Any = entity.as_json()["value"]
    match entity.type:
        case "time":
            assert _instant(value["start"]) <= _instant(value["end"])
        case "budget" | "quantity":
            low, high = value["min"], value["max"]
            assert low is not None or high is not None
            assert low is None or high is None or low <= high
            assert set(value) == {"min", "max", "currency" if entity.type == "budget" else "unit"}
        case "person":
            assert set(value) == {"name", "title"}
            assert value["name"] or value["title"]
        case "region":
            assert set(value) == {"province", "city", "district"}
            assert any(value.values())
        case "product":
            assert set(value) == {"name"}
            assert value["name"]
        case _:
            assert isinstance(value, str)
            assert value


def _promises_hold(found: Extraction, text: str, sender: Sender) -> None:
    assert sender == "rep" or not found.promises
    for promise in found.promises:
        assert promise.text == text[promise.start : promise.end]
        if promise.due is not None:
            assert _instant(promise.due["start"]) <= _instant(promise.due["end"])


def _instant(written: str) -> datetime:
    instant = datetime.fromisoformat(written)
    assert instant.tzinfo is not None
    return instant
