"""CSV as people have it: any of four delimiters, several encodings, cells over several lines."""

import csv
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from bot.files.encodings import chosen_encoding
from bot.files.table import FileRefused, Line, Sheet, line_of

DELIMITERS = (",", "\t", ";", "|")
_LONGEST_RECORD = 16 << 20
"""Characters; what is longer is no table, or a quote that nobody closed."""
_MOST_LINES = 500
"""Of one record."""
_SNIFFED_LINES = 30
_SNIFFED_CHARACTERS = 1 << 20

csv.field_size_limit(min(sys.maxsize, 2 * _LONGEST_RECORD))
# The cells' length is ours to check: the library's limit would end the file at the first long one.


def read_separated(
    file: Path, *, encoding: str | None = None, delimiter: str | None = None
) -> list[Sheet]:
    """Raises FileRefused."""
    encoding = chosen_encoding(file, encoding)
    delimiter = delimiter or _delimiter(file, encoding)
    # Once through to the end: what is broken further down is refused before any of it is taken.
    for _ in _records(file, encoding, delimiter):
        pass
    return [Sheet(_lines(file, encoding, delimiter))]


def _lines(file: Path, encoding: str, delimiter: str) -> Iterator[Line]:
    for begun, cells in _records(file, encoding, delimiter):
        yield line_of(begun, [_unprotected(cell) for cell in cells])


def _records(file: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each with the line in which it begins."""
    with closing(_open(file, encoding)) as opened:
        before = _state(opened)
        source = _Source(opened)
        for cells in csv.reader(source, delimiter=delimiter):
            yield source.begun, cells
            source.next_record()
        if _state(opened) != before:
            raise FileRefused(f"{file.name} 在读的时候被改了，请等它写完")


def _state(opened: TextIO) -> tuple[int, int]:
    about = os.fstat(opened.fileno())
    return about.st_size, about.st_mtime_ns


def _unprotected(cell: str) -> str:
    """="138…" is how a program keeps Excel from making a number of it."""
    text = cell.strip()
    if text.startswith('="') and text.endswith('"') and text.count('"') == 2:  # noqa: PLR2004 (a pair)
        return text[2:-1]
    return cell


def _open(file: Path, encoding: str) -> TextIO:
    return TextIOWrapper(file.open("rb"), encoding=encoding, errors="replace", newline="")


class _Source:
    """A file's lines for csv.reader. Knows where the present record began."""

    def __init__(self, opened: TextIO) -> None:
        self._opened = opened
        self._read = 0
        self.begun = 1
        self._characters = 0
        self._quotes = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._opened.readline(_LONGEST_RECORD)
        if not line:
            if self._quotes % 2 and self._read > self.begun:
                raise FileRefused(f"第 {self.begun} 行开始的引号没有收尾，请补上引号再导入")
            raise StopIteration
        self._read += 1
        self._characters += len(line)
        self._quotes += line.count('"')
        if self._characters >= _LONGEST_RECORD or self._read - self.begun > _MOST_LINES:
            raise FileRefused(f"第 {self.begun} 行太长，可能有引号没有收尾，请检查这一行")
        return line

    def next_record(self) -> None:
        self.begun = self._read + 1
        self._characters = self._quotes = 0


def _delimiter(file: Path, encoding: str) -> str:
    """The one that cuts the first lines most evenly, into the most columns."""
    with closing(_open(file, encoding)) as opened:
        lines = opened.read(_SNIFFED_CHARACTERS).splitlines(keepends=True)[:_SNIFFED_LINES]
    scores = {delimiter: _evenness(lines, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _evenness(lines: list[str], delimiter: str) -> tuple[float, int]:
    widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells)
    cut = Counter({width: count for width, count in widths.items() if width > 1})
    if not cut:
        return 0.0, 0
    width, count = cut.most_common(1)[0]
    return round(count / widths.total(), 1), width
