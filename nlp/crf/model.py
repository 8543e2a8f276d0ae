"""python-crfsuite, wrapped once: train, load, and read the names off a text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pycrfsuite

from nlp.crf.features import features
from nlp.segment import Word, words

LABELS = {"person": "P", "company": "C"}
TYPES = {short: kind for kind, short in LABELS.items()}
PARAMETERS = {
    "c1": 0.4,
    "c2": 0.02,
    "feature.minfreq": 3,
    "feature.possible_transitions": True,
}
ROUNDS = 90
"""How often the training goes over the sentences."""


class _Trainer(pycrfsuite.Trainer):  # type: ignore[misc]
    """Tells how far it is."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        super().__init__(verbose=False)
        self._advance = advance

    def message(self, message: str) -> None:
        if message.startswith("***** Iteration"):
            self._advance(1)


@dataclass(frozen=True)
class Guess:
    """What the model takes for a name, and how sure it is (0 to 1)."""

    type: str
    start: int
    end: int
    probability: float


def labels(size: int, spans: Iterable[tuple[str, int, int]]) -> list[str]:
    """B-, I- and O for each character."""
    marked = ["O"] * size
    for kind, start, end in spans:
        short = LABELS[kind]
        marked[start:end] = [f"B{short}", *([f"I{short}"] * (end - start - 1))]
    return marked


def train(
    sentences: Iterable[tuple[str, Sequence[tuple[str, int, int]]]],
    path: Path,
    *,
    advance: Callable[[int], None] = lambda count: None,
    rounds: int | None = None,
) -> None:
    """Writes a model. The same sentences in the same order make the same model. `advance` is told
    of each sentence and of each of ROUNDS."""
    trainer = _Trainer(advance)
    trainer.select("lbfgs")
    trainer.set_params(PARAMETERS | {"max_iterations": rounds or ROUNDS})
    for text, spans in sentences:
        if text:
            trainer.append(features(text, words(text)), labels(len(text), spans))
        advance(1)
    trainer.train(str(path))


class Model:
    """A trained model. For one thread: the tagger keeps the text that it was given last."""

    def __init__(self, path: Path) -> None:
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open(str(path))

    def guess(
        self, text: str, cut: Sequence[Word], start: int = 0, end: int | None = None
    ) -> list[Guess]:
        """The names in a text whose words are `cut`, looked for in the words from `start` to
        `end`."""
        if not cut:
            return []
        tagger = self._tagger
        tagger.set(features(text, cut, start, end))
        marked = tagger.tag()
        shift = cut[start][1]
        found = []
        at, size = 0, len(marked)
        while at < size:
            label = marked[at]
            if label == "O":
                at += 1
                continue
            end = at + 1
            inside = f"I{label[1]}"
            while end < size and marked[end] == inside:
                end += 1
            sureness = self._sureness(marked, at, end)
            found.append(Guess(TYPES[label[1]], shift + at, shift + end, sureness))
            at = end
        return found

    def _sureness(self, marked: list[str], start: int, end: int) -> float:
        """The least that one of its characters, or the one after it, is sure."""
        marginal = self._tagger.marginal
        least = min(marginal(marked[at], at) for at in range(start, end))
        if end < len(marked):
            least = min(least, marginal(marked[end], end))
        return float(least)
