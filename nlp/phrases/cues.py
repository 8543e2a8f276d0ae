"""Phrases of several kinds, found where one of their core words stands.

A grammar of optional subjects and degrees is slow to try at every character. So the core words of
all kinds are looked for at once, and a kind's grammar is tried only around its own.
"""

import re
from collections.abc import Iterator

from ahocorasick_rs import AhoCorasick

from nlp.phrases import expressions, filled, section

_BEFORE, _AFTER = 16, 20
"""How far a phrase may reach on either side of its core."""


class Cues:
    """Finds the phrases of several kinds in one message.

    The grammar's `kinds` have `cores`, words of which one must be there, and `phrase`, a regular
    expression; a group that captures, where it has one, is the phrase proper.
    """

    def __init__(self, grammar: str) -> None:
        parts = expressions(grammar, "parts")
        kinds: dict[str, list[str]] = {}
        self._phrases: dict[str, re.Pattern[str]] = {}
        for kind, cue in section(grammar, "kinds").items():
            assert isinstance(cue, dict)
            for core in str(cue["cores"]).split():
                kinds.setdefault(core, []).append(kind)
            self._phrases[kind] = re.compile(filled(cue["phrase"], parts))
        self._kinds = list(kinds.values())
        self._cores = AhoCorasick(list(kinds))

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Kind, start and end of each phrase. Phrases of different kinds may overlap."""
        hits = self._cores.find_matches_as_indexes(text, overlapping=True)
        if not hits:
            return
        windows: dict[str, list[list[int]]] = {}
        for index, start, end in sorted(hits, key=lambda hit: hit[1]):
            for kind in self._kinds[index]:
                here = windows.setdefault(kind, [])
                if here and start - _BEFORE <= here[-1][1]:
                    here[-1][1] = max(here[-1][1], end + _AFTER)
                else:
                    here.append([max(0, start - _BEFORE), end + _AFTER])
        for kind, spans in windows.items():
            for start, end in spans:
                for found in self._phrases[kind].finditer(text, start, end):
                    yield kind, *found.span(found.lastindex or 0)
