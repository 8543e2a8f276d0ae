"""Masks what identifies a person, for readers who do not own the client, and says what it was.

What is shown to a stranger is masked rather once too often: the patterns take more than the
extractor's rules do. A second reading of what was masked finds nothing more.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from nlp.addresses import ADDRESS, start_of_detail
from nlp.folding import fold_width
from nlp.identity_card import is_identity_card

Kind = Literal["phone", "email", "wechat", "id_card", "bank_card", "number", "address"]

HIDDEN = "****"
SHOWN_HEAD = 3
SHOWN_TAIL = 4
MOBILE_DIGITS = 11

APART = r"(?<![0-9*])"
"""A number does not begin in another, nor in what is left of a masked one."""
ENDS = r"(?![0-9*])"
SEPARATOR = r"[\s\-.·()—_]{0,3}"
SPOKEN = "零〇一二三四五六七八九幺"
PHONE = re.compile(
    rf"(?:\(?(?:\+|00)?86\)?{SEPARATOR})?{APART}1[3-9](?:{SEPARATOR}[0-9]){{9}}{ENDS}"
    rf"|{APART}\(?0[1-9][0-9]{{1,2}}\)?{SEPARATOR}[1-9][0-9]{{2,3}}{SEPARATOR}[0-9]{{4}}{ENDS}"
    rf"|{APART}[48]00{SEPARATOR}[0-9]{{3,4}}{SEPARATOR}[0-9]{{3,4}}{ENDS}"
    rf"|(?<![0-9*A-Za-z])\(?\+[1-9](?:[)(./]?{SEPARATOR}[0-9]){{7,13}}{ENDS}"
    rf"|(?<![{SPOKEN}])[一幺][三四五六七八九](?:[ ,]?[{SPOKEN}]){{9}}(?![{SPOKEN}])"
)
DOMAIN = re.compile(r"\s?[A-Za-z0-9\-]{1,63}(?:[.。][A-Za-z0-9\-]{1,63}){1,4}")
LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-")
ID_CARD = re.compile(
    r"(?<![0-9A-Za-z*])[1-9][0-9]{5}[ \-]?(?:19|20)[0-9]{2}[ \-]?(?:0[1-9]|1[0-2])[ \-]?"
    r"(?:0[1-9]|[12][0-9]|3[01])[ \-]?[0-9]{3}[0-9Xx](?![0-9A-Za-z*])"
)
CARD = re.compile(rf"{APART}[0-9]{{4}}(?:[ \-][0-9]{{4}}){{2,3}}(?:[ \-][0-9]{{1,4}})?{ENDS}")
LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z*])[0-9]{12,}(?![0-9A-Za-z*])")
"""Bank cards, and phones that run into something else."""
CARD_DIGITS = range(13, 20)
WECHAT = re.compile(
    r"(?:[微威薇徽]信|(?<![A-Za-z])(?:wechat|weixin|(?:vx|wx)(?!id_))|[加+➕]我?\s?v信?|v信|卫星(?=号|:))"
    r"[\s号是为就搜加:;]{0,4}(?:id|账号)?[\s:(]{0,3}(?P<id>[A-Za-z0-9][A-Za-z0-9_\-]{4,})",
    re.IGNORECASE,
)
WXID = re.compile(r"(?<![A-Za-z0-9_])(?P<id>wxid_[A-Za-z0-9_\-]{5,})")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mask:
    """A hidden stretch: where it stands in the masked text, and what was there."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Masked:
    """A text that may leave its owner's eyes."""

    text: str
    masks: tuple[Mask, ...] = ()


def desensitise(text: str) -> Masked:
    """Running text with its phones, cards, addresses and ids hidden. Linear in its length."""
    # The folded text has the same length, so a find in it is cut out of the text itself.
    seen = fold_width(text)
    found: list[tuple[int, int, Kind, str]] = []
    for finder in FINDERS:
        taken = list(finder(seen))
        found += taken
        seen = _blanked(seen, [(start, end) for start, end, _, _ in taken])
    pieces: list[str] = []
    masks: list[Mask] = []
    at = length = 0
    for start, end, kind, shown in sorted(found):
        pieces += [text[at:start], shown]
        length += start - at
        masks.append(Mask(kind, length, length + len(shown)))
        length += len(shown)
        at = end
    return Masked("".join([*pieces, text[at:]]), tuple(masks))


