"""What kind of file it is, told by what is in it, and the reader for it."""

from pathlib import Path

from bot.files.excel import OLD_FORMAT, read_excel
from bot.files.separated import read_separated
from bot.files.table import FileRefused, Sheet
from bot.files.vcard import read_vcards

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".vcf")
_LARGEST = 512 << 20
_LARGEST_TEXT = "512 MB"
_ZIP = b"PK\x03\x04"
_VCARD = b"BEGIN:VCARD"


def open_file(file: Path, *, encoding: str | None = None) -> list[Sheet]:
    """Raises FileRefused where nothing in the file can be relied on."""
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise FileRefused(f"{file} 不是文件")
        with file.open("rb") as opened:
            head = opened.read(64)
    except FileNotFoundError:
        raise FileRefused(f"没有文件 {file}") from None
    except OSError as failed:
        raise FileRefused(f"读不了 {file}（{failed.strerror}）") from None
    if not size:
        raise FileRefused(f"{file.name} 是空的")
    if size > _LARGEST:
        raise FileRefused(f"{file.name} 超过 {_LARGEST_TEXT}，请分成几个文件")
    if head.startswith((_ZIP, OLD_FORMAT)):
        if file.suffix.lower() == ".ods":
            raise FileRefused(f"{file.name} 是 ODS，请另存为 xlsx 再导入")
        return read_excel(file)
    if file.suffix.lower() == ".vcf" or _VCARD in head.replace(b"\0", b"").upper():
        return read_vcards(file, encoding=encoding)
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"<html", b"<!DOCTYPE")):
        raise FileRefused(f"{file.name} 不是表格，可以导入 CSV、Excel（xlsx、xls）和 vCard")
    return read_separated(file, encoding=encoding)
