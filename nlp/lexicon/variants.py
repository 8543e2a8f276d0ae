"""What else a word of the catalogue may look like: typing errors, and the model within a name."""

import re
from collections.abc import Iterator

from config.schemas.variants import Variants
from nlp.lexicon.spelling import same

LEAST = 3
"""Characters of a name in which one may be mistyped: with two it is soon another word."""
_MODEL = re.compile(r"(?=[A-Za-z-]*\d)[A-Za-z]{1,6}-?\d{2,6}[A-Za-z]{0,3}(?=[\u4e00-\u9fff])")


def model_in(name: str) -> str | None:
    """GT-205 of GT-205轮胎."""
    found = _MODEL.match(name)
    return found[0] if found else None


class Misspeller:
    """Tells how words are misspelt. Called with a word in the one spelling of `same`."""

    def __init__(self, variants: Variants) -> None:
        self._groups = {
            char: group.replace(char, "") for group in variants.characters for char in group
        }
        self._words = [
            (same(right), [same(wrong) for wrong in written])
            for right, written in variants.words.items()
            if same(right)
        ]
        self._first = {right[0] for right, _ in self._words}

    def __call__(self, word: str) -> Iterator[str]:
        """Every way with one error."""
        if not self._first.isdisjoint(word):
            for right, written in self._words:
                if right in word:
                    for wrong in written:
                        yield word.replace(right, wrong, 1)
        if len(word) >= LEAST and not self._groups.keys().isdisjoint(word):
            for at, char in enumerate(word):
                for other in self._groups.get(char, ""):
                    yield f"{word[:at]}{other}{word[at + 1 :]}"
