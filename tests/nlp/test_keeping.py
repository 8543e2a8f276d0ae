"""What a rep's message shows to be done: tests/samples/kept.jsonl, and what was put aside before
the grammar was written, tests/samples/kept_held_out.jsonl."""

import json
import time
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from config.rules import load_rules
from nlp.facts import Extraction, Sender
from nlp.lexicon import Lexicon
from nlp.pipeline import extract
from tests.nlp.table import holds

SAMPLES = Path(__file__).parents[1] / "samples"
LEXICON = Lexicon(load_rules().catalog, load_rules().keywords)
NOW = datetime.fromisoformat("2026-11-24T13:00:00+08:00")


def read(text: str, sender: Sender = "rep") -> Extraction:
    return extract(text, sent_at=NOW, sender=sender, lexicon=LEXICON)


def shown(sample: dict[str, Any]) -> list[str]:
    return [one.action for one in read(sample["text"]).kept]


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / name).read_text("utf-8").splitlines()]


def test_a_message_shows_what_the_samples_say_and_nothing_more() -> None:
    samples = lines("kept.jsonl")

    assert len(samples) >= 80
    holds(samples, itemgetter("text"), itemgetter("kept"), shown)


def test_nothing_is_taken_for_kept_in_what_was_put_aside() -> None:
    """Precision before recall: what was not kept must not count, and most that was is seen."""
    samples = lines("kept_held_out.jsonl")

    wrong = [one["text"] for one in samples if not set(shown(one)) <= set(one["kept"])]
    due = [one for one in samples if one["kept"]]
    seen = [one for one in due if shown(one) == one["kept"]]

    assert wrong == []
    assert len(seen) / len(due) >= 0.8


def test_a_client_keeps_no_promise_of_ours() -> None:
    assert read("合同发您邮箱了", sender="client").kept == ()


def test_when_it_was_done_is_known_where_it_is_said() -> None:
    (yesterday,) = read("样品昨天已经寄出").kept
    (now,) = read("样品已寄出").kept

    assert yesterday.by == datetime.fromisoformat("2026-11-24T00:00:00+08:00")
    assert now.by is None


@pytest.mark.parametrize(
    "text", ["", "了" * 5000, "单号" + "1" * 9000, "已" * 3000 + "发" * 3000, "已发，" * 2000]
)
def test_odd_messages_are_read_in_no_time(text: str) -> None:
    begun = time.process_time()

    assert all(0 <= one.start < one.end <= len(text) for one in read(text).kept)
    assert time.process_time() - begun < 5
