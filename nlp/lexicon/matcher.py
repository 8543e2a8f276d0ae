"""Finds many words at once, in time linear in the text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick, MatchKind

from nlp.folding import fold

Value = TypeVar("Value")


@dataclass(frozen=True)
class Hit(Generic[Value]):
    """A word of the dictionary at `start:end`, and what it stands for."""

    start: int
    end: int
    value: Value


class Matcher(Generic[Value]):
    """A dictionary of words, found longest first, whatever their width and case.

    A word that ends in a Latin letter or a digit must end there: CT is not in CTO.
    """

    def __init__(self, words: Iterable[tuple[str, Value]]) -> None:
        known: dict[str, Value] = {}
        for word, value in words:
            known.setdefault(fold(word).strip(), value)
        known.pop("", None)
        self._values = list(known.values())
        self._automaton = AhoCorasick(list(known), matchkind=MatchKind.LeftmostLongest)

    def find(self, folded: str) -> Iterator[Hit[Value]]:
        """The hits in a text that nlp.folding.fold has folded; none overlap."""
        if not self._values:
            return
        for index, start, end in self._automaton.find_matches_as_indexes(folded):
            if _whole(folded, start, end):
                yield Hit(start, end, self._values[index])


def _whole(text: str, start: int, end: int) -> bool:
    cut_before = start > 0 and _latin(text[start - 1]) and _latin(text[start])
    cut_after = end < len(text) and _latin(text[end - 1]) and _latin(text[end])
    return not (cut_before or cut_after)


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
