"""Citizens' identity numbers (GB 11643): a place, a birthday, a serial and a check character."""

import re

SHAPE = re.compile(
    r"[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
)
WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
CHECKS = "10X98765432"


def is_identity_card(number: str) -> bool:
    """Whether 18 characters have the shape and the check character of an identity number."""
    if not SHAPE.fullmatch(number):
        return False
    total = sum(int(char) * weight for char, weight in zip(number, WEIGHTS, strict=False))
    return CHECKS[total % 11] == number[17].upper()
