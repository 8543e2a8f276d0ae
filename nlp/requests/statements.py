"""A sentence that tells of a contact with a client: a follow-up, though nobody asked to note it."""

import re
from dataclasses import dataclass
from functools import lru_cache

from config.document import from_file
from nlp.phrases import filled
from nlp.requests import marks
from nlp.requests.marks import Marked
from nlp.requests.phrasing import FOLDER

DONE, TOLD, HEARD = 0.95, 0.9, 0.6
"""What the speaker handed over or quoted, or did with the client, is a follow-up; what the client
said may be one."""
_CLIENT = re.compile(f"{marks.CLIENT}{chr(ord(marks.CLIENT) + 0x10)}*")
_PERSON = re.compile(f"{marks.NAME}{chr(ord(marks.NAME) + 0x10)}*")
_UNKNOWN = 0.15
_FAR = 14
"""So far into a sentence the client is named whom it is about."""


@dataclass(frozen=True)
class Statement:
    client: tuple[int, int] | None
    note: tuple[int, int]
    confidence: float


@lru_cache(maxsize=1)
def _parts() -> dict[str, re.Pattern[str]]:
    whole = from_file(FOLDER / "statements.yaml").value
    assert isinstance(whole, dict)
    known: dict[str, str] = {}
    parts = whole["parts"]
    assert isinstance(parts, dict)
    for name, written in parts.items():
        known[name] = filled(written, known)
    return {name: re.compile(expression) for name, expression in known.items()}


def statement(marked: Marked) -> Statement | None:
    """None where it tells of no contact, asks, supposes, plans, or quotes somebody."""
    text, parts = marked.text, _parts()
    if parts["no"].search(text):
        return None
    found = _CLIENT.search(text) or _PERSON.search(text)
    if found is None or found.start() > _FAR:
        return None
    rest = text[: found.start()] + " " + text[found.end() :]
    is_quoted = parts["quoted"].search(rest) and not parts["ahead"].search(marked.folded)
    if is_quoted or parts["handed"].search(rest):
        confidence = DONE
    elif parts["did"].search(rest):
        confidence = TOLD
    elif parts["heard"].match(text, found.end()):
        confidence = HEARD
    else:
        return None
    if marked.text[found.start()] != marks.CLIENT:
        confidence -= _UNKNOWN
    begins = found.end() if parts["opens"].fullmatch(text, 0, found.start()) else 0
    return Statement(found.span(), (begins, len(text)), confidence)
