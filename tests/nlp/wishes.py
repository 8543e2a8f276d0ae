"""Makes the model of wishes that ships (nlp/requests/learnt) from the labelled utterances here:

    python -m tests.nlp.wishes             makes it anew, and its card       (make wishes)
    python -m tests.nlp.wishes examined    each fifth read by a model that has not seen it

The fifths are drawn by the words, so that an utterance stays in its own. What clients write is
shown too, as no wish. No real person's words are among them.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from nlp.requests.learnt import model
from nlp.requests.learnt.model import Model, Taught, learn
from nlp.requests.marks import mark
from tests.nlp.requests import (
    FOR_TRAINING,
    KNOWN,
    NOTHING,
    NOW,
    SAMPLES,
    TRAPS,
    TUNED,
    Sample,
    Score,
    samples,
    score,
)

FOLDS = 5
_OF_CLIENTS = ("intent", "messages/b2b", "messages/mixed", "messages/otherwise", "messages/trade")
_EACH = 5
"""Of what clients write each fifth is enough: the rest says the same."""
_LONGEST = 120


def sources() -> list[Path]:
    return [TUNED, *FOR_TRAINING, TRAPS, *(SAMPLES / f"{name}.jsonl" for name in _OF_CLIENTS)]


def fingerprint() -> str:
    """Of everything that the model has learnt from."""
    digest = hashlib.sha256()
    for file in sources():
        digest.update(file.read_bytes())
    return digest.hexdigest()


def no_wishes() -> Iterator[Sample]:
    """Traps, and what clients write."""
    for line in TRAPS.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield Sample(NOTHING, line.strip())
    texts = []
    for name in _OF_CLIENTS:
        for line in (SAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines():
            text = json.loads(line).get("text")
            if isinstance(text, str) and len(text) <= _LONGEST:
                texts.append(text)
    yield from (Sample(NOTHING, text) for text in texts[::_EACH])


def wished() -> list[Sample]:
    return [sample for path in (TUNED, *FOR_TRAINING) for sample in samples(path)]


_PRONOUNS = ("他", "这个客户", "她", "这条线索", "这家")
_EACH_TALKED_OF = 4


def _of_him(every: Sequence[Sample]) -> Iterator[Sample]:
    """Some of them once more, with a pronoun where the client is named."""
    for number, one in enumerate(every):
        place = next((span for span in one.spans if span[0] == "client"), None)
        if place is None or number % _EACH_TALKED_OF:
            continue
        _, start, end = place
        him = _PRONOUNS[number // _EACH_TALKED_OF % len(_PRONOUNS)]
        further = len(him) - (end - start)
        spans = [
            (name, at + further * (at > start), to + further * (at >= start))
            for name, at, to in one.spans
        ]
        yield Sample(one.intent, one.said[:start] + him + one.said[end:], tuple(spans))


def teach(every: Sequence[Sample], folder: Path) -> Model:
    lessons = [*every, *_of_him(every)]
    learn([Taught(mark(one.said, KNOWN, NOW), one.intent, one.spans) for one in lessons], folder)
    return Model(folder)


def make() -> None:
    folder = model.SHIPPED
    every = [*wished(), *no_wishes()]
    teach(every, folder)
    card = {
        "wishes": model.fingerprint(folder / model.WISHES),
        "slots": model.fingerprint(folder / model.SLOTS),
        "samples": fingerprint(),
        "utterances": len(every),
    }
    (folder / model.CARD).write_text(json.dumps(card, indent=2) + "\n", "utf-8")


def examined() -> dict[str, Score]:
    """By file, each utterance read by a model that has not seen it."""
    others, totals = list(no_wishes()), {path.stem: Score() for path in (TUNED, *FOR_TRAINING)}
    for fold in range(FOLDS):
        seen = [one for one in wished() if _fold(one) != fold]
        with TemporaryDirectory() as folder:
            taught = teach([*seen, *others], Path(folder))
            for path in (TUNED, *FOR_TRAINING):
                unseen = [one for one in samples(path) if _fold(one) == fold]
                totals[path.stem] += score(unseen, taught)
    return totals


def _fold(sample: Sample) -> int:
    return hashlib.sha256(sample.said.encode()).digest()[0] % FOLDS


if __name__ == "__main__":
    if sys.argv[1:] == ["examined"]:
        for name, result in examined().items():
            print(f"{name}: {result}")  # noqa: T201 (the figures)
            print("\n".join(f"    {line}" for line in result.wrong))  # noqa: T201
    else:
        make()
