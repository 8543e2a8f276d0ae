"""What an utterance is read by: the names that the asker may mean."""

from dataclasses import dataclass
from functools import cached_property

from nlp.lexicon import Lexicon
from nlp.lexicon.matcher import Hit, Matcher, apart, vocabulary

_LEAST = 2
"""Characters of a name that is looked for: one is soon a part of another word."""


@dataclass(frozen=True)
class Names:
    """A set of names, found in any width, case and script."""

    names: frozenset[str]

    @cached_property
    def _matcher(self) -> Matcher[str]:
        return Matcher(vocabulary((name, name) for name in sorted(self.names)))

    def find(self, text: str) -> list[Hit[str]]:
        return list(apart(self._matcher.every(text))) if self.names else []

    @classmethod
    def of(cls, names: "frozenset[str] | set[str]") -> "Names":
        return cls(frozenset(name for name in names if len(name) >= _LEAST))


@dataclass(frozen=True)
class Known:
    """The words of the house, its people, and the clients that the asker deals with."""

    lexicon: Lexicon
    colleagues: Names = Names(frozenset())
    clients: Names = Names(frozenset())
