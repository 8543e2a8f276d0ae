"""vCard (.vcf) as phones and mail programs write it: versions 2.1, 3.0 and 4.0.

RFC 6350, and for 2.1 the specification of versit (quoted-printable, CHARSET). Only what a lead
has is read; what makes no sense is passed over.
"""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.files.encodings import chosen_encoding, text_encoding
from bot.files.table import FileRefused, Line, Sheet, line_of

HEADER = ("姓名", "职务", "公司", "电话", "其他电话", "邮箱", "微信", "地址", "备注", "编号")
_LARGEST = 64 << 20
_PLAIN = "utf-8"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_APART = re.compile(r"(?<!\\);")
_WECHAT = frozenset({"X-WECHAT", "X-WEIXIN"})
_TWO_PHONES = 2


@dataclass(frozen=True)
class _Property:
    name: str
    parameters: frozenset[str]
    value: str

    @property
    def is_quoted(self) -> bool:
        return bool({"QUOTED-PRINTABLE", "ENCODING=QUOTED-PRINTABLE"} & self.parameters)

    @property
    def charset(self) -> str:
        named = (each[8:] for each in self.parameters if each.startswith("CHARSET="))
        return next(named, _PLAIN)

    @property
    def text(self) -> str:
        if not self.is_quoted:
            return self.value
        plain = quopri.decodestring(self.value.encode("latin-1", "replace"))
        return plain.decode(text_encoding(self.charset) or _PLAIN, "replace")

    @property
    def parts(self) -> list[str]:
        return [_plain(part) for part in _APART.split(self.text)]

    @property
    def whole(self) -> str:
        return _plain(self.text)


def read_vcards(file: Path, *, encoding: str | None = None) -> list[Sheet]:
    """One line a card, under a header of ours. Raises FileRefused."""
    if file.stat().st_size > _LARGEST:
        raise FileRefused(f"{file.name} 太大，请分成几个文件")
    lines = file.read_bytes().decode(chosen_encoding(file, encoding), "replace").splitlines()
    header = Line(0, HEADER)
    return [Sheet([header, *(_line(at, card) for at, card in _cards(lines))])]


def _cards(lines: list[str]) -> Iterator[tuple[int, list[_Property]]]:
    card: list[_Property] | None = None
    begun = 0
    for at, line in _unfolded(lines):
        said = line.strip().upper()
        if said == "BEGIN:VCARD":
            card, begun = [], at
        elif said == "END:VCARD" and card is not None:
            yield begun, card
            card = None
        elif card is not None:
            found = _property(line)
            if found is not None:
                card.append(found)


def _unfolded(lines: list[str]) -> Iterator[tuple[int, str]]:
    """A line that begins with a blank goes on from the one before; in 2.1 so does one after '='."""
    at, whole = 0, [""]
    for number, line in enumerate(lines, start=1):
        if line[:1] in (" ", "\t"):
            whole.append(line[1:])
        elif whole[-1].endswith("=") and "QUOTED-PRINTABLE" in whole[0].upper():
            whole[-1] = whole[-1][:-1]
            whole.append(line)
        else:
            yield at, "".join(whole)
            at, whole = number, [line]
    yield at, "".join(whole)


def _property(line: str) -> _Property | None:
    head, colon, value = line.partition(":")
    if not colon:
        return None
    name, *parameters = head.upper().split(";")
    upper = frozenset(part.removeprefix("TYPE=") for part in parameters)
    return _Property(name.rpartition(".")[2], upper, value)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text).strip()


def _line(number: int, card: list[_Property]) -> Line:
    def every(name: str) -> list[_Property]:
        return [one for one in card if one.name == name]

    def first(name: str) -> str:
        return next((one.whole for one in every(name) if one.whole), "")

    phones = [one.whole.removeprefix("tel:") for one in sorted(every("TEL"), key=_not_mobile)]
    phones = [phone for phone in phones if phone]
    addresses = [one.parts for one in every("ADR")]
    wechat = next((one.whole for one in card if one.name in _WECHAT), "")
    return line_of(
        number,
        (
            first("FN") or _name(every("N")),
            first("TITLE"),
            next(("".join(one.parts[:1]) for one in every("ORG")), ""),
            phones[0] if phones else "",
            phones[1] if len(phones) >= _TWO_PHONES else "",
            first("EMAIL"),
            wechat,
            next((_address(parts) for parts in addresses), ""),
            first("NOTE"),
            first("UID"),
        ),
    )


def _not_mobile(phone: _Property) -> bool:
    return "CELL" not in phone.parameters


def _name(names: list[_Property]) -> str:
    """Family name, then given name, as in Chinese."""
    return "".join("".join(one.parts[:2]) for one in names[:1])


def _address(parts: list[str]) -> str:
    """Post box, extension, street, town, region, code, country → from the large to the small."""
    _box, extension, street, town, region, *_rest = [*parts, *[""] * 5][:7]
    return "".join((region, town, street, extension))
