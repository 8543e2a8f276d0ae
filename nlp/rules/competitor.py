"""Other houses' brands, as the catalogue lists them."""

import re
from collections.abc import Iterator
from functools import lru_cache

from nlp.boundaries import is_whole
from nlp.context import Context
from nlp.facts import Entity
from nlp.lexicon import Hit
from nlp.lexicon.names import SURNAMES, TITLES
from nlp.lexicon.tables import patterns

TAILS = frozenset("家牌系们") | {"医疗", "集团", "公司"}
"""What may follow a brand inside a dictionary's word."""
ADDRESSED = re.compile(rf"(?:{'|'.join(TITLES)}|[总工董]|您?好|你好|在吗|说|收)")
"""After a given name: 王东成经理 is a person."""
_LOOK_BACK = 4


@lru_cache(maxsize=1)
def _other_words() -> tuple[dict[str, re.Pattern[str]], dict[str, re.Pattern[str]]]:
    """By brand: what stands after it, and before it, where it is another word."""
    after = {
        brand: re.compile(rf"\s?(?:{it})") for brand, it in patterns("brands", "after").items()
    }
    before = {
        brand: re.compile(rf"(?:{it})\s?$") for brand, it in patterns("brands", "before").items()
    }
    return after, before


def extract(text: str, context: Context) -> Iterator[Entity]:
    after, before = _other_words()

    def stands(hit: Hit[str]) -> bool:
        is_other = after.get(hit.value)
        if is_other and is_other.match(text, hit.end):
            return False
        is_other = before.get(hit.value)
        if is_other and is_other.search(text[max(0, hit.start - _LOOK_BACK) : hit.start]):
            return False
        if text[hit.start - 1 : hit.start] in SURNAMES and ADDRESSED.match(text, hit.end):
            return False
        return text[hit.start : hit.end].isascii() or is_whole(
            context.folded, hit.start, hit.end, context.words, TAILS
        )

    for hit in context.lexicon.competitors(text, stands):
        yield context.entity("competitor", hit.start, hit.end, hit.value, "catalogue")
