"""The extractor: how right, how fast beside plain jieba, how much memory, how it bears long texts.

`GOLD=folder` scores a folder of labelled messages as well: `*.jsonl` in the contract's gold form,
`catalog.yaml`, and, where it lies there, `score_extraction.py`, which then prints its own table.
"""

import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from config.rules import load_catalog, load_rules
from nlp.lexicon import Lexicon
from nlp.pipeline import extract
from nlp.segment import PythonSegmenter, segmenter
from tests.benchmarks.scoring import PROMISE, Labelled, gold, predicted, score

pytestmark = pytest.mark.bench

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples"
CATALOG = SAMPLES / "messages" / "catalog.yaml"
FOLDER = os.environ.get("GOLD")
ROUNDS = 7
A_SECOND = 5_000
"""Messages: what is aimed at."""
AGAINST_JIEBA = 1.5
MEGABYTES, SECONDS = 120, 1.0
NOW = datetime.fromisoformat("2026-03-18T10:00:00+08:00")
HOSTILE = {
    "one numeral": "一",
    "one digit": "1",
    "digits apart": "1-",
    "a surname": "王",
    "surname and title": "张总",
    "organisations": "公司",
    "weekdays": "周",
    "times": "下周三下午三点到",
    "money": "30-50万",
    "addresses": "a@b.",
    "places": "江苏省苏州市",
    "products": "CT",
    "promises": "明天给您报价，",
    "brackets": "（",
    "spaces": " ",
    "letters": "a",
    "years": "2026年",
    "unlike": "预算30-50万下周三前要3台CT，张总13812345678 ",
}


def _lexicon(catalog: Path) -> Lexicon:
    return Lexicon(load_catalog(catalog), load_rules().keywords)


def _messages() -> list[Labelled]:
    return [one for path in sorted((SAMPLES / "messages").glob("*.jsonl")) for one in gold(path)]


@pytest.mark.parametrize("part", ["messages", "held_out", "elsewhere"])
def test_right(part: str, tmp_path: Path) -> None:
    folder = Path(FOLDER) if FOLDER else None
    if part == "elsewhere" and folder is None:
        pytest.skip("GOLD names a folder of labelled messages")
    place = folder if part == "elsewhere" and folder else SAMPLES / part
    lexicon = _lexicon(place / "catalog.yaml" if part == "elsewhere" else CATALOG)

    for path in sorted(place.glob("*.jsonl")):
        messages = gold(path)
        figures = score(messages, lexicon)
        print(f"\n{part}/{path.name}: {len(messages)} messages, strict, no tolerances")
        for kind in (*figures.types, PROMISE):
            print(f"  {kind:<14} {figures.gold[kind]:5} in gold, F1 {figures.f1([kind]):.3f}")
        print(f"  {'all types':<14} {'':>13} F1 {figures.micro:.3f}, intent {figures.intent:.3f}")
        scorer = place / "score_extraction.py"
        if part == "elsewhere" and scorer.exists():
            said = tmp_path / path.name
            lines = (json.dumps(one) for one in predicted(messages, lexicon))
            said.write_text("\n".join(lines), "utf-8")
            shown = subprocess.run(
                [sys.executable, scorer, path, said], check=True, capture_output=True, text=True
            )
            print(shown.stdout)


