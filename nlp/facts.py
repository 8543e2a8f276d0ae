"""What the extractor found in a message, in the shape that `genjin extract` prints."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Sender = Literal["client", "rep"]
Level = Literal["high", "normal", "none"]


@dataclass(frozen=True)
class Entity:
    """A marked stretch of the message: `text == message[start:end]`, in code points."""

    type: str
    text: str
    start: int
    end: int
    value: str | Mapping[str, Any]
    by: str
    """The rule that found it."""
    ambiguous: bool = False

    def as_json(self) -> dict[str, Any]:
        found = {
            "type": self.type,
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "value": self.value if isinstance(self.value, str) else dict(self.value),
            "by": self.by,
        }
        return found | {"ambiguous": True} if self.ambiguous else found


@dataclass(frozen=True)
class Intent:
    """How much a client wants something, and the words that tell."""

    level: Level = "none"
    keywords: tuple[str, ...] = ()
    """As they stand in the message."""
    tags: tuple[str, ...] = ()
    """The tags of keywords.yaml that the message earns."""
    is_advertising: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"level": self.level, "keywords": list(self.keywords)}


@dataclass(frozen=True)
class Promise:
    """What a rep commits to do for a client."""

    text: str
    start: int
    end: int
    action: str
    due: Mapping[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "action": self.action,
            "due": dict(self.due) if self.due else None,
        }


@dataclass(frozen=True)
class Appointment:
    """When a client means to be in touch again, and how."""

    kind: str
    """visit, call, decision (they decide then) or free (they can be reached then)."""
    text: str
    start: int
    end: int
    due: Mapping[str, str]


@dataclass(frozen=True)
class Kept:
    """What a rep's message shows to be done: a deed as promises name it, `sent` or `parcel`."""

    action: str
    start: int
    end: int
    by: datetime | None = None
    """When it was done at the latest, where a time gone by is said: 昨天已经发出."""


@dataclass(frozen=True)
class Extraction:
    """Everything that one message says."""

    entities: tuple[Entity, ...] = ()
    intent: Intent = Intent()
    promises: tuple[Promise, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    """A client's own dates; no part of what `genjin extract` prints."""
    kept: tuple[Kept, ...] = ()
    """What a rep's message shows to be done; no part of it either."""

    def of(self, kind: str) -> tuple[Entity, ...]:
        """The entities of one type, in the order of the message."""
        return tuple(entity for entity in self.entities if entity.type == kind)

    def first(self, kind: str) -> Entity | None:
        return next(iter(self.of(kind)), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "entities": [entity.as_json() for entity in self.entities],
            "intent": self.intent.as_json(),
            "promises": [promise.as_json() for promise in self.promises],
        }
