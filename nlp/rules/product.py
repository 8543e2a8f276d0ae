"""Products: the catalogue's words, and model numbers that are called so."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.folding import fold

MODEL = re.compile(
    r"(?:型号|规格型号|款号|货号)\s?(?:是|为)?\s?[::]?\s?"
    r"(?P<model>(?=[A-Za-z\-]{0,8}[0-9])[A-Za-z0-9]{1,12}(?:[-/.][A-Za-z0-9]{1,8}){0,3})(?![A-Za-z0-9])"
)


def extract(text: str, context: Context) -> Iterator[Entity]:
    for hit in context.lexicon.products(fold(text)):
        # 环球雅思 is a competitor's name, not our course.
        if not context.claimed("competitor", hit.start, hit.end):
            value = {"name": hit.value}
            yield context.entity("product", hit.start, hit.end, value, "catalogue")
    for found in MODEL.finditer(text):
        start, end = found.span("model")
        if not context.claimed("product", start, end):
            yield context.entity("product", start, end, {"name": found["model"]}, "model")
