"""Whether a zip may be opened at all: looked through before anything else reads it.

Office files are zips. One of some kilobytes can unpack to gigabytes, name a million parts, let
one part stand in another, or hold XML that multiplies while it is read (billion laughs). A sheet
whose first and last cell are far apart makes a reader reserve what lies between them: where that
is too much, the process ends there and then.
"""

import re
import zlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from bot.files.table import FileRefused

MOST_PARTS = 2_000
MOST_UNPACKED = 1 << 30
_MOST_UNPACKED_TEXT = "1 GB"
MOST_CELLS = 30_000_000
"""Of the rectangle that a sheet spans: 100,000 lines of 300 columns."""
_LAST_LINE = 1_048_576
_LAST_COLUMN = 16_384
_CHUNK = 1 << 18
_KEPT = 64
"""Bytes of a chunk that are looked at again with the next: a word may be cut in two."""
_LONGEST_REFERENCE = 1 << 16
_DOCUMENT_TYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)0*([0-9]+)""")
_CUT_REFERENCE = re.compile(rb"""\sr\s*(?:=\s*(?:["'][A-Za-z0-9]*)?)?\Z""")
_NOT_LOOKED_THROUGH = frozenset({"xl/workbook.bin", "content.xml"})
"""Parts of xlsb and ods, whose cells are placed otherwise."""
_LOCAL_HEADER_BYTES = 30


def require_harmless(file: Path) -> None:
    """Raises FileRefused."""
    try:
        with ZipFile(file) as archive:
            _check(file, archive)
    except (BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError):
        raise FileRefused(f"{file.name} 已损坏，请重新保存一份再导入") from None


def _check(file: Path, archive: ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise FileRefused(f"{file.name} 里有 {len(parts)} 个部件，不像正常的表格，没有打开")
    if sum(part.compress_size for part in parts) > file.stat().st_size:
        raise FileRefused(f"{file.name} 的部件互相重叠，不像正常的表格，没有打开")
    if any(part.filename.lower() in _NOT_LOOKED_THROUGH for part in parts):
        raise FileRefused(f"{file.name} 是 xlsb 或 ods，请另存为 xlsx 再导入")
    left = MOST_UNPACKED
    for part in parts:
        left -= _unpacked(file, part, left)


def _unpacked(file: Path, part: ZipInfo, most: int) -> int:
    """Unpacks a part without keeping it; how large it is. What the directory says of its size is
    not believed."""
    if part.flag_bits & 1:
        raise FileRefused(f"{file.name} 加了密码，请去掉密码再导入")
    if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise FileRefused(f"{file.name} 的压缩方式很少见，请用 Excel 另存为 xlsx 再导入")
    looked = _Xml(file, part)
    size = 0
    with file.open("rb") as opened:
        opened.seek(part.header_offset)
        header = opened.read(_LOCAL_HEADER_BYTES)
        if header[:4] != b"PK\x03\x04":
            raise BadZipFile
        name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        opened.seek(name + extra, 1)
        left = part.compress_size
        inflate = zlib.decompressobj(-15) if part.compress_type == ZIP_DEFLATED else None
        while left > 0 and (packed := opened.read(min(_CHUNK, left))):
            left -= len(packed)
            while packed:
                plain = inflate.decompress(packed, _CHUNK) if inflate else packed
                packed = inflate.unconsumed_tail if inflate else b""
                size += len(plain)
                if size > most:
                    raise FileRefused(
                        f"{file.name} 解开后超过 {_MOST_UNPACKED_TEXT}，没有打开；请分成几个文件"
                    )
                looked.see(plain)
    if size > part.file_size:
        raise FileRefused(f"{file.name} 的大小和它自己写的不符，不像正常的表格，没有打开")
    return size


class _Xml:
    """Looks through a part as it is unpacked. A sheet may be in any, whatever it is called."""

    def __init__(self, file: Path, part: ZipInfo) -> None:
        self._file = file
        self._is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
        self._before = b""
        self._columns = self._lines = 1

    def see(self, chunk: bytes) -> None:
        if b"\0" in chunk:
            chunk = chunk.replace(b"\0", b"")  # UTF-16, in which XML may be written
        text = self._before + chunk
        cut = _CUT_REFERENCE.search(text)
        self._before = text[min(cut.start() if cut else len(text), max(0, len(text) - _KEPT)) :]
        if len(self._before) > _LONGEST_REFERENCE:
            raise BadZipFile
        if self._is_xml and _DOCUMENT_TYPE.search(text):
            raise FileRefused(f"{self._file.name} 里的 XML 带有自定义实体，可能有害，没有打开")
        self._measure(text)

    def _measure(self, text: bytes) -> None:
        references = _REFERENCE.findall(text)
        if not references:
            return
        letters = {letters[:8] for letters, _ in references}
        self._columns = max(self._columns, *map(_column, letters))
        self._lines = max(self._lines, *{int(digits[:9]) for _, digits in references})
        is_far = self._columns > _LAST_COLUMN or self._lines > _LAST_LINE
        if is_far or self._columns * self._lines > MOST_CELLS:
            raise FileRefused(
                f"{self._file.name} 的表格有 {self._lines} 行 {self._columns} 列，超出能读的范围；"
                "请删去最后面多余的格子再导入"
            )


def _column(letters: bytes) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return max(number, 1)
