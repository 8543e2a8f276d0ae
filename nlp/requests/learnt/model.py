"""python-crfsuite for wishes: an utterance is a sequence of one (then it is a logistic regression),
its slots are a sequence of its pieces."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pycrfsuite

from nlp.requests.learnt.features import of_pieces, of_whole
from nlp.requests.marks import Marked

SHIPPED = Path(__file__).parent
WISHES, SLOTS, CARD = "wishes.crfsuite", "slots.crfsuite", "wishes.json"
_WISH_SETTINGS = {"c1": 0.12, "c2": 0.03, "feature.minfreq": 2, "max_iterations": 120}
_SLOT_SETTINGS = {
    "c1": 0.2,
    "c2": 0.05,
    "feature.minfreq": 2,
    "max_iterations": 80,
    "feature.possible_transitions": True,
}

Span = tuple[str, int, int]


@dataclass(frozen=True)
class Taught:
    """An utterance, what is wished by it, and where the slots stand."""

    marked: Marked
    wish: str
    slots: tuple[Span, ...]


def learn(lessons: Sequence[Taught], folder: Path) -> None:
    """Writes both models. The same lessons in the same order make the same models."""
    _train(
        (([of_whole(one.marked)], [one.wish]) for one in lessons),
        _WISH_SETTINGS,
        folder / WISHES,
    )
    _train(
        (_labelled(one) for one in lessons if one.slots),
        _SLOT_SETTINGS,
        folder / SLOTS,
    )


def _train(
    rows: Iterable[tuple[list[list[str]], list[str]]],
    settings: dict[str, float | int | bool],
    path: Path,
) -> None:
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.select("lbfgs")
    trainer.set_params(settings)
    for features, labels in rows:
        trainer.append(features, labels)
    trainer.train(str(path))


def _labelled(one: Taught) -> tuple[list[list[str]], list[str]]:
    features, whole = of_pieces(one.marked, one.wish)
    labels = []
    last = None
    for start, end in whole.spans:
        name = next((slot for slot in one.slots if slot[1] <= start and end <= slot[2]), None)
        if name is None:
            labels.append("O")
        else:
            labels.append(f"{'I' if name == last else 'B'}-{name[0]}")
        last = name
    return features, labels


class Model:
    """For one thread: the taggers keep what they were given last."""

    def __init__(self, folder: Path) -> None:
        self._wishes, self._slots = pycrfsuite.Tagger(), pycrfsuite.Tagger()
        self._wishes.open(str(folder / WISHES))
        self._slots.open(str(folder / SLOTS))
        self._labels: list[str] = self._wishes.labels()

    def wishes(self, marked: Marked) -> list[tuple[str, float]]:
        """What it may be, the likeliest first."""
        self._wishes.set([of_whole(marked)])
        every = [(label, float(self._wishes.marginal(label, 0))) for label in self._labels]
        return sorted(every, key=lambda one: (-one[1], one[0]))

    def slots(self, marked: Marked, wish: str) -> list[Span]:
        """Where its slots stand, each once: the first."""
        features, whole = of_pieces(marked, wish)
        if not features:
            return []
        found: list[Span] = []
        for label, (start, end) in zip(self._slots.tag(features), whole.spans, strict=True):
            if label == "O":
                continue
            begins, name = label.split("-", 1)
            if begins == "I" and found and found[-1][0] == name and found[-1][2] == start:
                found[-1] = (name, found[-1][1], end)
            else:
                found.append((name, start, end))
        return found


def fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def shipped() -> Model:
    return Model(SHIPPED)
