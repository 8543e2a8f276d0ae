"""What may come of a follow-up: results.yaml."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from config.checking import Fault, Strict

_BETWEEN = re.compile(r"[\s:：]")

Result = Annotated[str, Field(min_length=1, max_length=16)]
Vocabulary = Annotated[tuple[Result, ...], Field(min_length=1, max_length=6)]
"""A card holds six buttons."""


class Results(Strict):
    results: Vocabulary
    lines: Mapping[str, Vocabulary] = {}
    """By product line, where one has its own words."""

    def for_line(self, line: str) -> tuple[str, ...]:
        return self.lines.get(line, self.results)

    def faults(self) -> Iterator[Fault]:
        for place, words in (
            (("results",), self.results),
            *((("lines", line), words) for line, words in self.lines.items()),
        ):
            for at, word in enumerate(words):
                if _BETWEEN.search(word):
                    yield Fault((*place, at), f"“{word}”里不能有空格和冒号：大家要照着回复它")
                if word in words[:at]:
                    yield Fault((*place, at), f"“{word}”写了两次，请删去一处")
