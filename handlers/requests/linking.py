"""Which command an intent stands for, by the words that the command is declared with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from handlers.router import Command
from nlp.requests.phrasing import Intent, intents

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Link:
    """One way to say the intent as a command."""

    intent: Intent
    say: str
    command: Command
    parameters: tuple[tuple[str, str], ...]
    """The intent's slots, and what the command calls them."""

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(slot for slot, _ in self.parameters)

    def arguments(self, values: Mapping[str, str]) -> dict[str, str]:
        given = self._joined(values)
        return {parameter: given[slot] for slot, parameter in self.parameters}

    def words(self, values: Mapping[str, str]) -> str:
        """The command as he might have written it."""
        given = self._joined(values)
        return _SLOT.sub(lambda slot: given[slot[1]], self.say)

    def _joined(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """张总 and 上周 are told as 张总上周."""
        more = values.get(self.intent.joins, "")
        return {**values, "client": values["client"] + more} if more else values


def _bones(pattern: str) -> str:
    """A pattern but for how its slots are called and where its blanks are."""
    return "".join(_SLOT.sub("{}", pattern).lower().split())


@lru_cache(maxsize=8)
def links(commands: tuple[Command, ...]) -> Mapping[str, tuple[Link, ...]]:
    """By intent, in the order of its `say`. What nobody has registered is left out."""
    declared: dict[str, tuple[Command, str]] = {}
    for command in commands:
        for pattern in command.patterns:
            declared.setdefault(_bones(pattern), (command, pattern))
    found: dict[str, tuple[Link, ...]] = {}
    for intent in intents():
        mine = []
        for say in intent.say:
            known = declared.get(_bones(say))
            if known is not None:
                pairs = zip(_SLOT.findall(say), _SLOT.findall(known[1]), strict=True)
                mine.append(Link(intent, say, known[0], tuple(pairs)))
        if mine:
            found[intent.name] = tuple(mine)
    return found


def fitting(ways: tuple[Link, ...], values: Mapping[str, str]) -> Link:
    """The way for which everything is there; else the first, for which something is missing."""
    return next((way for way in ways if values.keys() >= set(way.needs)), ways[0])
