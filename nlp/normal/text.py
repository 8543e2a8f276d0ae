"""One spelling for a text that is compared: width, case, script, blanks and brackets."""

import re

from nlp.folding import fold
from nlp.lexicon.spelling import simplify

_BLANK = re.compile(
    r"[\s\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffd\x00-\x1f]+"
)
_BRACKETS = str.maketrans("[{【〔〈《「『]}】〕〉》」』", "((((((((" + "))))))))")
_PLAIN = re.compile(r"[\u4e00-\u9fff0-9a-z()]*")
LONGEST = 400
"""Characters of a field that are looked at: ten megabytes in a cell are no name."""


def folded(text: str) -> str:
    """Half-width, lower case, simplified, without blanks; every bracket is a round one."""
    text = text[:LONGEST]
    if _PLAIN.fullmatch(text):
        return simplify(text)
    return _BLANK.sub("", simplify(fold(text))).translate(_BRACKETS)


def trimmed(text: str) -> str:
    """Half-width, blanks made one space, nothing at the ends; the case stays."""
    return " ".join(_BLANK.sub(" ", simplify(text[:LONGEST])).split())
