"""One message through every rule."""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from nlp import segment
from nlp.commitments.appointments import read_appointments
from nlp.commitments.keeping import read_keepings
from nlp.commitments.promises import read_promises
from nlp.context import SEALED, Context
from nlp.crf import shipped
from nlp.facts import Entity, Extraction, Sender
from nlp.folding import fold_width
from nlp.intent import read_intent
from nlp.lexicon import Lexicon
from nlp.lexicon.spelling import simplify
from nlp.rules import RULES
from nlp.spotting import spotter

SHANGHAI = timezone(timedelta(hours=8))
_PLAN = tuple(
    (rule.extract, getattr(rule, "NEEDS", None), getattr(rule, "SEALS", False)) for rule in RULES
)
"""Each rule, the characters without which it finds nothing, and whether it hides what it found."""


def load() -> None:
    """Reads every dictionary, table and model now, not at the first message."""
    segment.load()
    spotter()
    simplify("")
    shipped.model()


def extract(text: str, *, sent_at: datetime, sender: Sender, lexicon: Lexicon) -> Extraction:
    """The facts in a message. Pure: the same answer for the same input, for any `str`.

    Relative times count from `sent_at` to the minute; where it has no offset it is Shanghai's.
    """
    if sent_at.tzinfo is None:
        sent_at = sent_at.replace(tzinfo=SHANGHAI)
    seen = fold_width(text).replace(SEALED, " ")
    context = Context(text, seen, sent_at.replace(second=0, microsecond=0), sender, lexicon)
    context.seen = seen
    characters = frozenset(seen)
    for read, needs, seals in _PLAN:
        if needs is not None and characters.isdisjoint(needs):
            continue
        kept = _keep_apart(read(seen, context), context)
        if seals and kept:
            seen = context.seen = _sealed(seen, kept)
    entities = tuple(sorted(context.found, key=lambda entity: (entity.start, entity.end)))
    if sender == "rep":
        return Extraction(
            entities,
            promises=read_promises(context, entities),
            kept=read_keepings(context, entities),
        )
    return Extraction(
        entities,
        read_intent(context, entities),
        appointments=read_appointments(context, entities),
    )


def _keep_apart(found: Iterable[Entity], context: Context) -> list[Entity]:
    """Of entities of one type that overlap the longest stays, and what was there before."""
    sifted = list(found)
    if not sifted:
        return sifted
    kept = []
    sifted.sort(key=_longest_first)
    for entity in sifted:
        if entity.start < entity.end and not context.claimed(entity.type, entity.start, entity.end):
            context.keep(entity)
            kept.append(entity)
    return kept


def _longest_first(entity: Entity) -> tuple[int, int]:
    return entity.start - entity.end, entity.start


def _sealed(text: str, entities: list[Entity]) -> str:
    characters = list(text)
    for entity in entities:
        characters[entity.start : entity.end] = SEALED * (entity.end - entity.start)
    return "".join(characters)
