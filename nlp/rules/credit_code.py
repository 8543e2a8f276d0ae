"""Unified social credit codes (GB 32100): 18 characters, the last of which checks the others."""

import re
from collections.abc import Iterator

from nlp.contacts.identity_card import is_identity_card
from nlp.context import Context
from nlp.facts import Entity

SEALS = True
NEEDS = frozenset("0123456789")

LENGTH = 18
DIGITS = "0123456789"
FEWEST_DIGITS = 6
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VALUE = {char: value for value, char in enumerate(ALPHABET)}
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

_CHAR = "0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy"
CODE = re.compile(
    # The class comes first so that the search can leap to a candidate.
    rf"[1-9ANYany](?<![0-9A-Za-z].)(?:[ \-]?[{_CHAR}])(?:[ \-]?[0-9]){{6}}"
    rf"(?:[ \-]?[{_CHAR}]){{10}}(?![0-9A-Za-z])"
)
CALLED_SO = re.compile(r"税号|代码|信用")


def checks(code: str) -> bool:
    """Whether the check character of an upper-case code is right."""
    total = sum(VALUE[char] * weight for char, weight in zip(code, WEIGHTS, strict=False))
    return ALPHABET[-total % 31] == code[17]


def extract(text: str, context: Context) -> Iterator[Entity]:
    if len(text) < LENGTH or sum(map(text.count, DIGITS)) < FEWEST_DIGITS:
        return
    for found in CODE.finditer(text):
        code = found[0].upper().replace(" ", "").replace("-", "")
        if not checks(code) or (is_identity_card(code) and not CALLED_SO.search(text)):
            continue
        yield context.entity("credit_code", found.start(), found.end(), code, "credit_code")
