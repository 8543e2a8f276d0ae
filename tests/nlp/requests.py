"""Labelled utterances, read, and scored: tests/samples/requests.yaml and its held-out part."""

import dataclasses
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.document import from_file
from config.rules import load_catalog, load_rules
from nlp.lexicon import Lexicon
from nlp.requests import Known, Request, read_requests
from nlp.requests.known import Names
from nlp.requests.learnt.model import Model
from nlp.requests.reading import SURE

SAMPLES = Path(__file__).parents[1] / "samples"
TUNED, HELD_OUT = SAMPLES / "requests.yaml", SAMPLES / "held_out" / "requests.yaml"
ELSEWHERE = SAMPLES / "held_out" / "requests_elsewhere.yaml"
"""By a writer who knew nothing of ours."""
TRAPS = SAMPLES / "request_traps.txt"
FOR_TRAINING = tuple(SAMPLES / "requests" / f"{name}.yaml" for name in ("said", "asked", "ways"))
"""What the model has learnt from besides TUNED: no measure of it."""
NOW = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
HOUSE = load_rules()
KNOWN = Known(
    Lexicon(load_catalog(SAMPLES / "catalog.yaml"), HOUSE.keywords, variants=HOUSE.variants),
    Names.of({"李娜", "王磊", "陈经理", "张敏", "刘洋", "周婷"}),
    Names.of(
        {
            *("康源", "康源医疗", "赵主任", "江北医院", "张总", "瑞丰精密", "华康药业"),
            *("恒远机械", "孙工", "沈主任", "王主任"),
        }
    ),
)
NOTHING = "none"
_SLOT = re.compile(r"\[(\w+):([^\]]*)\]")
_ASKED_FROM = 0.55
"""From here on the assistant asks: that is understood too."""


@dataclass(frozen=True)
class Sample:
    intent: str
    said: str
    spans: tuple[tuple[str, int, int], ...] = ()

    @property
    def slots(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, self.said[start:end]) for name, start, end in self.spans)


def samples(path: Path) -> Iterator[Sample]:
    whole = from_file(path).value
    assert isinstance(whole, dict)
    for intent, lines in whole.items():
        for line in str(lines).strip().splitlines():
            yield _sample(intent, line.strip())


def _sample(intent: str, line: str) -> Sample:
    said, at = "", 0
    spans: list[tuple[str, int, int]] = []
    for slot in _SLOT.finditer(line):
        said += line[at : slot.start()]
        spans.append((slot[1], len(said), len(said) + len(slot[2])))
        said, at = said + slot[2], slot.end()
    return Sample(intent, said + line[at:], tuple(spans))


def read(said: str, model: Model | None = None) -> Request | None:
    found = read_requests(said, KNOWN, NOW, model)
    return found[0] if found and found[0].confidence >= _ASKED_FROM else None


def is_acted_on(request: Request | None) -> bool:
    return request is not None and request.confidence >= SURE


@dataclass
class Score:
    """How many wishes and slots were read rightly, and what was not."""

    count: int = 0
    intents: int = 0
    hits: int = 0
    wanted: int = 0
    found: int = 0
    acted_wrongly: int = 0
    wrong: tuple[str, ...] = ()

    @property
    def accuracy(self) -> float:
        return self.intents / self.count

    @property
    def slots(self) -> float:
        """F1"""
        return 2 * self.hits / (self.wanted + self.found)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            *(
                getattr(self, field.name) + getattr(other, field.name)
                for field in dataclasses.fields(self)
            )
        )

    def __str__(self) -> str:
        return (
            f"{self.count} utterances: intent {self.accuracy:.3f}, slots F1 {self.slots:.3f}, "
            + (f"{self.acted_wrongly} acted on wrongly")
        )


def score(every: Iterable[Sample], model: Model | None = None) -> Score:
    """A note is right where it holds the labelled words: more of the sentence does no harm."""
    total = Score()
    for sample in every:
        request = read(sample.said, model)
        intent = request.intent if request else NOTHING
        got = [(slot.name, slot.text) for slot in request.slots] if request else []
        left, hits = list(got), 0
        for name, words in sample.slots:
            fit = next((one for one in left if _is(one, name, words)), None)
            if fit is not None:
                hits += 1
                if name != "note" or sum(other == "note" for other, _ in sample.slots) == 1:
                    left.remove(fit)
        notes = len({name for name, _ in sample.slots if name == "note"})
        several = sum(name == "note" for name, _ in sample.slots) - notes
        total.count += 1
        total.intents += intent == sample.intent
        total.acted_wrongly += is_acted_on(request) and intent != sample.intent
        total.hits += hits
        total.wanted += len(sample.slots)
        total.found += len(got) + several
        if intent != sample.intent or hits < len(sample.slots) or len(got) + several > hits:
            total.wrong += (f"{sample.said}: {sample.intent} {sample.slots}, got {intent} {got}",)
    return total


def _is(slot: tuple[str, str], name: str, words: str) -> bool:
    return slot[0] == name and (slot[1] == words or (name == "note" and words in slot[1]))
