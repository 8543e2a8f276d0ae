"""From what a model claims to what is believed: entities beside those of the rules."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from nlp.facts import Entity, Extraction
from nlp.hearsay import RULE, Claim
from nlp.hearsay.evidence import Quote, places
from nlp.hearsay.values import Read, value_of


def believed(
    claims: Iterable[Claim], text: str, found: Extraction, *, read: Read, said_at: datetime
) -> tuple[Entity, ...]:
    """The entities that the claims come to, those of one type kept apart; the rest is dropped.

    `read` is our own rules over other words said at that moment.
    """
    kept: list[Entity] = []
    for claim in claims:
        for quote in places(claim, text, found):
            entity = _entity(quote, text, read=read, said_at=said_at)
            if entity is not None and not _meets(entity, kept):
                kept.append(entity)
                break
    return tuple(sorted(kept, key=lambda entity: (entity.start, entity.end)))


def _entity(quote: Quote, text: str, *, read: Read, said_at: datetime) -> Entity | None:
    told = value_of(quote, read=read, said_at=said_at)
    if told is None:
        return None
    start, end = quote.start + told.start, quote.start + told.end
    # Two readers that come to the same are believed; a model alone is to be confirmed.
    is_sure = quote.doubted is not None and quote.doubted.value == told.value
    return Entity(
        quote.claim.field, text[start:end], start, end, told.value, RULE, ambiguous=not is_sure
    )


def _meets(entity: Entity, others: Iterable[Entity]) -> bool:
    return any(
        one.type == entity.type and one.start < entity.end and entity.start < one.end
        for one in others
    )


def joined(found: Extraction, heard: Iterable[Entity]) -> Extraction:
    """What the rules found, with what they doubted replaced by what is believed in its place."""
    heard = tuple(heard)
    left = [one for one in found.entities if not (one.ambiguous and _meets(one, heard))]
    entities = sorted((*left, *heard), key=lambda one: (one.start, one.end))
    return replace(found, entities=tuple(entities))
