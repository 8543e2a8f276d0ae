"""The longest of many words that a text ends in: looked up, not tried one by one."""

from collections.abc import Iterable


class Endings:
    """`of(text)`: the longest of the words that it ends in, or nothing."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        sizes: dict[str, set[int]] = {}
        for word in self._words:
            sizes.setdefault(word[-1], set()).add(len(word))
        self._sizes = {last: sorted(found, reverse=True) for last, found in sizes.items()}
        """By the last character: the lengths to try, the longest first."""

    def of(self, text: str) -> str:
        for size in self._sizes.get(text[-1:], ()):
            if text[-size:] in self._words and len(text) >= size:
                return text[-size:]
        return ""
