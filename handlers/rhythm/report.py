"""A figure or a list, ready to be said in the chat, written as a table, or drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from notifiers.pictures.picture import Picture

MOST_LINES = 30
"""Of a list in the chat; the whole one comes out of `genjin report`."""


@dataclass(frozen=True)
class Report:
    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str | int, ...]]
    lines: tuple[str, ...] = ()
    """The same for a reader in the chat, a line each."""
    note: str = ""
    """What is counted and what is not."""
    picture: Picture | None = None

    def words(self, most: int | None = MOST_LINES) -> str:
        shown = self.lines if most is None else self.lines[:most]
        hidden = len(self.lines) - len(shown)
        more = f"……还有 {hidden} 行" if hidden else ""
        said = [self.title, *shown, more, self.note]
        return "\n".join(line for line in said if line)

    @property
    def is_empty(self) -> bool:
        return not self.rows
