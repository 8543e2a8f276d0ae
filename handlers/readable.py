"""Words that somebody will read: without what cannot be seen and what turns a line around. Pure."""

import unicodedata

_BLANK = str.maketrans(dict.fromkeys("\u115f\u1160\u2800\u3164\uffa0", " "))
"""Letters without a stroke."""
_JOINER = "\u200d"


def readable(words: str) -> str:
    """Without controls, marks of direction and of no width; empty where nothing is left to read.
    Lines stay, and so do the joiners of composed emoji."""
    kept: list[str] = []
    for sign in words.replace("\r\n", "\n").translate(_BLANK):
        is_joining = sign == _JOINER and bool(kept) and _is_of_emoji(kept[-1])
        if sign == "\n" or is_joining or not unicodedata.category(sign).startswith("C"):
            kept.append(sign)
    return "".join(kept).strip(f"{_JOINER} \n\t\u3000\u00a0")


def _is_of_emoji(sign: str) -> bool:
    return unicodedata.category(sign) in ("So", "Sk") or sign == "\ufe0f"
