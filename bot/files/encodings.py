"""Which encoding a text file is in: told by its mark, else by what its bytes can be.

A damaged file must not be taken for one in another encoding: nearly all of UTF-8's Chinese is
something in GB18030 as well, other characters and no fault.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path

from bot.files.table import FileRefused

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TEXT = frozenset(
    {
        *("ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"),
        *("utf-32", "utf-32-le", "utf-32-be", "gb18030", "gbk", "gb2312", "hz"),
        *("big5", "big5hkscs", "cp950", "shift_jis", "cp932", "euc_jp", "iso2022_jp"),
        *("euc_kr", "cp949", "iso8859-1", "iso8859-2", "iso8859-5", "iso8859-15"),
        *("cp1250", "cp1251", "cp1252", "koi8-r"),
    }
)
"""What Python calls those that people write. Of its others some are no text (hex), fail whatever
is read (undefined), or give halves of characters (UTF-7)."""
_LOST = "\ufffd"
_DAMAGED_UTF8 = 4
"""So many whole characters for each broken one: still UTF-8."""
_MOST_BROKEN = 0.02
"""Of the characters beyond ASCII, in any encoding."""
_MANY_NULS = 0.3


def encoding_of(file: Path) -> str:
    """Raises FileRefused where no encoding fits."""
    with file.open("rb") as opened:
        head = opened.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if head.count(0) > len(head) * _MANY_NULS:
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    whole, broken = _counted(file, "utf-8")
    if not broken or whole > broken * _DAMAGED_UTF8:
        return "utf-8"
    whole, broken = _counted(file, "gb18030")
    if broken <= (whole + broken) * _MOST_BROKEN:
        return "gb18030"
    raise FileRefused(
        f"认不出 {file.name} 的文字编码，请用 Excel 另存为“CSV UTF-8”，或用 --encoding 指明"
    )


def text_encoding(name: str) -> str | None:
    """As Python calls it; None where it is none that texts are read in."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):  # ValueError: a NUL is in it, or half a character
        return None
    return found if found in _TEXT else None


def chosen_encoding(file: Path, name: str | None) -> str:
    """The one that a person names, else the one that fits. Raises FileRefused."""
    if name is None:
        return encoding_of(file)
    found = text_encoding(name)
    if found is None:
        raise FileRefused(f"没有编码 {name}，可以写 utf-8、gb18030 或 utf-16")
    return found


def _counted(file: Path, encoding: str) -> tuple[int, int]:
    """Characters beyond ASCII that are whole, and those that are broken."""
    whole = broken = 0
    for text in _decoded(file, encoding):
        lost = text.count(_LOST)
        broken += lost
        whole += len(text) - len(text.encode("ascii", "ignore")) - lost
    return whole, broken


def _decoded(file: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)
