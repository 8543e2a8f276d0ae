"""Gold messages against what is read in them: strict, as the extraction contract scores.

An entity counts where type, start, end and value are all right; a promise where its action and due
are; an intent where its level is. No tolerances.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nlp.lexicon import Lexicon
from nlp.pipeline import extract

Labelled = Mapping[str, Any]
"""A message in the contract's gold form."""
PROMISE, INTENT = "promise", "intent"


def gold(path: Path) -> list[Labelled]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def predicted(messages: Iterable[Labelled], lexicon: Lexicon) -> list[Labelled]:
    """The same messages, as our extractor labels them."""
    return [
        {
            "id": message["id"],
            **extract(
                message["text"],
                sent_at=datetime.fromisoformat(message["sent_at"]),
                sender=message.get("sender", "client"),
                lexicon=lexicon,
            ).as_json(),
        }
        for message in messages
    ]


@dataclass
class Figures:
    """How often gold had it, we said it, and both agreed; by entity type, and for promises."""

    gold: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    levels: int = 0
    levels_right: int = 0

    def add(self, gold: Labelled, said: Labelled) -> None:
        wanted, found = Counter(_facts(gold)), Counter(_facts(said))
        for counted, facts in ((self.gold, wanted), (self.said, found)):
            counted.update(kind for kind, *_ in facts.elements())
        self.right.update(kind for kind, *_ in (wanted & found).elements())
        self.levels += 1
        self.levels_right += gold["intent"]["level"] == said["intent"]["level"]

    @property
    def types(self) -> list[str]:
        return sorted(kind for kind in self.gold | self.said if kind != PROMISE)

    def f1(self, kinds: Iterable[str]) -> float:
        """Over these types together; 1 where there is nothing to find and nothing was said."""
        names = list(kinds)
        right = sum(self.right[kind] for kind in names)
        both = sum(self.gold[kind] + self.said[kind] for kind in names)
        return 2 * right / both if both else 1.0

    @property
    def micro(self) -> float:
        return self.f1(self.types)

    @property
    def intent(self) -> float:
        return self.levels_right / self.levels if self.levels else 1.0


def score(messages: Iterable[Labelled], lexicon: Lexicon) -> Figures:
    figures = Figures()
    kept = list(messages)
    for wanted, said in zip(kept, predicted(kept, lexicon), strict=True):
        figures.add(wanted, said)
    return figures


def _facts(message: Labelled) -> Iterator[tuple[Any, ...]]:
    for entity in message["entities"]:
        yield entity["type"], entity["start"], entity["end"], _plain(entity["value"])
    for promise in message["promises"]:
        yield PROMISE, promise["action"], _plain(promise["due"])


def _plain(value: Any) -> str:
    """A value as text: 3 and 3.0 alike, instants by what they mean."""
    if isinstance(value, Mapping):
        return json.dumps({key: _plain(part) for key, part in sorted(value.items())})
    if isinstance(value, int | float):
        return repr(float(value))
    try:
        return datetime.fromisoformat(value).astimezone().isoformat()
    except (TypeError, ValueError):
        return repr(value)
