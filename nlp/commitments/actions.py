"""What kind of deed a clause speaks of: a quote, a sample, a visit."""

import re
from collections.abc import Iterator

from nlp.phrases import expressions

_SAID = {name: re.compile(pattern) for name, pattern in expressions("promise").items()}
_THINGS = ("contract", "invoice", "sample", "quote", "document")
"""What is handed over; the one that a clause names first tells the deed."""


def thing_named(said: str) -> str | None:
    """The thing that a clause names first: contract, invoice, sample, quote or document."""
    first: tuple[int, int, str] | None = None
    for rank, thing in enumerate(_THINGS):
        found = _SAID[thing].search(said)
        if found and (first is None or (found.start(), rank) < first[:2]):
            first = (found.start(), rank, thing)
    return first[2] if first else None


def deed_in(said: str, thing: str | None, named: str | None) -> str | None:
    """The action of a clause that names `thing`; those before it spoke of what is `named`."""
    return next(_deeds(said, thing, named), None)


def _deeds(said: str, thing: str | None, named: str | None) -> Iterator[str]:
    """What the clause may be read as, the surest first."""
    if _says("call", said) and not _says("money", said):
        yield "call"
    if _says("number", said):
        yield "other"
    visits = _says("strong_visit", said)
    if thing and _is_handed_over(said, visits):
        yield thing
    if _says("repair", said):
        yield "repair"
    if _says("delivery", said):
        yield "delivery"
    if visits or _says("visit", said):
        yield "other" if _says("remote", said) else "visit"
    if named == "invoice" and _says("reissue", said):
        yield "invoice"
    if thing is None and _says("parcel", said):
        yield named or "delivery"
    if thing is None and _says("message", said):
        yield named or "document"
    if thing or _says("other", said) or _says("favour", said):
        yield "other"


def _is_handed_over(said: str, visits: bool) -> bool:
    """Whether the thing is given (合同发您), not only spoken of (跟您确认合同)."""
    if _says("hand_over", said):
        return True
    if visits:
        return False
    return _says("does_itself", said) or (_says("move", said) and not _says("inquiry", said))


def _says(reading: str, said: str) -> bool:
    return _SAID[reading].search(said) is not None
