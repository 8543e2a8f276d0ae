"""Finds many words at once, in time linear in the text."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from nlp.lexicon.spelling import Spelled, same, spelled

Value = TypeVar("Value")


class Hit(NamedTuple, Generic[Value]):
    """A word of the dictionary at `start:end`, and what it stands for."""

    start: int
    end: int
    value: Value


def vocabulary(
    words: Iterable[tuple[str, Value]],
    misspellings: Callable[[str], Iterable[str]] | None = None,
) -> dict[str, Value]:
    """Words in the one spelling, and what they stand for; of two that are one the first counts."""
    known: dict[str, Value] = {}
    for word, value in words:
        known.setdefault(same(word), value)
    known.pop("", None)
    if misspellings is not None:
        # After all words, so that no misspelling hides a word.
        for word, value in tuple(known.items()):
            for other in misspellings(word):
                known.setdefault(other, value)
    return known


class Matcher(Generic[Value]):
    """A vocabulary, found in any width, case and script, with or without separators.

    A word that begins or ends in a Latin letter or a digit must do so in the text: CT is not in
    CTO, nor in CT-6000.
    """

    def __init__(self, words: Mapping[str, Value]) -> None:
        self._values = list(words.values())
        self._automaton = AhoCorasick(
            list(words),
            matchkind=MatchKind.Standard,
            implementation=Implementation.ContiguousNFA,
        )

    def every(self, text: str) -> list[Hit[Value]]:
        """All hits, overlapping ones too: in order, of those that begin together the longest
        first."""
        if not self._values:
            return []
        seen = spelled(text)
        found = self._automaton.find_matches_as_indexes(seen.joined, overlapping=True)
        if not found:
            return []
        hits = [
            Hit(start, end, self._values[index])
            for index, at, to in found
            for start, end in (seen.span(at, to),)
            if stands(seen, start, end, to - at)
        ]
        hits.sort(key=_longest_first)
        return hits


def apart(
    hits: Iterable[Hit[Value]], accept: Callable[[Hit[Value]], bool] | None = None
) -> Iterator[Hit[Value]]:
    """The leftmost longest hits among those that `accept` takes; none overlap."""
    at = 0
    for hit in hits:
        if hit.start >= at and (accept is None or accept(hit)):
            at = hit.end
            yield hit


def stands(seen: Spelled, start: int, end: int, length: int) -> bool:
    """Whether a word of so many characters that was found there is one by itself."""
    return seen.is_one_name(start, end, length) and _is_cut_free(seen, start, end)


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
