"""How large the sheets of an old Excel file are, found out in a process of its own: a cell far
away makes the library reserve what lies before it, and end the process where that is too much.

Run as a program it takes FILE and prints the number of cells of the largest sheet.
"""

import resource
import subprocess
import sys
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

_MOST_MEMORY = 3 << 30
_WITHIN_SECONDS = 60


def cells_of(file: Path) -> int | None:
    """None where looking ended the process, or took too long."""
    program = [sys.executable, "-I", __file__, str(file.absolute())]
    try:
        found = subprocess.run(program, capture_output=True, timeout=_WITHIN_SECONDS, check=True)
    except (subprocess.SubprocessError, OSError):
        return None
    return int(found.stdout)


def _measure(file: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with CalamineWorkbook.from_path(file) as book:
            sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
            cells = max((sheet.height * sheet.width for sheet in sheets), default=0)
    except (CalamineError, OSError, ValueError):
        cells = 0  # whoever reads it says what is wrong with it
    print(cells)  # noqa: T201


if __name__ == "__main__":
    _measure(sys.argv[1])
