"""The grammar's readings and the model's, weighed against each other.

What a phrasing fits is what it says, unless the model is all but sure of something else: then both
are offered. What none fits is the model's: asked about where it changes something, done where it
only shows something and the model is all but sure.
"""

import re
from dataclasses import replace
from datetime import datetime

from nlp.requests import marks
from nlp.requests.known import Known
from nlp.requests.learnt.guessing import NOTHING, filled, wishes
from nlp.requests.learnt.model import Model, shipped
from nlp.requests.marks import Marked, mark
from nlp.requests.phrasing import FREE
from nlp.requests.reading import SURE, Request, by_grammar
from nlp.requests.statements import DONE

ASKED_FROM = 0.55
"""From here on a wish is asked about, though it is not sure."""
LIKELY, POSSIBLE = 0.4, 0.12
"""How probable the first wish must be to be asked about, and a further one to be offered."""
CERTAIN = 0.9
"""How probable a wish that changes nothing must be to be done at once."""
UNLIKELY, SELDOM, RATHER = 0.05, 0.25, 0.6
"""What the grammar reads is doubted where the model holds it for unlikely, and rather thinks of
something else; sooner where free words stand in it."""
_DOUBTED = 0.6
_NO_WORDS = re.compile(rf"[\W\d_{marks.ANY}]*(?:(?![{marks.ANY}])\w)?[\W\d_{marks.ANY}]*")
"""A name, a number, and one character at most: an answer perhaps, but no wish of its own."""


def read_requests(
    said: str, known: Known, now: datetime, model: Model | None = None
) -> list[Request]:
    """The readings of an utterance, the surest first; at most one an intent.

    Empty where it is none: then it is somebody's words, a question or small talk.
    """
    if not said.strip() or len(said) > marks.LONGEST:
        return []
    marked = mark(said, known, now)
    read = by_grammar(marked)
    if _NO_WORDS.fullmatch(marked.text):
        return read
    return weighed(read, marked, model or shipped())


def weighed(read: list[Request], marked: Marked, model: Model) -> list[Request]:
    likely = model.wishes(marked)
    probable = dict(likely)
    first, how = likely[0]
    if read and read[0].confidence >= SURE:
        return _checked(read, marked, model, likely)
    if first == NOTHING or how < LIKELY:
        return [one for one in read if one.is_told or probable.get(one.intent, 0) > POSSIBLE]
    if read and read[0].is_told:
        return read if first == "follow_up" else _guessed(marked, model, likely)
    return _sorted(read, _guessed(marked, model, likely))


def _checked(
    read: list[Request], marked: Marked, model: Model, likely: list[tuple[str, float]]
) -> list[Request]:
    """What the grammar is sure of, unless the model says that it cannot be."""
    (first, how), intent = likely[0], read[0].intent
    is_loose = _is_loose(read[0])
    probability = dict(likely).get(intent, 0.0)
    if first == intent or probability >= (SELDOM if is_loose else UNLIKELY):
        return read
    if read[0].is_told and read[0].confidence >= DONE:
        return read  # 康源报价85万: to the model it looks like the question for it
    if how < (RATHER if is_loose or first != NOTHING else CERTAIN):
        return read
    if first == NOTHING:
        return read if _of_him(read[0]) else [replace(one, confidence=_DOUBTED) for one in read]
    guessed = _guessed(marked, model, likely)
    if read[0].is_told:
        return guessed
    # The two disagree: both are offered, and neither is done.
    guessed = [replace(one, confidence=min(one.confidence, SURE - 0.01)) for one in guessed]
    return _sorted([replace(one, confidence=_DOUBTED) for one in read], guessed)


def _is_loose(request: Request) -> bool:
    """Whether words stand in it of which nothing says that they belong there."""
    return any(
        not slot.is_pronoun and (slot.name in FREE or (slot.name in _NAMED and not slot.is_marked))
        for slot in request.slots
    )


def _of_him(request: Request) -> bool:
    return any(slot.is_pronoun for slot in request.slots)


_NAMED = ("client", "colleague", "product")


def _guessed(marked: Marked, model: Model, likely: list[tuple[str, float]]) -> list[Request]:
    known = wishes()
    return [
        Request(wish, filled(model, marked, wish), _confidence(how, known[wish].acts))
        for wish, how in likely[:3]
        if wish in known and how >= POSSIBLE
    ]


def _confidence(probability: float, acts: bool) -> float:
    """Of a guess; one that would change something is never sure."""
    if probability >= CERTAIN and not acts:
        return round(SURE + (probability - CERTAIN), 4)
    return round(ASKED_FROM + (SURE - ASKED_FROM - 0.01) * probability, 4)


def _sorted(read: list[Request], guessed: list[Request]) -> list[Request]:
    best = {one.intent: one for one in guessed}
    for one in read:
        other = best.get(one.intent)
        if other is None or other.confidence <= one.confidence:
            best[one.intent] = one
        else:
            best[one.intent] = replace(one, confidence=other.confidence)
    return sorted(best.values(), key=lambda one: -one.confidence)
