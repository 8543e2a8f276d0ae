"""Finds many words at once, in time linear in the text."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from nlp.lexicon.spelling import Spelled, same, spelled

Value = TypeVar("Value")


class Hit(NamedTuple, Generic[Value]):
    """A word of the dictionary at `start:end`, and what it stands for."""

    start: int
    end: int
    value: Value


class Matcher(Generic[Value]):
    """A dictionary of words, found in any width, case and script, with or without separators.

    A word that begins or ends in a Latin letter or a digit must do so in the text: CT is not in
    CTO, nor in CT-6000.
    """

    def __init__(
        self,
        words: Iterable[tuple[str, Value]],
        misspellings: Callable[[str], Iterable[str]] | None = None,
    ) -> None:
        known: dict[str, Value] = {}
        for word, value in words:
            known.setdefault(same(word), value)
        known.pop("", None)
        if misspellings is not None:
            # After all words, so that no misspelling hides a word.
            for word, value in tuple(known.items()):
                for other in misspellings(word):
                    known.setdefault(other, value)
        self._words = list(known)
        self._values = list(known.values())
        self._automaton = AhoCorasick(
            self._words, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
        )

    def every(self, text: str) -> list[Hit[Value]]:
        """All hits, overlapping ones too: in order, of those that begin together the longest
        first."""
        if not self._words:
            return []
        seen = spelled(text)
        found = self._automaton.find_matches_as_indexes(seen.joined, overlapping=True)
        if not found:
            return []
        hits = [
            Hit(start, end, self._values[index])
            for index, at, to in found
            for start, end in (seen.span(at, to),)
            if seen.is_one_name(start, end, to - at) and _is_cut_free(seen, start, end)
        ]
        hits.sort(key=_longest_first)
        return hits

    def find(
        self, text: str, accept: Callable[[Hit[Value]], bool] | None = None
    ) -> Iterator[Hit[Value]]:
        """The leftmost longest hits among those that `accept` takes; none overlap."""
        at = 0
        for hit in self.every(text):
            if hit.start >= at and (accept is None or accept(hit)):
                at = hit.end
                yield hit


def _longest_first(hit: Hit[Value]) -> tuple[int, int]:
    return hit.start, -hit.end


def _is_cut_free(seen: Spelled, start: int, end: int) -> bool:
    """Whether no Latin word or number goes on beyond the hit."""
    text = seen.folded
    if _latin(text[start]) and start > 0:
        before = text[start - 1]
        if _latin(before) and (before.isalpha() or text[start].isdigit()):
            return False
        if before == "-" and start > 1 and _latin(text[start - 2]):
            return False
    if end < len(text) and _latin(text[end - 1]):
        after = text[end]
        if after == "x" and text[end - 1].isdigit() and text[end + 1 : end + 2].isdigit():
            # HX200x3: three of them.
            return True
        if _latin(after) or (after == "-" and text[end + 1 : end + 2].isdigit()):
            return False
    return True


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
