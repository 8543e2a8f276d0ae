"""Phrases of several kinds, found where one of their core words stands.

A grammar of optional subjects and degrees is slow to try at every character. So the core words of
all kinds are looked for at once, and a kind's grammar is tried only around its own.
"""

import re
from collections.abc import Iterable, Iterator

from nlp.phrases import expressions, filled, section

_BEFORE, _AFTER = 16, 20
"""How far a phrase may reach on either side of its core."""


def cores(grammar: str) -> dict[str, tuple[str, ...]]:
    """The core words of a grammar's kinds, each with the kinds whose phrases it may stand in."""
    kinds: dict[str, list[str]] = {}
    for kind, cue in section(grammar, "kinds").items():
        assert isinstance(cue, dict)
        for core in str(cue["cores"]).split():
            kinds.setdefault(core, []).append(kind)
    return {core: tuple(whose) for core, whose in kinds.items()}


class Cues:
    """Finds the phrases of several kinds in one message.

    The grammar's `kinds` have `cores`, words of which one must be there, and `phrase`, a regular
    expression; a group that captures, where it has one, is the phrase proper.
    """

    def __init__(self, grammar: str) -> None:
        self.grammar = grammar
        parts = expressions(grammar, "parts")
        self._phrases: dict[str, re.Pattern[str]] = {}
        for kind, cue in section(grammar, "kinds").items():
            assert isinstance(cue, dict)
            self._phrases[kind] = re.compile(filled(cue["phrase"], parts))

    def find(
        self, text: str, found: Iterable[tuple[int, int, tuple[str, ...]]]
    ) -> Iterator[tuple[str, int, int]]:
        """Kind, start and end of each phrase. Phrases of different kinds may overlap.

        `found`: where core words stand, in order, and the kinds that each may belong to.
        """
        windows: dict[str, list[list[int]]] = {}
        for start, end, kinds in found:
            for kind in kinds:
                here = windows.get(kind)
                if here is None:
                    windows[kind] = [[max(0, start - _BEFORE), end + _AFTER]]
                elif start - _BEFORE <= here[-1][1]:
                    here[-1][1] = max(here[-1][1], end + _AFTER)
                else:
                    here.append([start - _BEFORE, end + _AFTER])
        for kind, spans in windows.items():
            for start, end in spans:
                for phrase in self._phrases[kind].finditer(text, start, end):
                    yield kind, *phrase.span(phrase.lastindex or 0)
