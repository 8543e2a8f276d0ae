"""FILE.rejected.csv: the lines that were not taken, each with the reason, to be mended and tried
again. Nothing in it is taken for a formula, and only its owner may read it."""

import csv
import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from bot.files.columns import ASIDE, Understood
from bot.files.table import Line
from crm_store.export import cell


class Rejected:
    """Written beside FILE, under a name of its own until the whole run is through."""

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(f"{file.name}.rejected.csv")
        self._unfinished = self.path.with_name(f"{self.path.name}.part")
        self._opened: TextIO | None = None
        self._sheet = ""

    def put(self, sheet: Understood, line: Line, why: str) -> None:
        if self._opened is None:
            self._unfinished.unlink(missing_ok=True)
            made = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._opened = os.fdopen(made, "w", encoding="utf-8-sig", errors="replace", newline="")
            self._write(*ASIDE, *sheet.columns.names)
        where = f"{sheet.sheet.name} 第 {line.number} 行".strip()
        self._write(where, why, *line.cells)

    def _write(self, *cells: str) -> None:
        assert self._opened is not None
        csv.writer(self._opened).writerow([cell(text) for text in cells])

    def finish(self) -> Path | None:
        """Where the lines are; None where none was refused (what an earlier run left is gone)."""
        if self._opened is None:
            with suppress(FileNotFoundError):
                self.path.unlink()
            return None
        self._opened.close()
        self._unfinished.replace(self.path)
        return self.path

    def abandon(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._unfinished.unlink(missing_ok=True)
