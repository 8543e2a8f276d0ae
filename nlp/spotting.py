"""Every fixed word that a rule looks for, found in one pass over the message.

Rules begin with a glance: is there a place, a brand, a core word of mine? One automaton over all
these words is many times faster than one automaton, or one regular expression, for each rule.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from nlp.lexicon.matcher import stands, vocabulary
from nlp.lexicon.organisations import ENDINGS
from nlp.lexicon.regions import gazetteer
from nlp.lexicon.spelling import Spelled
from nlp.lexicon.tables import words
from nlp.people import titles
from nlp.phrases.cues import cores

GRAMMARS = ("role", "budget_status", "objection", "urgency", "intent")

Spot = tuple[int, int, Any]
"""Where a word stands in the message, and what it stands for."""


class Spotter:
    """Finds the words of several vocabularies, which are in the one spelling of `same`.

    Those of `names` count where they are words by themselves, those of `cores` anywhere.
    """

    def __init__(
        self, names: Mapping[str, Mapping[str, Any]], cores: Mapping[str, Mapping[str, Any]]
    ) -> None:
        owners: dict[str, list[tuple[str, Any, bool]]] = {}
        for vocabularies, is_name in ((names, True), (cores, False)):
            for vocabulary_name, listed in vocabularies.items():
                for word, value in listed.items():
                    owners.setdefault(word, []).append((vocabulary_name, value, is_name))
        self._owners = list(owners.values())
        self._automaton = AhoCorasick(
            list(owners),
            matchkind=MatchKind.Standard,
            implementation=Implementation.ContiguousNFA,
        )

    def spot(self, seen: Spelled) -> dict[str, list[Spot]]:
        """All places of all words, by vocabulary; in order, of those that begin together the
        longest first."""
        spots: dict[str, list[Spot]] = {}
        hits = self._automaton.find_matches_as_indexes(seen.joined, overlapping=True)
        hits.sort(key=_longest_first)
        for index, at, to in hits:
            start, end = (at, to) if seen.positions is None else seen.span(at, to)
            for name, value, is_name in self._owners[index]:
                if is_name and not stands(seen, start, end, to - at):
                    continue
                here = spots.get(name)
                if here is None:
                    spots[name] = [(start, end, value)]
                else:
                    here.append((start, end, value))
        return spots


def _longest_first(hit: tuple[int, int, int]) -> tuple[int, int]:
    return hit[1], -hit[2]


@lru_cache(maxsize=1)
def spotter() -> Spotter:
    """The one for all rules: what it finds goes by the names that stand here."""
    return Spotter(
        names={
            "place": vocabulary(gazetteer().items()),
            "brand": vocabulary((name, name) for name in words("brands", "famous")),
        },
        cores={
            "title": dict.fromkeys(titles.WORDS),
            "ending": vocabulary((word, None) for word in ENDINGS),
            **{grammar: cores(grammar) for grammar in GRAMMARS},
        },
    )
