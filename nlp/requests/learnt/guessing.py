"""What the model takes an utterance for, as readings like the grammar's."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from nlp.requests import marks
from nlp.requests.learnt.model import Model
from nlp.requests.marks import Marked
from nlp.requests.phrasing import FREE, fields, intents, particulars
from nlp.requests.plausible import trimmed
from nlp.requests.reading import PRONOUN, Slot, is_possible, slot_at

_SLOT = re.compile(r"\{([a-z]+)[!?:}]")
_NUMBER = re.compile(r"[0-9]{1,6}|(?<=第)[一二两三四五六七八九十]{1,3}")
_PAIR = re.compile(r"(?<![a-z0-9])r[0-9]{1,12}(?![a-z0-9])")
_MARKED = {
    "client": marks.CLIENT,
    "colleague": marks.COLLEAGUE,
    "time": marks.TIME,
    "product": marks.PRODUCT,
}
_WRITTEN = {"number": _NUMBER, "pair": _PAIR}
NOTHING = "none"


@dataclass(frozen=True)
class Wish:
    """What the model knows of an intent: its slots, and whether it changes something."""

    slots: frozenset[str]
    acts: bool


@lru_cache(maxsize=1)
def wishes() -> Mapping[str, Wish]:
    found: dict[str, Wish] = {}
    for intent in intents():
        slots = {slot for way in (*intent.say, *intent.written) for slot in _SLOT.findall(way)}
        before = found.get(intent.means, Wish(frozenset(), False))
        found[intent.means] = Wish(before.slots | slots, before.acts or intent.acts)
    return found


def filled(model: Model, marked: Marked, wish: str) -> tuple[Slot, ...]:
    """The slots of a wish, where they seem to stand."""
    wanted = wishes()[wish].slots
    found: dict[str, Slot] = {}
    for name, start, end in model.slots(marked, wish):
        if name not in wanted or name in found or not _is_that(marked, name, start, end):
            continue
        slot = slot_at(marked, name, start, end)
        if slot.text and is_possible(slot, marked):
            found[name] = slot
    for name in sorted(wanted - found.keys()):
        missing = _marked_elsewhere(marked, name, list(found.values()))
        if missing is not None:
            found[name] = missing
    return tuple(sorted(found.values(), key=lambda slot: slot.start))


def _is_that(marked: Marked, name: str, start: int, end: int) -> bool:
    """A number is one, a time is one, a field is one of ours."""
    if name in _WRITTEN:
        return _WRITTEN[name].fullmatch(marked.folded, start, end) is not None
    if name == "field":
        return fields().fullmatch(marked.folded, start, end) is not None
    if name in ("asked", "thing"):
        return particulars().fullmatch(marked.folded, start, end) is not None
    if name == "time":
        return marked.text[start] == marks.TIME
    if name == "client":
        return marked.text[start] in (marks.CLIENT, marks.NAME) or end - start > 1
    return True


def _marked_elsewhere(marked: Marked, name: str, others: list[Slot]) -> Slot | None:
    """The first thing of its kind that stands in no other slot."""
    for start, end in _places(marked, name):
        if all(end <= other.start or other.end <= start for other in others):
            return slot_at(marked, name, *trimmed(marked, start, end)[1:])
    return None


def _places(marked: Marked, name: str) -> Iterator[tuple[int, int]]:
    if name in FREE:
        return
    if name in _MARKED:
        mark = _MARKED[name]
        for run in re.finditer(f"{mark}{chr(ord(mark) + marks.ON)}*", marked.text):
            yield run.span()
    if name == "client":
        yield from (found.span() for found in PRONOUN.finditer(marked.text))
    elif name in _WRITTEN:
        yield from (found.span() for found in _WRITTEN[name].finditer(marked.text))
    elif name == "field":
        yield from (found.span() for found in fields().finditer(marked.text))
