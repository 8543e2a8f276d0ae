"""The one place that knows jieba: where words end, and what is an ordinary word.

The dictionary and the way of cutting are jieba's. Where rjieba is installed (the same, in Rust,
twenty times faster) it does the work; jieba itself is loaded only where it is not.
"""

import logging
import re
import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from itertools import accumulate
from typing import Protocol, TypeVar

_FIRST = 12
"""How many characters decide the first word."""
_RUN = re.compile(r"[^\W\d_]+|\d+|[\W_]")
NAME_TAGS = frozenset({"nr", "nrt", "nrfg"})

Word = tuple[str, int, int]
"""A word and where it stands."""
Fact = TypeVar("Fact")
_MOST_KNOWN = 20_000


class Segmenter(Protocol):
    """Cuts text into words of jieba's dictionary. The words joined are the text."""

    def cut(self, text: str, *, guess: bool) -> list[str]:
        """The words; with `guess`, runs of characters that are in no word may become one."""

    def has(self, word: str) -> bool:
        """Whether it stands in the dictionary."""

    def tag(self, word: str) -> str | None:
        """The part of speech of a word that the dictionary has and that is cut no further."""


class RustSegmenter:
    """rjieba."""

    def __init__(self) -> None:
        import rjieba  # noqa: PLC0415 (may be absent)

        self._jieba = rjieba.Jieba()

    def cut(self, text: str, *, guess: bool) -> list[str]:
        return _apart_at_signs(self._jieba.cut(text, guess))

    def has(self, word: str) -> bool:
        return bool(self._jieba.has_word(word))

    def tag(self, word: str) -> str | None:
        if not self._jieba.has_word(word):
            return None
        tagged = self._jieba.tag(word, False)
        return str(tagged[0][1]) if len(tagged) == len(_apart_at_signs([word])) == 1 else None


class PythonSegmenter:
    """jieba."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # Its source has escapes that newer Pythons warn of, and it imports pkg_resources.
            warnings.simplefilter("ignore")
            import jieba  # noqa: PLC0415 (half a second and 80 MB, where rjieba serves as well)
            import jieba.posseg  # noqa: PLC0415
        jieba.setLogLevel(logging.WARNING)
        jieba.posseg.dt.initialize()
        self._jieba = jieba
        self._tags: dict[str, str] = jieba.posseg.dt.word_tag_tab

    def cut(self, text: str, *, guess: bool) -> list[str]:
        return _apart_at_signs(self._jieba.cut(text, HMM=guess))

    def has(self, word: str) -> bool:
        return word in self._tags

    def words(self) -> frozenset[str]:
        """The whole dictionary."""
        return frozenset(self._tags)

    def tag(self, word: str) -> str | None:
        tag = self._tags.get(word)
        if tag is None or len(self.cut(word, guess=False)) > 1:
            return None
        return tag


def _apart_at_signs(words: Iterable[str]) -> list[str]:
    """The two join Latin letters, digits and signs differently (1.5w, a-b): here none joins."""
    apart: list[str] = []
    for word in words:
        if len(word) == 1 or word.isalpha():
            apart.append(word)
        else:
            apart += _RUN.findall(word)
    return apart


@lru_cache(maxsize=1)
def segmenter() -> Segmenter:
    """The one in use, with its dictionary read."""
    try:
        return RustSegmenter()
    except ImportError:
        return PythonSegmenter()


def of_words(fact: Callable[[str], Fact]) -> Callable[[str], Fact]:
    """Keeps what is found out about the dictionary's words. Of what it has not, somebody's name
    perhaps, nothing is kept: names are forgotten with their clients."""
    known: dict[str, Fact] = {}

    @wraps(fact)
    def of_word(word: str) -> Fact:
        try:
            return known[word]
        except KeyError:
            found = fact(word)
            if len(known) < _MOST_KNOWN and segmenter().has(word):
                known[word] = found
            return found

    of_word.known = known  # type: ignore[attr-defined]
    return of_word


def words(text: str) -> tuple[Word, ...]:
    """The text, word by word."""
    cut = segmenter().cut(text, guess=True)
    ends = list(accumulate(map(len, cut)))
    return tuple(zip(cut, [0, *ends], ends, strict=False))


def first_word(text: str) -> str:
    """The word that `text` begins with."""
    return next(iter(segmenter().cut(text[:_FIRST], guess=True)), "")


def is_ordinary_word(text: str) -> bool:
    """Whether the dictionary has it, and not as a person's name."""
    tag = segmenter().tag(text)
    return tag is not None and tag not in NAME_TAGS


def load() -> None:
    """Reads the dictionary now, not at the first message."""
    first_word("你好")
