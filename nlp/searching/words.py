"""What a text is found by: pairs of characters, words in letters, numbers, and single nouns.

Where words end is a guess that comes out otherwise in 「移动DR多少钱」 than in 「移动DR」. Two
characters that follow each other are the same in both, so a phrase is in a text only if all its
pairs are: none is missed, and whoever opens the text sees whether they stand together.
"""

import re

from nlp.folding import fold
from nlp.lexicon.spelling import same, simplify
from nlp.segment import of_words, segmenter, words

LONGEST = 8_000
"""Characters of a text that are looked at."""
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_OTHERS = re.compile(r"[^\W\d_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|\d+")


def found_by(text: str) -> frozenset[str]:
    """Everything the text is found by."""
    text = simplify(fold(text[:LONGEST]))
    found = set(_OTHERS.findall(text))
    for run in _HAN.findall(same(text)):
        found.update(run[at : at + 2] for at in range(len(run) - 1))
    found.update(word for word, _, _ in words(text) if len(word) == 1 and _is_noun(word))
    return frozenset(found)


def parts_of(phrase: str) -> frozenset[str]:
    """What every text has that this phrase stands in; empty for one that is in no index."""
    phrase = simplify(fold(phrase[:LONGEST]))
    parts = set(_OTHERS.findall(phrase))
    for run in _HAN.findall(same(phrase)):
        parts.update((run[at : at + 2] for at in range(len(run) - 1)) if len(run) > 1 else [run])
    return frozenset(parts)


def says(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text, however either is spelled."""
    wanted = same(phrase)
    return bool(wanted) and wanted in same(text)


@of_words
def _is_noun(word: str) -> bool:
    """药, 钱: worth a search of their own, which 的 and 了 are not."""
    tag = segmenter().tag(word)
    return _HAN.fullmatch(word) is not None and tag is not None and tag.startswith("n")
