"""统一社会信用代码: written with blanks, in small letters, with an O for a 0; checked."""

import re

from nlp.folding import fold_width
from nlp.rules.credit_code import LENGTH, VALUE, checks

_GAPS = re.compile(r"[\s\-_.'·]+")
_LOOKALIKES = str.maketrans("OIZS", "0125")
"""None of them is a character of a code."""
_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{18}(?![0-9A-Za-z])")
_ALPHABET = frozenset(VALUE)
_SAMPLE = re.compile(r"(.)\1{9,}")


def credit_code(text: str) -> str:
    """The code in a field, upper case; empty where none stands there or its check fails."""
    if len(text) < LENGTH:
        return ""
    found = _CODE.search(_GAPS.sub("", fold_width(text[:200])))
    if not found:
        return ""
    code = found[0].upper().translate(_LOOKALIKES)
    right = _ALPHABET.issuperset(code) and checks(code)
    return code if right and not _SAMPLE.search(code) else ""
