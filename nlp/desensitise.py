"""Masks what identifies a person, for readers who do not own the client, and says what it was.

What is shown to a stranger is masked rather once too often: what the extractor's rules find is
hidden, and what looks like it besides. A second reading of what was masked finds nothing more.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from nlp.contacts.addresses import ADDRESS, start_of_detail
from nlp.contacts.identity_card import is_identity_card
from nlp.folding import fold_width
from nlp.rules import phone, wechat

Kind = Literal["phone", "email", "wechat", "id_card", "bank_card", "number", "address"]

HIDDEN = "****"
SHOWN_HEAD = 3
SHOWN_TAIL = 4
FEWEST_HIDDEN = 3
MOBILE_DIGITS = 11

APART = r"(?<![0-9])(?<!\*{4})"
"""A number does not begin in another, nor in what is left of a masked one."""
ENDS = r"(?![0-9]|\*{4})"
LEFT_BEFORE = re.compile(r"\*{4}(?:[0-9]{1,4}[^0-9A-Za-z*\u4e00-\u9fff]{0,3})?$")
LEFT_AFTER = re.compile(r"[0-9]{0,3}\*{4}")
"""What is left of a masked number beside a find, which is then a part of it."""
NEAR = 12
SEPARATOR = r"[\s\-–.·•()—_\u200b-\u200d\u2060\ufeff]{0,3}"
SPOKEN = "零〇一二三四五六七八九幺两洞拐0-9"
PHONE = re.compile(
    rf"(?:\(?(?:\+|00)?86\)?{SEPARATOR})?{APART}1[3-9](?:{SEPARATOR}[0-9]){{9}}{ENDS}"
    rf"|{APART}\(?0[1-9][0-9]{{1,2}}\)?{SEPARATOR}[1-9][0-9]{{2,3}}{SEPARATOR}[0-9]{{4}}{ENDS}"
    rf"|{APART}[48]00{SEPARATOR}[0-9]{{3,4}}{SEPARATOR}[0-9]{{3,4}}{ENDS}"
    rf"|(?<![0-9*A-Za-z])\(?\+[1-9](?:[)(./]?{SEPARATOR}[0-9]){{7,13}}{ENDS}"
    rf"|(?<![{SPOKEN}])(?<!\*{{4}})[1一幺][3-9三四五六七八九](?:[ ,、\-]{{0,2}}[{SPOKEN}]){{9}}"
    rf"(?![{SPOKEN}]|\*{{4}})"
)
DOMAIN = re.compile(r"\s?[A-Za-z0-9\-]{1,63}(?:\s?[.。]\s?[A-Za-z0-9\-]{1,63}){1,4}")
LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-")
ID_CARD = re.compile(
    r"(?<![0-9*])[1-9][0-9]{5}[ .\-]?(?:19|20)[0-9]{2}[ .\-]?(?:0[1-9]|1[0-2])[ .\-]?"
    r"(?:0[1-9]|[12][0-9]|3[01])[ .\-]?[0-9]{3}[0-9Xx](?![0-9*])"
)
CARD = re.compile(rf"{APART}[0-9]{{4,6}}(?:[ \-]{{1,3}}[0-9]{{2,13}}){{1,5}}{ENDS}")
LONG_NUMBER = re.compile(r"(?<![0-9*])[0-9]{12,}(?![0-9A-Za-z*])")
"""Bank cards, and phones that run into something else."""
CARD_DIGITS = range(13, 20)
WECHAT = re.compile(
    r"(?:[微威薇徽]信|(?<![A-Za-z])(?:wechat|weixin|(?:vx|wx)(?!id_))|[加+➕]我?\s?v信?|v信|卫星(?=号|:))"
    r"[\s号是为就搜加:;]{0,4}(?:id|账号)?[\s:(]{0,3}(?P<id>[A-Za-z0-9][A-Za-z0-9_\-]{4,})",
    re.IGNORECASE,
)
QQ = re.compile(
    r"(?:(?<![A-Za-z])qq|扣扣|球球|企鹅号)群?号?码?[\s是为就加:;]{0,4}(?P<id>[1-9][0-9]{4,11})(?![0-9])",
    re.IGNORECASE,
)
PASSPORT = re.compile(
    r"(?:护照|通行证|回乡证|台胞证|居留证|passport)[号码证件no.\s是为就:;]{0,8}"
    r"(?P<id>[A-Za-z]{0,2}[0-9]{7,10})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
WXID = re.compile(r"(?<![A-Za-z0-9_])(?P<id>wxid_[A-Za-z0-9_\-]{5,})")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mask:
    """A hidden stretch: where it stands in the masked text, what was there, and how long."""

    kind: Kind
    start: int
    end: int
    took: int


@dataclass(frozen=True, slots=True)
class Masked:
    """A text that may leave its owner's eyes."""

    text: str
    masks: tuple[Mask, ...] = ()

    def where(self, start: int, end: int) -> Span:
        """Where the text's own [start, end) stands in the masked one, with the masks it touches."""
        grown, first, last = 0, start, end
        for one in self.masks:
            began = one.start - grown
            ended = began + one.took
            grown += one.end - one.start - one.took
            if ended <= start:
                first = start + grown
            elif began <= start:
                first = one.start
            if ended <= end:
                last = end + grown
            elif began < end:
                last = one.end
        return first, last


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
        masks.append(Mask(kind, length, length + len(shown), end - start))
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
    if len(digits) < SHOWN_HEAD + SHOWN_TAIL + FEWEST_HIDDEN:
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
    patterns = (WECHAT, WXID, *wechat.PATTERNS.values())
    spans = (found.span("id") for pattern in patterns for found in pattern.finditer(text))
    for start, end in _merged(spans):
        if not text.startswith(HIDDEN, end):
            yield start, end, "wechat", f"{text[start : start + 2]}{HIDDEN}"


def _numbers_called_so(text: str) -> Found:
    for pattern in (QQ, PASSPORT):
        for found in pattern.finditer(text):
            yield *found.span("id"), "number", HIDDEN


def _id_cards(text: str) -> Found:
    for found in ID_CARD.finditer(text):
        digits = re.sub(r"[ .\-]", "", found[0])
        kind: Kind = "id_card" if is_identity_card(digits) else "number"
        yield *found.span(), kind, f"{digits[:SHOWN_HEAD]}{HIDDEN * 3}"


def _phones(text: str) -> Found:
    by_rule = ((one.start, one.end) for one in phone.find(text) if not _is_left_over(text, one))
    by_shape = (found.span() for found in PHONE.finditer(text))
    for start, end in _merged((*by_shape, *by_rule)):
        yield start, end, "phone", mask_phone(text[start:end])


def _is_left_over(text: str, one: phone.Found) -> bool:
    before, after = text[max(0, one.start - NEAR) : one.start], text[one.end : one.end + NEAR]
    return bool(LEFT_BEFORE.search(before) or LEFT_AFTER.match(after))


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The spans apart, those that overlap as one."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


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
    _numbers_called_so,
    _wechats,
    _id_cards,
    _cards,
    _phones,
    _long_numbers,
    _addresses,
)
