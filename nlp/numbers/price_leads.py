"""What leads to an amount, in this order: a cue (预算), a limit (不超过), a currency's sign."""

import re
from typing import NamedTuple

from nlp.numbers.money import AT_LEAST, AT_MOST, CUE, LINK, SIGN, TOLERATED

REACH = 18
"""How many characters before a number are looked at."""
SIGN_ENDS = frozenset("$€£¥ 币元金镑dDrRyYpPbBnN")


def _characters(pattern: str) -> str:
    """Every letter of a pattern that could begin a match: most texts are skipped by it."""
    return "".join(sorted({char for char in pattern if char not in r"()[]{}|?*+\^$.:!<=>"}))


LEADING = re.compile(
    rf"(?=[{_characters(CUE + AT_MOST + AT_LEAST)}<>])"
    rf"(?:(?P<limit>{AT_MOST}|{AT_LEAST})|(?P<cue>{CUE}))"
)
SIGNED = re.compile(rf"{SIGN}\s?$")
LINKED = re.compile(rf"(?:{LINK}){{0,6}}\s?")
TOLERABLE = re.compile(rf"(?:{TOLERATED})*")


class Lead(NamedTuple):
    """The words before a number, and where they begin."""

    cue: str = ""
    limit: str = ""
    sign: str = ""
    start: int = -1
    """Where the span begins; -1 for the number itself."""


NO_LEAD = Lead()


def lead_of(text: str, start: int) -> Lead:
    """What leads to the number at `start`."""
    end, reach = start, max(0, start - REACH)
    sign = sign_before(text, start)
    span = -1
    if sign:
        end = span = sign.start()
    limit = cue = ""
    bridges = True
    for found in reversed(list(LEADING.finditer(text, reach, end))):
        if not LINKED.fullmatch(text, found.end(), end):
            break
        bridges = bridges and bool(TOLERABLE.fullmatch(text, found.end(), end))
        end = found.start()
        if found["limit"] and not limit:
            limit, span = found["limit"], end
            continue
        cue = found["cue"] or ""
        # 预算 belongs to the span where only filling words stand between.
        if cue == "预算" and bridges:
            span = end
        break
    return Lead(cue, limit, sign[0].strip() if sign else "", span)


def sign_before(text: str, start: int) -> re.Match[str] | None:
    """The currency that is written right before a number."""
    if not start or text[start - 1] not in SIGN_ENDS:
        return None
    return SIGNED.search(text, max(0, start - 5), start)
