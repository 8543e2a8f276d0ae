"""Verbs that were mistyped: 专给 for 转给, 静英 for 静音. Read by their sound."""

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache

from nlp.normal.sounds import sound
from nlp.people.naming import is_word
from nlp.requests.marks import Marked
from nlp.requests.verbs import VERBS

_ALIKE = (("ng", "n"), ("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"))
_MOST = 60
"""Characters of an utterance that is looked at: who writes more is understood by the rest."""


def _blurred(syllables: str) -> str:
    """As somebody from the south may say it."""
    for exact, alike in _ALIKE:
        syllables = syllables.replace(exact, alike)
    return syllables


@lru_cache(maxsize=1)
def _by_sound() -> dict[tuple[int, str], str]:
    table: dict[tuple[int, str], str] = {}
    for verb in VERBS:
        table.setdefault((len(verb), _blurred(sound(verb))), verb)
    return table


def known_sounds() -> None:
    """Prepares what a first mistyped verb would wait for."""
    _by_sound()


@lru_cache(maxsize=1)
def _lengths() -> tuple[int, ...]:
    lengths: dict[int, bool] = defaultdict(bool)
    for length, _ in _by_sound():
        lengths[length] = True
    return tuple(sorted(lengths, reverse=True))


def corrected(marked: Marked) -> Marked | None:
    """The utterance with its mistyped verb put right; None where there is none.

    A word of the dictionary stays what it is: 书单 is no 输单.
    """
    text = marked.text
    if len(text) > _MOST:
        return None
    table = _by_sound()
    for length in _lengths():
        for at in range(len(text) - length + 1):
            piece = text[at : at + length]
            if not all("\u4e00" <= char <= "\u9fff" for char in piece):
                continue
            verb = table.get((length, _blurred(sound(piece))))
            if verb is not None and verb != piece and not is_word(piece):
                right = text[:at] + verb + text[at + length :]
                folded = marked.folded[:at] + verb + marked.folded[at + length :]
                return replace(marked, text=right, folded=folded)
    return None
