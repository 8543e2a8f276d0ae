"""Where the words stand that a model quotes, and whether they are free for it to read.

A claim is heard only where its words occur in the message as they stand there, and where no rule
is sure that they say something else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from nlp.facts import Entity, Extraction
from nlp.folding import fold
from nlp.hearsay import ASKED, ONE_VALUE, REACHING, SENSES, VALUES, Claim
from nlp.hearsay.covering import COVER

SHORTEST, LONGEST = 2, 80
"""Characters of a quotation."""
_MOST_PLACES = 8
_SEALED = "\0"


@dataclass(frozen=True)
class Quote:
    """A claim's words at a place in the message."""

    claim: Claim
    start: int
    end: int
    words: str
    """As they stand in the message."""
    free: str
    """The same, with sealed what a rule is sure of that is something else."""
    doubted: Entity | None
    """What the rules read there themselves and were not sure of."""


def places(claim: Claim, text: str, found: Extraction) -> Iterator[Quote]:
    """The claim's words wherever they stand free, in the order of the message."""
    if claim.field not in ASKED or not _may_be_heard(claim.field, found):
        return
    evidence = claim.evidence.strip()
    if not SHORTEST <= len(evidence) <= LONGEST or COVER in evidence:
        return
    seen, wanted, at = fold(text), fold(evidence), -1
    for _ in range(_MOST_PLACES):
        at = seen.find(wanted, at + 1)
        if at < 0:
            return
        quote = _at(claim, text, found, at, at + len(wanted))
        if quote is not None:
            yield quote


def _may_be_heard(field: str, found: Extraction) -> bool:
    """Of a field with one value not beside what a rule is sure of."""
    is_sure = any(not entity.ambiguous for entity in found.of(field))
    return not (is_sure and field in ONE_VALUE)


def _at(claim: Claim, text: str, found: Extraction, start: int, end: int) -> Quote | None:
    words = text[start:end]
    free, doubted = list(words), None
    for entity in found.entities:
        if entity.end <= start or end <= entity.start:
            continue
        if entity.type == claim.field:
            if not entity.ambiguous:
                return None  # the rules read it, and are sure
            doubted = entity
        elif entity.type in REACHING:
            return None
        elif _is_something_else(entity, claim.field):
            left, right = max(entity.start, start) - start, min(entity.end, end) - start
            free[left:right] = _SEALED * (right - left)
    return Quote(claim, start, end, words, "".join(free), doubted)


def _is_something_else(entity: Entity, field: str) -> bool:
    """A number that is sure to be a quantity is no amount of money; but what words mean may be
    said with anything. A place may be part of a company's name."""
    if entity.ambiguous or field in SENSES or entity.type not in VALUES:
        return False
    return (field, entity.type) != ("company", "region")
