"""A message taken apart into sentences and clauses, with times and people as single signs."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from nlp.facts import Entity

FUTURE, PAST, PERSON = "⌛", "⏪", "☺"
"""Stand for every character of a time to come, of a time gone by, and of a person's name."""

_SENTENCE = re.compile(r"[^。!?;\n…~]*[。!?;\n…~]*")
_SAID = r"[^,:\s\[\]【】]{1,400}"
_CLAUSE = re.compile(rf"{_SAID}(?:[ :](?<=[A-Za-z0-9].)(?=[A-Za-z0-9]){_SAID}){{0,40}}")
_JOINT = re.compile(r"然后|随后|接着|同时(?!间)|顺便|另外|还有|以及|并且|再(?=给您|帮您|给你|帮你)")
_SHORTEST = 4
"""Characters of a clause before another that follows it without a comma."""


class Clause(NamedTuple):
    """A stretch without a comma, in the masked text."""

    said: str
    start: int
    sentence: int
    asked: bool
    """Whether the sentence ends in a question mark with it."""

    @property
    def end(self) -> int:
        return self.start + len(self.said)


def masked(text: str, entities: Iterable[Entity], now: datetime) -> str:
    """The text with times and people put as signs, everything in its place."""
    signs = list(text)
    for entity in entities:
        if entity.type == "person":
            sign = PERSON
        elif entity.type == "time":
            sign = PAST if is_over(entity, now) else FUTURE
        else:
            continue
        signs[entity.start : entity.end] = sign * (entity.end - entity.start)
    return "".join(signs)


def is_over(time: Entity, now: datetime) -> bool:
    """Whether a time has passed at `now`."""
    assert not isinstance(time.value, str)
    end = datetime.fromisoformat(time.value["end"])
    return end < now or (end == now and time.value["end"] != time.value["start"])


def clauses_of(text: str) -> Iterator[Clause]:
    """The clauses of a masked text, in order."""
    for number, sentence in enumerate(_SENTENCE.finditer(text)):
        for found in _CLAUSE.finditer(text, *sentence.span()):
            for start, end in _split(found[0]):
                said = found[0][start:end].rstrip("。!?;…~")
                at = found.start() + start
                after = at + len(said)
                if said:
                    yield Clause(said, at, number, "?" in text[after : found.start() + end])


def times_within(clause: Clause, times: Sequence[Entity]) -> list[Entity]:
    """The times that stand in a clause; `times` are in the order of the message."""
    first = bisect_left(times, clause.start, key=lambda time: time.start)
    nearby = times[first : first + len(clause.said)]
    return list(takewhile(lambda time: time.end <= clause.end, nearby))


def _split(clause: str) -> Iterator[tuple[int, int]]:
    """Where one clause says several things without a comma."""
    begin = 0
    for found in _JOINT.finditer(clause, _SHORTEST):
        yield begin, found.start()
        begin = found.start()
    yield begin, len(clause)
