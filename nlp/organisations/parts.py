"""What a word is within a name: a place, a trade, a brand, or none of the name."""

import re
from typing import Literal

from nlp.lexicon.organisations import BEFORE, FORMAL, GENERIC, HOUSES, INSTITUTES, TRADES
from nlp.lexicon.regions import gazetteer
from nlp.segment import of_words, segmenter

Part = Literal["before", "place", "locality", "generic", "brand"]

PLACE_LIKE = re.compile(r".{1,7}(?:省|市|区|县|镇|乡|村|州|街道|新区|开发区|园区)")
SHORT_TAGS_BEFORE = frozenset(("r", "p", "c", "u", "uj", "ul", "uz", "ud", "ug", "uv", "y", "e"))
TAGS_BEFORE = SHORT_TAGS_BEFORE | {"o", "d", "f", "q", "mq", "zg"}
"""jieba's tags of words that no name begins with: pronouns, prepositions, particles, adverbs."""
COUNTRIES = frozenset(("中国", "亚太", "大中华区"))
VERBS = frozenset(("v", "vn", "vd", "vg"))
NEVER = frozenset("想要换买卖找问把被让给跟很太还没送寄您你们")
"""No brand has one of them: 款要 of 这笔款要集团 was put together by guessing."""
KNOWN = GENERIC | TRADES | INSTITUTES | FORMAL | HOUSES


@of_words
def part(word: str) -> Part:
    """A `locality` is a place where a brand follows it (椒江远航), and a brand by itself
    (华东医院)."""
    if word in BEFORE:
        return "before"
    if word in KNOWN:
        return "generic"
    return (_place(word) if len(word) > 1 else None) or _by_tag(word)


@of_words
def is_glued(word: str) -> bool:
    """Whether a guess of the segmenter is no word but what stands around a name: 货发, 款要."""
    return (
        len(word) > 1
        and not segmenter().has(word)
        and (not NEVER.isdisjoint(word) or all(char in BEFORE for char in word))
    )


def _place(word: str) -> Part | None:
    readings = gazetteer().get(word)
    if readings:
        is_small = all(one.place.district is not None for one in readings)
        return "locality" if is_small and word[-1] not in "市区县" else "place"
    return "place" if word in COUNTRIES or PLACE_LIKE.fullmatch(word) else None


def _by_tag(word: str) -> Part:
    tag = segmenter().tag(word)
    if tag == "ns" and len(word) > 1:
        return "locality"
    stops = TAGS_BEFORE if len(word) > 1 else SHORT_TAGS_BEFORE
    return "before" if tag in stops else "brand"


@of_words
def is_ordinary(word: str) -> bool:
    """Whether the dictionary has the word."""
    return segmenter().tag(word) is not None


def is_verb(word: str) -> bool:
    return segmenter().tag(word) in VERBS
