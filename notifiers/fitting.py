"""Making words fit: what no platform can carry is dropped, what is too long ends in 「…」."""

import unicodedata

ELLIPSIS = "…"
_KEPT_CONTROLS = "\n"
_UNSEEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Marks that turn the reading direction: somebody's name must not reorder our card."""
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")


def clean(text: str) -> str:
    """`text` without control characters, lone surrogates and marks that turn its direction."""
    spaced = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(char for char in spaced if _can_travel(char))


def one_line(text: str) -> str:
    """`text` cleaned, with every run of blanks and line ends made one space."""
    return " ".join(clean(text).split())


def fit_chars(text: str, most: int) -> str:
    """`text`, cut to at most `most` code points; a cut text ends in 「…」."""
    if len(text) <= most:
        return text
    return _tidy(text[: most - len(ELLIPSIS)]) + ELLIPSIS


def fit_bytes(text: str, most: int) -> str:
    """As `fit_chars`, by bytes of UTF-8; never through a code point."""
    wire = text.encode()
    if len(wire) <= most:
        return text
    room = max(0, most - len(ELLIPSIS.encode()))
    return _tidy(wire[:room].decode(errors="ignore")) + ELLIPSIS


def _can_travel(char: str) -> bool:
    if char in _KEPT_CONTROLS:
        return True
    return unicodedata.category(char) not in {"Cc", "Cs"} and char not in _UNSEEN


def _tidy(text: str) -> str:
    """`text` without a blank or half an emoji at its end."""
    end = len(text)
    while end and (text[end - 1].isspace() or text[end - 1] in _JOINERS):
        end -= 1
    return text[:end]
