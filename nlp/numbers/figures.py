"""Where numbers stand in a message, read once for the rules that give them a meaning."""

import re
from functools import lru_cache
from typing import NamedTuple

from nlp.numbers.numerals import NUMBER, STARTS, Amount, parse

_FIGURE = re.compile(rf"{NUMBER}(?:[多余几]|来(?=[\s个台套件箱只支盒瓶包袋吨斤公元块人条根张]))?")
_START = re.compile(f"[{''.join(sorted(STARTS))}]")
_VAGUE_START = frozenset("小好大上")
_MODEL = re.compile(r"[0-9A-Za-z_]$|[0-9A-Za-z]-$|[0-9]\.$|[第负負]$|[#№]$")
"""What stands before digits that are part of a name: XG-500, 第3."""


class Figure(NamedTuple):
    """An amount at `start:end` of the folded text."""

    start: int
    end: int
    amount: Amount
    glued: bool
    """Whether it hangs on letters or digits before it: the 500 of XG-500."""


@lru_cache(maxsize=1)
def figures(text: str) -> tuple[Figure, ...]:
    """The numbers of a text, in their order."""
    found = []
    at = 0
    while start := _START.search(text, at):
        begin = start.start()
        if begin > at and text[begin - 1] in _VAGUE_START:
            begin -= 1
        match = _FIGURE.match(text, begin) or _FIGURE.match(text, start.start())
        if match is None:
            at = start.end()
            continue
        figure = _read(text, match)
        if figure:
            found.append(figure)
        at = match.end()
    return tuple(found)


def _read(text: str, match: re.Match[str]) -> Figure | None:
    start, end = match.span()
    amount = parse(match[0])
    if amount is None and text[end - 1] in "多余几来一":
        # 五万八一台: the 一 belongs to what follows.
        amount, end = parse(match[0][:-1]), end - 1
    if amount is None or amount.high == 0:
        return None
    glued = start > 0 and bool(_MODEL.search(text, max(0, start - 2), start))
    return Figure(start, end, amount, glued)
