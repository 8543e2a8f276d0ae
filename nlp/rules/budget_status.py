"""Whether the money is there: 预算批下来了, 预算还没批, 没有预算."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.phrases.cues import Cues

CUES = Cues("budget_status")

_SUPPOSED = re.compile(
    r"(?:如果|要是|若|万一|只要|一旦|等到?|是否|是不是|有没|除非)(?:你们?|您|贵司)?(?:的|那边|这边|有)?$"
)
_ASKED = re.compile(r"了?(?:吗|没有?(?=$|[?？,，。\s])|么(?=$|[?？])|[?？])|了?的话|不了")
_LATER = re.compile(r"了?(?:后|之后|以后)?(?:再|才|就)|了?(?:之?[后前]|以[后前])")


def extract(text: str, context: Context) -> Iterator[Entity]:
    spots = context.spots.get("budget_status")
    if not spots:
        return
    for kind, start, end in CUES.find(text, spots):
        if _ASKED.match(text, end) or _SUPPOSED.search(text[max(0, start - 6) : start]):
            continue
        if kind == "approved" and _LATER.match(text, end):
            continue
        yield context.entity("budget_status", start, end, kind, kind)
