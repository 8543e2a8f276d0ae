"""Excel files of a few cells, written by hand: what is in them is what a test says."""

import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

Value = str | float | datetime | None

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (a spreadsheet's days have no zone)


def letters(column: int) -> str:
    """0 → A, 26 → AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _cell(at: str, value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            text = f'<t xml:space="preserve">{escape(value)}</t>'
            return f'<c r="{at}" t="inlineStr"><is>{text}</is></c>'
        case datetime():
            days = (value - _EPOCH).total_seconds() / 86_400
            return f'<c r="{at}" s="1"><v>{days}</v></c>'
        case _:
            return f'<c r="{at}"><v>{value!r}</v></c>'


def sheet_xml(
    rows: Sequence[Sequence[Value]], *, merged: Sequence[str] = (), head: str = ""
) -> str:
    lines = "".join(
        f'<row r="{at}">{"".join(_cell(f"{letters(c)}{at}", v) for c, v in enumerate(row))}</row>'
        for at, row in enumerate(rows, start=1)
    )
    merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
    merges = f'<mergeCells count="{len(merged)}">{merges}</mergeCells>' if merged else ""
    return f'{head}<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData>{merges}</worksheet>'


def write_xlsx(
    file: Path, sheets: Mapping[str, str], *, more: Mapping[str, bytes | str] | None = None
) -> Path:
    """`sheets`: name → XML (`sheet_xml`); `more`: further parts of the zip."""
    names = "".join(
        f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}"/>'
        for at, name in enumerate(sheets, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{at}" Type="{_RELATIONS}/worksheet" '
        f'Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    styles = f'<Relationship Id="rStyles" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{names}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}">{relations}{styles}</Relationships>',
        )
        archive.writestr("xl/styles.xml", _STYLES)
        for at, xml in enumerate(sheets.values(), start=1):
            archive.writestr(f"xl/worksheets/sheet{at}.xml", xml)
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return file


def write_xls(file: Path, places: Sequence[tuple[int, int]]) -> Path:
    """One sheet of the old format (BIFF8) with a 1 at each (line, column), counted from 0."""

    def record(kind: int, content: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 6))

    end = record(0x0A)
    book = begin(5)
    sheet_at = len(book) + 13 + len(end)
    book += record(0x85, struct.pack("<IBBBB", sheet_at, 0, 0, 1, 0) + b"S") + end + begin(0x10)
    for line, column in places:
        book += record(0x203, struct.pack("<HHHd", line, column, 0, 1.0))
    stream = (book + end).ljust(4096, b"\0")
    assert len(stream) == 4096

    none, last = 0xFFFFFFFF, 0xFFFFFFFE
    chain = [0xFFFFFFFD, last, 3, 4, 5, 6, 7, 8, 9, last, *[none] * 118]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, last, 0, last, 0)
    head += struct.pack("<I", 0) + b"\xff" * 432

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = name.encode("utf-16-le") + bytes(2)
        about = struct.pack("<HBB3I36x", len(text), kind, 1, none, none, child)
        return text.ljust(64, b"\0") + about + struct.pack("<IQ", start, size)

    folder = entry("Root Entry", 5, 1, last, 0) + entry("Workbook", 2, none, 2, len(stream))
    file.write_bytes(head + struct.pack("<128I", *chain) + folder.ljust(512, b"\0") + stream)
    return file
