"""Words are cut alike whichever of the two segmenters is installed."""

import json
from pathlib import Path

import pytest

from nlp import segment
from nlp.folding import fold_width
from nlp.segment import PythonSegmenter, RustSegmenter

SAMPLES = Path(__file__).parents[1] / "samples"
HOSTILE = ("", " ", "\n\t", "王" * 300, "1.5" * 50, "😅好👨‍👩‍👧‍👦的", "\ufffd\u202eabc", "ＣＴ機")


def texts() -> list[str]:
    lines = [
        line
        for path in sorted(SAMPLES.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    return [fold_width(json.loads(line)["text"]) for line in lines]


@pytest.fixture(scope="module")
def python() -> PythonSegmenter:
    return PythonSegmenter()


@pytest.fixture(scope="module")
def rust() -> RustSegmenter:
    return RustSegmenter()


@pytest.mark.parametrize("guess", [True, False])
def test_both_cut_the_samples_alike(
    python: PythonSegmenter, rust: RustSegmenter, guess: bool
) -> None:
    apart = [
        text
        for text in (*texts(), *HOSTILE)
        if python.cut(text, guess=guess) != rust.cut(text, guess=guess)
    ]

    assert apart == []


def test_both_know_the_same_words_by_the_same_tags(
    python: PythonSegmenter, rust: RustSegmenter
) -> None:
    known = sorted(python.words())[::97]

    assert len(known) > 3000
    assert [(word, rust.has(word), rust.tag(word)) for word in known] == [
        (word, True, python.tag(word)) for word in known
    ]
    assert not rust.has("跟进云霄客")
    assert rust.tag("跟进云霄客") is None


def test_words_stand_where_they_say() -> None:
    text = "我想问下CT设备的参数 😅 13812345678"

    found = segment.words(text)

    assert "".join(word for word, _, _ in found) == text
    assert all(text[start:end] == word for word, start, end in found)
