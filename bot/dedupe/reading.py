"""The file that `genjin dedupe` reads: strictly, since half a file would be half a truth.

What cannot be read as it is written ends the command, with the line it is about.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from bot.commands.failures import CommandFailed

COLUMNS = (
    "name", "company", "phone", "email", "wechat",
    "credit_code", "address", "legal_person", "ip", "source", "created_at",
)  # fmt: skip
"""Of each row what is read, in this order; what the file lacks is empty."""
_FORMULA = ("=", "+", "-", "@")
_LONGEST_CELL = 32_767
"""Characters: so many Excel allows."""
_LONGEST_ID = 200
_STRIDE = 10_000

Row = tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """The clients of a file, each once."""

    ids: list[str]
    rows: list[Row]
    """As COLUMNS says."""
    unused: list[str]
    """Titles of columns that nothing is read from."""


def read_clients(file: Path, *, advance: Callable[[int], None] = lambda _count: None) -> Listed:
    """Raises CommandFailed."""
    try:
        # utf-8-sig: Excel begins its UTF-8 with a mark.
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return _read(opened, file.name, advance)
    except FileNotFoundError:
        raise CommandFailed(f"没有文件 {file}") from None
    except OSError as failed:
        raise CommandFailed(f"读不了 {file}（{failed.strerror}）") from None


def _read(opened: TextIO, name: str, advance: Callable[[int], None]) -> Listed:
    lines = csv.reader(opened, strict=True)
    listed, seen = Listed([], [], []), dict[str, int]()
    try:
        header = next(lines, None)
        if header is None:
            raise CommandFailed(f"{name} 是空的")
        id_at, pick, width = _columns(header, name)
        listed.unused.extend(
            shown
            for title in header
            if (shown := title.strip()) and shown.lower() not in ("id", *COLUMNS)
        )
        for found in lines:
            if not found:
                continue
            cells = found if len(found) == width else _evened(found, width, lines.line_num)
            joined = "".join(cells)
            if len(joined) > _LONGEST_CELL or "\0" in joined:
                _check(cells, header, lines.line_num)
            id_ = cells[id_at].strip()
            if not id_ or len(id_) > _LONGEST_ID or id_[0] in _FORMULA:
                _refuse_id(id_, lines.line_num)
            before = seen.setdefault(id_, lines.line_num)
            if before != lines.line_num:
                raise CommandFailed(
                    f"第 {before} 行和第 {lines.line_num} 行的 id 相同（{id_[:40]}），请改成不同的"
                )
            listed.ids.append(id_)
            listed.rows.append(pick([*cells, ""]))
            if not len(listed.ids) % _STRIDE:
                advance(_STRIDE)
    except UnicodeDecodeError:
        raise CommandFailed(
            f"{name} 第 {lines.line_num + 1} 行附近不是 UTF-8，请另存为“CSV UTF-8”再试"
        ) from None
    except csv.Error as wrong:
        raise CommandFailed(_said(wrong, name, lines.line_num)) from None
    if not listed.ids:
        raise CommandFailed(f"{name} 只有列名，没有客户")
    return listed


def _said(wrong: csv.Error, name: str, line: int) -> str:
    if "field larger" in str(wrong):
        return f"{name} 第 {line} 行附近有一格太长，或者引号没有收尾，请检查"
    return f"{name} 第 {line} 行附近不是合法的 CSV，可能是引号没有收尾，请检查"


def _columns(header: Sequence[str], name: str) -> tuple[int, Callable[[list[str]], Row], int]:
    """Where the id is, what picks COLUMNS out of a row and one empty cell, and the row's width."""
    if len("".join(header)) > _LONGEST_CELL:
        raise CommandFailed(f"{name} 的第一行太长，应是列名：id,{','.join(COLUMNS)}")
    names = [title.strip().lower() for title in header]
    if "id" not in names:
        if not set(names) & set(COLUMNS):
            raise CommandFailed(f"{name} 的第一行应是列名：id,{','.join(COLUMNS)}")
        raise CommandFailed(f"{name} 缺少 id 这一列，每个客户要有一个不重复的 id")
    if not set(names) & set(COLUMNS):
        raise CommandFailed(f"{name} 除了 id 没有认得的列，认得的有：{'、'.join(COLUMNS)}")
    for title in ("id", *COLUMNS):
        if names.count(title) > 1:
            raise CommandFailed(f"{name} 有两列都叫 {title}，请去掉一列")
    empty = len(names)
    places = [names.index(title) if title in names else empty for title in COLUMNS]
    return names.index("id"), itemgetter(*places), len(names)


def _evened(cells: list[str], width: int, line: int) -> list[str]:
    """A row as wide as the header: empty cells at its end say nothing."""
    if any(cells[width:]):
        raise CommandFailed(
            f"第 {line} 行有 {len(cells)} 格，列名只有 {width} 个，请检查逗号和引号"
        )
    return [*cells[:width], *[""] * (width - len(cells))]


def _check(cells: Sequence[str], header: Sequence[str], line: int) -> None:
    """A row that is long, or not of text: which cell it is."""
    for title, cell in zip(header, cells, strict=True):
        if len(cell) > _LONGEST_CELL:
            raise CommandFailed(
                f"第 {line} 行的 {title[:40]} 有 {len(cell)} 个字，最多 {_LONGEST_CELL} 个"
            )
        if "\0" in cell:
            raise CommandFailed(f"第 {line} 行的 {title[:40]} 里有读不出的字（文件可能损坏）")


def _refuse_id(id_: str, line: int) -> None:
    if not id_:
        raise CommandFailed(f"第 {line} 行没有 id，每个客户要有一个不重复的 id")
    if len(id_) > _LONGEST_ID:
        raise CommandFailed(f"第 {line} 行的 id 有 {len(id_)} 个字，最多 {_LONGEST_ID} 个")
    try:
        float(id_)
    except ValueError:
        raise CommandFailed(
            f"第 {line} 行的 id 以 {id_[0]!r} 开头，表格会把它当成公式，请改掉"
        ) from None
