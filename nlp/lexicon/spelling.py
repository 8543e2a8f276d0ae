"""One spelling for a text and for the words looked for in it: XG—500 is XG500, 監護儀 is 监护仪."""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nlp.folding import fold, lower

TABLE = Path(__file__).with_name("traditional.txt")
SEPARATORS = frozenset(
    " -_\u00a0\u00ad\u00b7\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fb\uff65"
)
"""What some people write inside a name and others do not."""
_SEPARATOR = re.compile(f"[{re.escape(''.join(sorted(SEPARATORS)))}]")
_GAP = re.compile(f"{_SEPARATOR.pattern}+")
_DROPPED = dict.fromkeys(map(ord, SEPARATORS))


class Spelled(NamedTuple):
    """A text in the one spelling, and where its characters stand in the folded message."""

    folded: str
    """As long as the message."""
    joined: str
    """Without separators."""
    positions: tuple[int, ...] | None
    """Of the characters of `joined`; None where nothing was left out."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of `joined` stands in the message."""
        if self.positions is None:
            return start, end
        return self.positions[start], self.positions[end - 1] + 1

    def is_one_name(self, start: int, end: int, length: int) -> bool:
        """Whether the separators inside `start:end` of the message are those of one name."""
        if end - start == length:
            return True
        for gap in _GAP.finditer(self.folded, start, end):
            is_chinese = _is_han(self.folded[gap.start() - 1]) and _is_han(self.folded[gap.end()])
            if gap.end() - gap.start() > _WIDEST or (
                is_chinese and (gap[0] != " " or length < _WORDS)
            ):
                return False
        return True


_WIDEST = 2
"""Separators in one place: XG——500. More are a gap between two names."""
_WORDS = 3
"""Characters of a Chinese name that may be spaced out: 监 护 仪; 一 建 is no name."""


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


@lru_cache(maxsize=1)
def _simplified() -> tuple[re.Pattern[str], dict[int, str]]:
    """What finds a traditional character, and what makes simplified ones of them."""
    lines = TABLE.read_text("utf-8").splitlines()
    pairs = "".join(line for line in lines if not line.startswith("#"))
    table = {ord(old): new for old, new in zip(pairs[::2], pairs[1::2], strict=True)}
    return re.compile(f"[{pairs[::2]}]"), table


def simplify(text: str) -> str:
    """Traditional characters as simplified ones, one for one."""
    traditional, table = _simplified()
    return text.translate(table) if traditional.search(text) else text


def same(word: str) -> str:
    """The one spelling of a word that is looked for."""
    return simplify(fold(word)).translate(_DROPPED)


@lru_cache(maxsize=4)
def spelled(text: str) -> Spelled:
    """The one spelling of a width-folded message. Kept, as several rules ask for the same one."""
    folded = simplify(lower(text))
    if not _SEPARATOR.search(folded):
        return Spelled(folded, folded, None)
    positions = tuple([at for at, char in enumerate(folded) if char not in SEPARATORS])
    return Spelled(folded, "".join([folded[at] for at in positions]), positions)
