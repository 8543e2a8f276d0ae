"""Unified social credit codes (GB 32100): 18 characters, the last of which checks the others."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity

SEALS = True

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

CODE = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{2}[0-9]{6}"
    r"[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{10}(?![0-9A-Za-z])"
)


def checks(code: str) -> bool:
    """Whether the check character of an upper-case code is right."""
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(code, WEIGHTS, strict=False))
    return ALPHABET[-total % 31] == code[17]


def extract(text: str, context: Context) -> Iterator[Entity]:
    for found in CODE.finditer(text):
        code = found[0].upper()
        if checks(code):
            yield context.entity("credit_code", found.start(), found.end(), code, "credit_code")
