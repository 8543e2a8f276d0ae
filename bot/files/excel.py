"""Excel files, old and new, as lines of texts: whole numbers without a point, dates as ISO 8601.

python-calamine (Rust) reads them; what could make it reserve too much is looked for before
(archive.py). A merged cell stands in each line that it spans.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from bot.files.archive import MOST_CELLS, require_harmless
from bot.files.old_excel_size import cells_of
from bot.files.table import FileRefused, Line, Sheet, line_of

OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LARGEST_OLD = 64 << 20
_EXACT = 10**15
"""Above it a spreadsheet's numbers have lost digits."""
_FAULTS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA"}
)
_LONGEST_MERGE = 1_000
_MOST_MERGED = 100_000
Place = tuple[int, int]


def read_excel(file: Path) -> list[Sheet]:
    """The visible sheets. Raises FileRefused."""
    with file.open("rb") as opened:
        is_old = opened.read(len(OLD_FORMAT)) == OLD_FORMAT
    if not is_old:
        require_harmless(file)
    elif file.stat().st_size > _LARGEST_OLD:
        raise FileRefused(f"{file.name} 太大，请用 Excel 另存为 xlsx 再导入")
    else:
        _require_near(file)
    try:
        return list(_sheets(file))
    except PasswordError:
        raise FileRefused(f"{file.name} 加了密码，请去掉密码再导入") from None
    except (CalamineError, OSError, ValueError):
        raise FileRefused(_broken(file)) from None
    except BaseException as panic:
        if type(panic).__name__ == "PanicException":  # of Rust: not an Exception
            raise FileRefused(_broken(file)) from None
        raise


def _require_near(file: Path) -> None:
    """archive.py looks through the new ones only."""
    cells = cells_of(file)
    if cells is None:
        raise FileRefused(_broken(file))
    if cells > MOST_CELLS:
        raise FileRefused(f"{file.name} 的表格有空着的很多格，超出能读的范围，请另存为 xlsx 再导入")


def _broken(file: Path) -> str:
    return f"打不开 {file.name}，文件可能已损坏；请用 Excel 另存为 xlsx 再导入"


def _sheets(file: Path) -> Iterator[Sheet]:
    with CalamineWorkbook.from_path(file) as book:
        for about in book.sheets_metadata:
            is_table = about.typ == SheetTypeEnum.WorkSheet
            if is_table and about.visible == SheetVisibleEnum.Visible:
                sheet = book.get_sheet_by_name(about.name)
                yield Sheet(_lines(sheet), about.name, sheet.height)


def _lines(sheet: CalamineSheet) -> Iterator[Line]:
    """The library gives empty lines before the first that holds something, and no such columns."""
    if sheet.start is None:
        return
    left = [""] * sheet.start[1]
    merged = _Merged(sheet)
    for at, values in enumerate(sheet.iter_rows()):
        yield line_of(at + 1, merged.filled(at, [*left, *map(_text, values)]))


class _Merged:
    """What a merged cell says stands in its first place only; here in all of them."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self._spans: dict[int, list[tuple[Place, Place]]] = defaultdict(list)
        self._said: dict[Place, str] = {}
        count = 0
        for first, last in sheet.merged_cell_ranges or ():
            if last[0] - first[0] > _LONGEST_MERGE or count > _MOST_MERGED:
                continue
            count += last[0] - first[0] + 1
            for at in range(first[0], last[0] + 1):
                self._spans[at].append((first, last))

    def filled(self, at: int, texts: list[str]) -> Sequence[str]:
        for first, last in self._spans.pop(at, ()):
            if at == first[0]:
                self._said[first] = texts[first[1]] if first[1] < len(texts) else ""
            for column in range(first[1], min(last[1] + 1, len(texts))):
                texts[column] = texts[column] or self._said.get(first, "")
        return texts


def _text(value: Any) -> str:
    match value:
        case str():
            return "" if value in _FAULTS else value
        case bool():
            return "是" if value else "否"
        case int() | float():
            return _number(value)
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case _:
            return value.isoformat() if isinstance(value, date | time) else str(value or "")


def _number(value: float) -> str:
    """13800001234.0 is a phone. Where digits are lost, that shows: 9.13E+17."""
    if abs(value) >= _EXACT:
        return f"{value:.15G}"
    return str(int(value)) if float(value).is_integer() else repr(value)
