"""What else a word of the catalogue may look like: typing errors, and the model within a name."""

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from config.schemas.variants import Variants

Value = TypeVar("Value")

LEAST = 3
"""Characters of a name in which one may be mistyped: with two it is soon another word."""
_MODEL = re.compile(r"(?=[A-Za-z-]*\d)[A-Za-z]{1,6}-?\d{2,6}[A-Za-z]{0,3}(?=[\u4e00-\u9fff])")


def model_in(name: str) -> str | None:
    """GT-205 of GT-205轮胎."""
    found = _MODEL.match(name)
    return found[0] if found else None


class Misspeller:
    """Adds to words the ways in which they are misspelt."""

    def __init__(self, variants: Variants) -> None:
        self._groups = {
            char: group.replace(char, "") for group in variants.characters for char in group
        }
        self._words = [(right, wrong) for right, wrong in variants.words.items() if right]
        self._first = {right[0] for right, _ in self._words}

    def spread(self, words: list[tuple[str, Value]]) -> Iterator[tuple[str, Value]]:
        """The words, then their misspellings, so that no misspelling hides a word."""
        yield from words
        for word, value in words:
            for other in self.misspellings(word):
                yield other, value

    def misspellings(self, word: str) -> Iterable[str]:
        """Every way with one error."""
        if not self._first.isdisjoint(word):
            for right, written in self._words:
                if right in word:
                    for wrong in written:
                        yield word.replace(right, wrong, 1)
        if len(word) < LEAST:
            return
        for at, char in enumerate(word):
            for other in self._groups.get(char, ""):
                yield f"{word[:at]}{other}{word[at + 1 :]}"
