"""Phones as E.164, however a field has them: blanks, dashes, +86, an extension, two in one cell."""

import re

from nlp.contacts.phones import area_is_known
from nlp.folding import fold_width
from nlp.rules.phone import find

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_SIGNS = str.maketrans("", "", " -.()/—–_·\u00a0\t+'\"")
_EXCEL = re.compile(r"\.0+$")
_EXTENSION = re.compile(
    r"(?:转|分机号?|内线|ext\.?|#|,|;|x|×|\*|p)[\s:.]*[0-9]{1,6}\s*$|(?<=[0-9]{7})\s*-\s*[0-9]{1,4}$",
    re.IGNORECASE,
)
_LETTERS = str.maketrans("OoQDlI|iZzSsB", "0000111122558")
"""What a reader of photographs or a hasty thumb writes for a digit."""
_MISREAD = re.compile(r"[0-9OoQDlI|iZzSsB \-]{11,16}")
_COUNTRY = ("86", "0086")
_NATIONAL = 11
_SAMPLES = frozenset(
    ("13800138000", "13800000000", "13812345678", "13912345678", "13123456789", "13012345678")
)
"""Written where somebody had to write something."""
_FEW_DIGITS = 3
_RUN = re.compile(r"([0-9])\1{7}|12345678|23456789|98765432")
_LONGEST = 200


def phones(text: str) -> tuple[str, ...]:
    """All that a field holds, each once, the first first; what nobody can be reached by is left."""
    text = text[:_LONGEST]
    if not text:
        return ()
    digits = text if text.isdecimal() else text.translate(_SIGNS)
    if digits.isascii() and digits.isdecimal():
        number = _chinese(digits)
        if number:
            return _useful((number,))
    return _useful(tuple(dict.fromkeys(_written(fold_width(text).strip()))))


def _chinese(digits: str) -> str | None:
    """The E.164 of digits alone, where they are a Chinese mobile or a landline with its area."""
    for country in ("0086", "86"):
        if digits.startswith(country) and len(digits) - len(country) >= _NATIONAL - 1:
            digits = digits.removeprefix(country)
            break
    if len(digits) == _NATIONAL + 1 and digits[0] == "0" and _MOBILE.fullmatch(digits[1:]):
        digits = digits[1:]
    if _MOBILE.fullmatch(digits):
        return f"+86{digits}"
    if digits.startswith("0"):
        for size in (2, 3):
            area, number = digits[1 : 1 + size], digits[1 + size :]
            if area_is_known(area) and len(number) in (7, 8) and number[0] not in "01":
                return f"+86{area}{number}"
    if len(digits) == len("4006001234") and digits[:3] in ("400", "800"):
        return f"+86{digits}"
    return None


def _written(text: str) -> list[str]:
    text = _EXCEL.sub("", text)
    found = [one.value for one in find(text) if not one.ambiguous]
    if found:
        return found
    bare = _EXTENSION.sub("", text)
    number = _chinese("".join(filter(str.isdecimal, bare))) if bare.isascii() else None
    if number is None and _MISREAD.fullmatch(bare):
        number = _chinese(bare.translate(_LETTERS).translate(_SIGNS))
    return [number] if number else []


def _useful(numbers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in numbers if not is_made_up(one))


def is_made_up(number: str) -> bool:
    """Whether somebody filled a field with it: 13800000000, 18888888888."""
    national = number.removeprefix("+86")
    if national in _SAMPLES or _RUN.search(national):
        return True
    return len(set(national)) < _FEW_DIGITS
