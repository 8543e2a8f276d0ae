"""Which wishes an utterance may express, by the phrasings that fit the whole of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nlp.requests import marks
from nlp.requests.marks import Marked
from nlp.requests.phrasing import FREE, Form, Intent, intents, manners
from nlp.requests.plausible import is_name, is_whole, trimmed
from nlp.requests.statements import statement
from nlp.requests.typing_errors import corrected

SURE = 0.7
"""From here on a reading is acted on, or asked about where that would harm."""
_WHOLE = 0.96
_GUESSED_NAME, _GUESSED_COLLEAGUE = 0.14, 0.1
_PRONOUN, _UNMARKED_PERSON = 0.04, 0.02
_MISSING = 0.2
_MISTYPED = 0.08
_FREE_WORDS = 0.001
_SPEAKS_OF = re.compile(r"[?吗么]\s*$")
_POLITE = re.compile(r"能不能|能否|可不可以|可以|可否|[好行成]吗|能.{0,20}吗")


PRONOUN = re.compile(
    r"(?:他们?|她们?|它|(?:这|那|该|此)(?:个|位)?客户|(?:这|那)(?:位|条线索|条|单子?|个单子?|家)"
    r"|(?:刚才|刚刚|上面|前面|上一?个)(?:那|这)?(?:个|位|条)?(?:客户|线索)?)"
)


def is_pronoun(text: str) -> bool:
    """他, 这个客户: whoever was spoken of last."""
    return PRONOUN.fullmatch(text.strip()) is not None


@dataclass(frozen=True)
class Slot:
    """What fills a place of the wish, and where it stands in the utterance."""

    name: str
    text: str
    start: int
    end: int
    is_marked: bool = False
    """Whether it is known to be what the place is for; otherwise its place alone says so."""
    is_pronoun: bool = False


@dataclass(frozen=True)
class Request:
    """One way to understand an utterance."""

    intent: str
    slots: tuple[Slot, ...]
    confidence: float
    is_told: bool = False
    """Nobody asked for anything: he tells of a contact with a client."""

    def slot(self, name: str) -> Slot | None:
        return next((slot for slot in self.slots if slot.name == name), None)

    def values(self) -> dict[str, str]:
        return {slot.name: slot.text for slot in self.slots}


def by_grammar(marked: Marked) -> list[Request]:
    """The readings of the phrasings, the surest first; at most one an intent."""
    found = list(_read(marked))
    if not found:
        again = corrected(marked)
        if again is not None:
            found = [replace(one, confidence=one.confidence - _MISTYPED) for one in _read(again)]
    if not found:
        told = statement(marked)
        if told is not None:
            slots = [Slot("note", *trimmed(marked, *told.note))]
            if told.client is not None:
                slots.insert(0, slot_at(marked, "client", *told.client))
            found = [Request("follow_up", tuple(slots), told.confidence, is_told=True)]
    best: dict[str, Request] = {}
    for one in found:
        if one.intent not in best or _better(one, best[one.intent]):
            best[one.intent] = one
    return sorted(best.values(), key=lambda one: -one.confidence)


def _better(one: Request, other: Request) -> bool:
    return (one.confidence, len(one.slots)) > (other.confidence, len(other.slots))


def _read(marked: Marked) -> Iterator[Request]:
    starts, ends = _manners(marked.text)
    for intent in intents():
        if not intent.cores.search(marked.folded):
            continue
        for form in intent.forms:
            request = _by_form(intent, form, marked, starts, ends[intent.acts])
            if request is not None:
                yield request


def _by_form(
    intent: Intent, form: Form, marked: Marked, starts: list[int], ends: list[int]
) -> Request | None:
    """With as little as possible taken for manners."""
    for end in ends[:1] if form.takes_the_rest else ends:
        for start in starts:
            found = form.pattern.fullmatch(marked.text, start, end)
            if found is not None:
                request = _request(intent, marked, found)
                if request is not None:
                    return request
    return None


def _manners(text: str) -> tuple[list[int], dict[bool, list[int]]]:
    """Where a wish may begin and end, the manners around it left out: 帮我 …吧."""
    before, after, after_question = manners()
    starts = {0: 0}
    for at in _growing(starts):
        for length in range(1, _LONGEST_MANNER + 1):
            if before.fullmatch(text, at, at + length) and at + length < len(text):
                starts.setdefault(at + length, starts[at] + 1)
    ends: dict[bool, list[int]] = {}
    for acts, step in ((True, after), (False, after_question)):
        reached = {len(text): 0}
        for at in _growing(reached):
            for length in range(1, min(_LONGEST_MANNER, at - 1) + 1):
                if step.fullmatch(text, at - length, at):
                    reached.setdefault(at - length, reached[at] + 1)
        ends[acts] = sorted(reached, reverse=True)
    return sorted(starts), ends


def _growing(reached: dict[int, int]) -> Iterator[int]:
    """Each place once, further ones while they are found, but not on and on."""
    done: set[int] = set()
    while todo := [at for at, steps in reached.items() if at not in done and steps < _MOST_MANNERS]:
        for at in todo:
            done.add(at)
            yield at


_LONGEST_MANNER, _MOST_MANNERS = 9, 6


def _request(intent: Intent, marked: Marked, found: re.Match[str]) -> Request | None:
    slots: list[Slot] = []
    for name, value in found.groupdict().items():
        if value is None:
            continue
        slot = slot_at(marked, name, *found.span(name))
        if not slot.text or not is_possible(slot, marked):
            return None
        slots.append(slot)
    confidence = _WHOLE - sum(_doubt(slot, marked) for slot in slots)
    given = {slot.name for slot in slots}
    if not any(set(re.findall(r"\{(\w+)\}", say)) <= given for say in intent.say):
        confidence -= _MISSING
    if intent.acts and _is_asked(marked, slots):
        return None
    slots.sort(key=lambda slot: slot.start)
    return Request(intent.means, tuple(slots), round(confidence, 4))


def slot_at(marked: Marked, name: str, start: int, end: int) -> Slot:
    text, start, end = trimmed(marked, start, end)
    first = marked.text[start : start + 1]
    return Slot(
        name,
        text,
        start,
        end,
        is_marked=first in (marks.CLIENT, marks.COLLEAGUE, marks.NAME, marks.TIME, marks.PRODUCT),
        is_pronoun=name == "client" and PRONOUN.fullmatch(marked.folded[start:end]) is not None,
    )


def is_possible(slot: Slot, marked: Marked) -> bool:
    if slot.is_marked or slot.is_pronoun:
        return True
    if slot.name in ("client", "colleague", "product"):
        return is_name(marked.folded[slot.start : slot.end])
    return True


def _doubt(slot: Slot, marked: Marked) -> float:
    if slot.name in FREE:
        return _FREE_WORDS * min(len(slot.text), 60) + (0 if is_whole(slot.text) else 0.05)
    if slot.is_pronoun:
        return _PRONOUN
    if slot.is_marked:
        return _UNMARKED_PERSON if marked.text[slot.start] == marks.NAME else 0
    if slot.name == "client":
        return _GUESSED_NAME
    return _GUESSED_COLLEAGUE if slot.name in ("colleague", "product") else 0


def _is_asked(marked: Marked, slots: list[Slot]) -> bool:
    """Whether a wish that acts is put as a question that wants an answer, not a deed."""
    if not _SPEAKS_OF.search(marked.folded) or _POLITE.search(marked.folded):
        return False
    last = max((slot.end for slot in slots if slot.name in FREE), default=0)
    return last < len(marked.folded.rstrip("?吗么 ,.!~"))
