"""What every reader of files gives: sheets of lines, each cell a text, with its place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

LONGEST_CELL = 32_767
"""Characters: so many Excel allows."""
MOST_CELLS = 500
"""In one line."""
_SHOWN = 40


class FileRefused(Exception):
    """The file cannot be read as it is; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    """Where it begins in the file, counted from 1 as a reader counts."""
    cells: tuple[str, ...]
    trouble: str = ""
    """Why it cannot be taken, where that shows without knowing its columns."""

    @property
    def is_empty(self) -> bool:
        return not any(self.cells)

    @property
    def shown(self) -> str:
        """Its beginning, for a message."""
        text = " ".join(filter(None, self.cells))
        return f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text


@dataclass(frozen=True)
class Sheet:
    lines: Iterable[Line]
    """Read once, from the beginning to the end."""
    name: str = ""
    """Empty where the file has no sheets."""
    total: int | None = field(default=None, compare=False)
    """How many lines there are, where that is known beforehand."""


def line_of(number: int, cells: Iterable[str]) -> Line:
    """A line whose cells are cut to what is kept, and say what was wrong with them."""
    texts = tuple(cells)
    trouble = ""
    if len(texts) > MOST_CELLS:
        trouble = f"有 {len(texts)} 格，最多 {MOST_CELLS} 格"
        texts = texts[:MOST_CELLS]
    for at, text in enumerate(texts, start=1):
        if len(text) > LONGEST_CELL:
            trouble = trouble or f"第 {at} 格有 {len(text)} 个字，最多 {LONGEST_CELL} 个"
        elif "\ufffd" in text or "\0" in text:
            trouble = trouble or f"第 {at} 格有读不出的字（编码损坏）"
    return Line(number, tuple(text[:LONGEST_CELL].strip() for text in texts), trouble)


def without_empty(lines: Iterable[Line]) -> Iterator[Line]:
    return (line for line in lines if not line.is_empty or line.trouble)