def test_fast() -> None:
    """Our reading, jieba's and rjieba's mere cutting of the same messages, by turns."""
    place = Path(FOLDER) if FOLDER else None
    messages = (
        [one for path in place.glob("*.jsonl") for one in gold(path)] if place else _messages()
    )
    lexicon = _lexicon(place / "catalog.yaml" if place else CATALOG)
    read = [
        (one["text"], datetime.fromisoformat(one["sent_at"]), one["sender"]) for one in messages
    ]
    python, fast = PythonSegmenter(), segmenter()

    def ours() -> None:
        for text, sent_at, sender in read:
            extract(text, sent_at=sent_at, sender=sender, lexicon=lexicon)

    def plain() -> None:
        for text, *_ in read:
            python.cut(text, guess=True)

    def rust() -> None:
        for text, *_ in read:
            fast.cut(text, guess=True)

    rates = {
        name: len(read) / seconds
        for name, seconds in _by_turns({"ours": ours, "jieba": plain, "rjieba": rust}).items()
    }

    characters = statistics.mean(len(text) for text, *_ in read)
    print(f"\n{len(read)} messages of {characters:.0f} characters, one core, processor time")
    for name, rate in rates.items():
        print(f"  {name:<8} {rate:9,.0f} messages/s")
    ratio = rates["ours"] / rates["jieba"]
    print(f"  bound {A_SECOND:,} {_verdict(rates['ours'] >= A_SECOND)}")
    print(f"  ours / jieba {ratio:.2f}, aim {AGAINST_JIEBA:g} {_verdict(ratio >= AGAINST_JIEBA)}")


def _by_turns(works: dict[str, Callable[[], None]]) -> dict[str, float]:
    """The middle of several rounds of each, in seconds of this process."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            began = time.process_time()
            work()
            spent[name].append(time.process_time() - began)
    return {name: statistics.median(seconds) for name, seconds in spent.items()}


_READY = """
import time
began = time.perf_counter()
from datetime import datetime
from pathlib import Path
from config.rules import load_catalog, load_rules
from nlp.lexicon import Lexicon
from nlp.pipeline import extract, load
load()
lexicon = Lexicon(load_catalog(Path({catalog!r})), load_rules().keywords)
now = datetime.fromisoformat("2026-03-18T10:00:00+08:00")
for text in {texts!r}:
    extract(text, sent_at=now, sender="client", lexicon=lexicon)
    extract(text, sent_at=now, sender="rep", lexicon=lexicon)
ready = time.perf_counter() - began
"""
_MOST = 'print(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])'
"""The most memory it has had; getrusage would count what its parent had as well."""


def test_small_and_soon_ready() -> None:
    """A fresh interpreter until it has read its first message, and all the samples."""

    def run(program: str) -> list[float]:
        done = subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
        )
        return [float(part) for part in done.stdout.split()]

    first = _READY.format(catalog=str(CATALOG), texts=["下周三前要3台CT，张总13812345678"])
    first += "print(ready)"
    run(first)  # writes what Python compiles once
    seconds = statistics.median(run(first)[0] for _ in range(3))
    every = _READY.format(catalog=str(CATALOG), texts=[one["text"] for one in _messages()])
    over = (run(every + _MOST)[0] - run(_MOST)[0]) / 1024

    print(f"\nready after {seconds:.2f} s, bound {SECONDS:g} {_verdict(seconds <= SECONDS)}")
    print(f"{over:.0f} MB over a bare interpreter, bound {MEGABYTES} {_verdict(over <= MEGABYTES)}")


def test_linear() -> None:
    """Texts of 1,024 to 8,192 characters of the same kind: eight times the length."""
    lexicon = _lexicon(CATALOG)
    print("\nmilliseconds a text, by its characters")
    print(f"  {'':<20} {1024:>8} {2048:>8} {4096:>8} {8192:>8}  8192 / 1024")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, unit in HOSTILE.items():
            spent = [_milliseconds(unit, length, lexicon) for length in (1024, 2048, 4096, 8192)]
            shown = " ".join(f"{one:8.2f}" for one in spent)
            print(f"  {name:<20} {shown}  {spent[-1] / spent[0]:5.1f}")


def _milliseconds(unit: str, length: int, lexicon: Lexicon) -> float:
    text = (unit * (length // len(unit) + 1))[:length]
    least = []
    for sender in ("client", "rep", "client", "rep"):
        began = time.process_time()
        extract(text, sent_at=NOW, sender=sender, lexicon=lexicon)
        least.append(time.process_time() - began)
    return 1000 * min(least)


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "missed"
