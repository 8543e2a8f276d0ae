"""What a client once told of himself: 「女儿在学编程」. By it the next talk begins as among people.

It is in nobody's rule what may be kept of it, so nothing is: a message is only marked, and what it
tells is read again when somebody who may read the message opens the client.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from nlp.folding import fold
from nlp.lexicon.spelling import simplify
from nlp.phrases import expressions, filled, section

_GRAMMAR = "remarks"
_CLAUSE = re.compile(r"[^。!！?？\n;；~～…]+")
_ASKED = re.compile(r"(?:吗|么|呢|没有)[\s。?？]*$")
_LONGEST = 60


@dataclass(frozen=True)
class Remark:
    """`text == message[start:end]`."""

    topic: str
    """family, hobby, travel, health, birthday or life."""
    text: str
    start: int
    end: int


def remarks_in(text: str) -> Iterator[Remark]:
    """Each sentence of a client's words that tells of his life, once."""
    topics, business = _patterns()
    folded = simplify(fold(text))
    if len(folded) != len(text):
        return
    for found in _CLAUSE.finditer(folded):
        sentence = found[0]
        is_asked = folded[found.end() : found.end() + 1] in ("?", "？")
        if is_asked or _ASKED.search(sentence) or business.search(sentence):
            continue
        topic = next((topic for topic, pattern in topics if pattern.search(sentence)), None)
        if topic is None:
            continue
        start = found.start() + len(sentence) - len(sentence.lstrip(" ,，"))
        end = min(found.end(), start + _LONGEST)
        yield Remark(topic, text[start:end], start, end)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[tuple[str, re.Pattern[str]], ...], re.Pattern[str]]:
    parts = expressions(_GRAMMAR, "parts")
    topics = section(_GRAMMAR, "topics")
    return (
        tuple((topic, re.compile(filled(forms, parts))) for topic, forms in topics.items()),
        re.compile(parts["business"]),
    )
