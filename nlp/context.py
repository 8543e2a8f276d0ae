"""What a rule needs to know of the message beside its text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from nlp import segment
from nlp.facts import Entity, Sender
from nlp.folding import lower
from nlp.lexicon import Lexicon
from nlp.lexicon.spelling import Spelled, spelled
from nlp.spotting import Spot, spotter

SEALED = "\0"
"""Stands in the text for what an earlier rule has claimed (a phone's digits are no amount)."""


@dataclass
class Context:
    """Rules see the width-folded text; offsets are those of the message itself."""

    message: str
    folded: str
    """The message width-folded, with nothing sealed."""
    sent_at: datetime
    sender: Sender
    lexicon: Lexicon
    found: list[Entity] = field(default_factory=list)
    """What the rules before this one found."""
    seen: str = ""
    """The folded message with what is unmistakable sealed; the rules that seal have no use of it,
    nor of what is made of it."""
    _marks: dict[str, bytearray] = field(default_factory=dict)

    @cached_property
    def lowered(self) -> str:
        """What is seen, in lower case."""
        return lower(self.seen)

    @cached_property
    def spelled(self) -> Spelled:
        """What is seen, in the one spelling in which words are looked for."""
        return spelled(self.seen)

    @cached_property
    def spots(self) -> dict[str, list[Spot]]:
        """Where the rules' own words stand in what is seen, by vocabulary (nlp/spotting.py)."""
        return spotter().spot(self.spelled)

    @cached_property
    def words(self) -> tuple[segment.Word, ...]:
        """The folded message word by word, cut once, where a rule asks for it."""
        return segment.words(self.folded)

    def entity(
        self,
        kind: str,
        start: int,
        end: int,
        value: str | Mapping[str, Any],
        by: str,
        *,
        ambiguous: bool = False,
    ) -> Entity:
        return Entity(kind, self.message[start:end], start, end, value, by, ambiguous)

    def keep(self, entity: Entity) -> None:
        """Adds it to what is found. Entities of one type are to be kept apart by the caller."""
        self.found.append(entity)
        marks = self._marks.setdefault(entity.type, bytearray(len(self.message)))
        marks[entity.start : entity.end] = b"\1" * (entity.end - entity.start)

    def withdraw(self, entity: Entity) -> None:
        """Takes back what an earlier rule found, where a later one knows better."""
        self.found.remove(entity)
        length = entity.end - entity.start
        self._marks[entity.type][entity.start : entity.end] = bytes(length)

    def claimed(self, kind: str, start: int, end: int) -> bool:
        """Whether an entity of that type that was found before overlaps the span."""
        marks = self._marks.get(kind)
        return marks is not None and 1 in marks[start:end]