def mask(text: str) -> str:
    """The text alone."""
    return desensitise(text).text


def mask_phone(phone: str) -> str:
    """+8613812345678 → 138****5678, +862154321098 → 021****1098."""
    digits = re.sub(r"[^0-9]", "", phone)
    if phone.lstrip("( ").startswith(("+86", "0086")):
        digits = digits.removeprefix("00").removeprefix("86")
        if len(digits) < MOBILE_DIGITS or not digits.startswith("1"):
            digits = f"0{digits}"
    if len(digits) < SHOWN_HEAD + SHOWN_TAIL + 1:
        return HIDDEN
    return f"{digits[:SHOWN_HEAD]}{HIDDEN}{digits[-SHOWN_TAIL:]}"


def mask_email(address: str) -> str:
    """wangjg@kangyuan-med.com → w****@kangyuan-med.com."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}{HIDDEN}{at}{domain}"


Found = Iterator[tuple[int, int, Kind, str]]


def _emails(text: str) -> Found:
    at, end = text.find("@"), 0
    while at >= 0:
        start = at - 1 if text[at - 1 : at] == " " and at else at
        while start > end and text[start - 1] in LOCAL:
            start -= 1
        if start < at and text[start] in LOCAL and DOMAIN.match(text, at + 1):
            yield start, at, "email", f"{text[start]}{HIDDEN}"
        end = at + 1
        at = text.find("@", end)


def _wechats(text: str) -> Found:
    for pattern in (WECHAT, WXID):
        for found in pattern.finditer(text):
            start, end = found.span("id")
            yield start, end, "wechat", f"{text[start : start + 2]}{HIDDEN}"
        text = _blanked(text, [found.span("id") for found in pattern.finditer(text)])


def _id_cards(text: str) -> Found:
    for found in ID_CARD.finditer(text):
        digits = re.sub(r"[ \-]", "", found[0])
        kind: Kind = "id_card" if is_identity_card(digits) else "number"
        yield *found.span(), kind, f"{digits[:SHOWN_HEAD]}{HIDDEN * 3}"


def _phones(text: str) -> Found:
    for found in PHONE.finditer(text):
        yield *found.span(), "phone", mask_phone(found[0])


def _cards(text: str) -> Found:
    for found in CARD.finditer(text):
        digits = re.sub(r"[^0-9]", "", found[0])
        if len(digits) in CARD_DIGITS:
            kind: Kind = "bank_card" if is_luhn(digits) else "number"
            yield *found.span(), kind, f"{HIDDEN * 2}{digits[-SHOWN_TAIL:]}"


def _long_numbers(text: str) -> Found:
    for found in LONG_NUMBER.finditer(text):
        card = len(found[0]) in CARD_DIGITS and is_luhn(found[0])
        kind: Kind = "bank_card" if card else "number"
        yield *found.span(), kind, f"{HIDDEN * 2}{found[0][-SHOWN_TAIL:]}"


def _addresses(text: str) -> Found:
    for found in ADDRESS.finditer(text):
        yield start_of_detail(found), found.end(), "address", HIDDEN


def is_luhn(digits: str) -> bool:
    """Whether the last digit checks the others, as on a bank card."""
    doubled = [int(char) * (1 + place % 2) for place, char in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _blanked(text: str, spans: list[Span]) -> str:
    if not spans:
        return text
    pieces, at = [], 0
    for start, end in sorted(spans):
        pieces += [text[at:start], "*" * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


FINDERS: tuple[Callable[[str], Found], ...] = (
    _emails,
    _wechats,
    _id_cards,
    _cards,
    _phones,
    _long_numbers,
    _addresses,
)
