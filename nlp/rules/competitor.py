"""Other houses' brands, as the catalogue lists them."""

from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.folding import fold


def extract(text: str, context: Context) -> Iterator[Entity]:
    for hit in context.lexicon.competitors(fold(text)):
        yield context.entity("competitor", hit.start, hit.end, hit.value, "catalogue")
