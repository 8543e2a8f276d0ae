"""What a rep's messages promise: tests/samples/promise.jsonl."""

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

SAMPLES = Path(__file__).parents[1] / "samples" / "promise.jsonl"
LEXICON = Lexicon(load_rules().catalog, load_rules().keywords)
NOW = datetime.fromisoformat("2026-11-24T10:00:00+08:00")


def read(text: str, sender: Sender = "rep") -> Extraction:
    return extract(text, sent_at=NOW, sender=sender, lexicon=LEXICON)


def made(sample: dict[str, Any]) -> list[list[str | None]]:
    """What is promised, and the words that say when."""
    found = read(sample["text"])
    times = {json.dumps(entity.as_json()["value"]): entity.text for entity in found.of("time")}
    return [[one.action, times[json.dumps(one.due)] if one.due else None] for one in found.promises]


def test_a_message_promises_what_the_samples_say_and_nothing_more() -> None:
    lines = SAMPLES.read_text("utf-8").splitlines()

    holds(map(json.loads, lines), itemgetter("text"), itemgetter("made"), made)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (
            "CT设备的参数我明天上午发您,下周一给您报价",
            ["CT设备的参数我明天上午发您", "下周一给您报价"],
        ),
        ("五一后给您寄合同哈", ["五一后给您寄合同"]),
        ("样品周三前寄出，单号到时候告诉您", ["样品周三前寄出"]),
        ("好的，今天给您发货", ["今天给您发货"]),
        ("收到~资料稍后发您,麻烦留个邮箱", ["资料稍后发您"]),
    ],
)
def test_a_promise_is_marked_as_the_clause_that_makes_it(text: str, spans: list[str]) -> None:
    promises = read(text).promises

    assert [promise.text for promise in promises] == spans
    assert all(text[one.start : one.end] == one.text for one in promises)


def test_a_client_promises_nothing() -> None:
    assert read("我明天把合同寄给您", sender="client").promises == ()


@pytest.mark.parametrize(
    "piece",
    [
        "明天给您报价，",
        "如果您",
        "我给您",
        "等",
        "发您",
        "明天",
        "，",
        "报价给您",
        "请您",
        "🙂",
        "您看",
    ],
)
def test_a_long_message_is_read_in_linear_time(piece: str) -> None:
    def cost(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        read(text)
        return time.process_time() - started

    cost(100)
    assert cost(8_000) < 20 * cost(1_000) + 0.2
