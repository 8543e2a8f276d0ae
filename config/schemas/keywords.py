"""Words in a client's message that put a tag on the lead: keywords.yaml."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from config.checking import Fault, Strict


class Keyword(Strict):
    """A tag and the words that set it."""

    tag: str = Field(min_length=1)
    priority: Literal["high", "normal"] = "normal"
    """`high` makes the lead one of high intent."""
    words: tuple[str, ...] = Field(min_length=1)


class Keywords(Strict):
    entries: tuple[Keyword, ...] = Field(default=(), alias="keywords")

    def faults(self) -> Iterator[Fault]:
        tags: set[str] = set()
        for at, entry in enumerate(self.entries):
            if entry.tag in tags:
                yield Fault(("keywords", at, "tag"), f"标签“{entry.tag}”写了两次，请合在一处")
            tags.add(entry.tag)
            for word_at, word in enumerate(entry.words):
                if not word:
                    yield Fault(("keywords", at, "words", word_at), "有一个空的词，请删去")
