"""What a colleague asks for, read out of his own words."""

import subprocess
import sys
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.fields import LABELS, field_called
from nlp.requests import read_requests
from nlp.requests.phrasing import by_name, intents
from tests.nlp.requests import (
    ELSEWHERE,
    HELD_OUT,
    KNOWN,
    NOTHING,
    NOW,
    TUNED,
    is_acted_on,
    read,
    samples,
    score,
)

LEAST_INTENT, LEAST_SLOTS = 0.95, 0.92
LEAST_OF_A_STRANGERS = 0.93
"""Not the bound: what it was when it was looked at once, less a few."""
ALLOWED_MS = 5


@pytest.mark.parametrize("path", [TUNED, HELD_OUT], ids=["tuned", "held out"])
def test_wishes_and_their_slots_are_read(path, capsys) -> None:  # type: ignore[no-untyped-def]
    result = score(samples(path))

    with capsys.disabled():
        print(f"\n{path.parent.name}/{path.name}: {result}")  # noqa: T201 (the figures)
    assert result.accuracy >= LEAST_INTENT, "\n".join(result.wrong)
    assert result.slots >= LEAST_SLOTS, "\n".join(result.wrong)


def test_a_strangers_wishes_are_read_no_worse_than_they_were() -> None:
    result = score(samples(ELSEWHERE))

    assert result.accuracy >= LEAST_OF_A_STRANGERS
    assert result.slots >= LEAST_SLOTS
    assert result.acted_wrongly <= 2


def test_there_are_enough_samples_of_every_intent() -> None:
    every = [*samples(TUNED), *samples(HELD_OUT)]
    count = Counter(sample.intent for sample in every)
    means = {intent.means for intent in intents()}

    assert len(every) >= 400
    assert count[NOTHING] >= 80
    assert means - set(count) == set()
    assert set(count) - means == {NOTHING}


def test_nothing_that_is_no_wish_is_acted_on() -> None:
    wrong = [
        sample.said
        for path in (TUNED, HELD_OUT)
        for sample in samples(path)
        if sample.intent == NOTHING and is_acted_on(read(sample.said))
    ]

    assert wrong == []


def test_slots_stand_where_they_say() -> None:
    for sample in samples(TUNED):
        for request in read_requests(sample.said, KNOWN, NOW):
            for slot in request.slots:
                assert sample.said[slot.start : slot.end] == slot.text


@pytest.mark.parametrize(
    ("said", "intent", "client"),
    [
        ("別再提醒我趙主任了", "mute", "趙主任"),
        ("把　赵主任　静音　！", "mute", "赵主任"),
        ("MUTE 赵主任", "mute", "赵主任"),
        ("赵主任静英一下", "mute", "赵主任"),
        ("查一下ｌ１２", "look_up", "ｌ１２"),
    ],
)
def test_width_script_case_and_sounds_do_not_matter(said: str, intent: str, client: str) -> None:
    request = read(said)

    assert request is not None
    assert (request.intent, request.values()["client"]) == (intent, client)


def test_a_word_of_the_dictionary_is_no_mistyped_verb() -> None:
    assert "lost" not in {one.intent for one in read_requests("书单赵主任发我", KNOWN, NOW)}


def test_a_pronoun_is_told_from_a_name() -> None:
    for said in ("把他静音", "这个客户别再提醒了", "它的提醒关掉"):
        request = read(said)
        assert request is not None
        client = request.slot("client")
        assert client is not None
        assert client.is_pronoun


def test_every_field_has_its_word() -> None:
    words = by_name()["correct"].forms[0].pattern

    for label in LABELS.values():
        assert field_called(label) is not None
        assert words.fullmatch(f"更正赵主任{label}甲"), label


HOSTILE = [
    *("请" * 200, "把" * 200, "提醒我" * 66, "别再提醒我" * 40, "赵主任转给王磊" * 28, "，" * 200),
    *("明天" * 100, "今天提醒我" * 40, "规则3" * 66, "输了，" * 66, "（" * 200, "r1" * 100),
    *("静音" * 2700, "赵主任输了，" * 1400, "\0" * 8000, "[client:x]" * 800, "请帮我把" * 2000),
]


@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: f"{said[:6]!r}x{len(said)}")
def test_hostile_words_cost_no_time(said: str) -> None:
    read_requests(said[:40], KNOWN, NOW)  # what is compiled at first use is not measured

    started = time.process_time()
    read_requests(said, KNOWN, NOW)

    assert time.process_time() - started < 0.25


def test_an_utterance_takes_milliseconds() -> None:
    every = [sample.said for sample in samples(TUNED)]
    for said in every:
        read_requests(said, KNOWN, NOW)

    started = time.process_time()
    for said in every:
        read_requests(said, KNOWN, NOW)

    assert (time.process_time() - started) / len(every) * 1000 < ALLOWED_MS


@given(st.text(max_size=80))
def test_any_text_is_read_twice_alike(said: str) -> None:
    assert read_requests(said, KNOWN, NOW) == read_requests(said, KNOWN, NOW)


def test_everything_an_utterance_is_read_by_is_made_by_the_steps_before_it() -> None:
    """In a process of its own: here all of it has been made."""
    code = (
        "from nlp.requests import loading, phrasing\n"
        "from nlp.requests.learnt.model import shipped\n"
        "assert not phrasing.intents.cache_info().currsize\n"
        "for step in loading.steps(): step()\n"
        "assert all('forms' in vars(intent) for intent in phrasing.intents())\n"
        "assert shipped.cache_info().currsize\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
