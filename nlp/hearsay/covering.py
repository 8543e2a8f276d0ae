"""What a model does not get to see: what people are called, and how they are reached. Companies'
names are sent.

Each covered character becomes one cover, so that what it quotes stands in the message at the same
place.
"""

from collections.abc import Iterator

from nlp.desensitise import FINDERS
from nlp.facts import Entity, Extraction
from nlp.folding import fold_width
from nlp.hearsay import REACHING

COVER = "＊"
_GONE = "*"
"""As the finders mark what an earlier one found."""


def covered(text: str, found: Extraction) -> str:
    """The message without numbers, addresses, ids and people's names; a title stays (＊主任)."""
    characters = list(text)
    for start, end in (*_found_by_pattern(text), *_found_by_rule(found)):
        characters[start:end] = COVER * (end - start)
    return "".join(characters)


def _found_by_pattern(text: str) -> Iterator[tuple[int, int]]:
    seen = fold_width(text)
    for finder in FINDERS:
        spans = [(start, end) for start, end, *_ in finder(seen)]
        yield from spans
        characters = list(seen)
        for start, end in spans:
            characters[start:end] = _GONE * (end - start)
        seen = "".join(characters)


def _found_by_rule(found: Extraction) -> Iterator[tuple[int, int]]:
    for entity in found.entities:
        if entity.type in REACHING:
            yield entity.start, entity.end
        elif entity.type == "person":
            yield _name_of(entity)


def _name_of(entity: Entity) -> tuple[int, int]:
    """Where the name stands without its title; all of it where that cannot be told."""
    if isinstance(entity.value, str):
        return entity.start, entity.end
    name = str(entity.value.get("name") or "")
    at = entity.text.find(name)
    start = entity.start + max(at, 0)
    return (start, start + len(name)) if at >= 0 else (entity.start, entity.end)
