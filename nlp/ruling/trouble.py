"""What in a sentence was not understood: the words themselves, and what was probably meant."""

from dataclasses import dataclass

_MARKS = ("「", "“", "『", "‘", '"', "'")
"""Words that bring their own are not put into marks once more."""


@dataclass(frozen=True)
class Trouble:
    start: int
    end: int
    words: str
    why: str
    near: str = ""
    """The nearest word that is known; empty where none is near."""

    def __str__(self) -> str:
        meant = f"，是不是“{self.near}”？" if self.near else ""
        said = self.words if self.words[:1] in _MARKS else f"“{self.words}”"
        return f"{said}{self.why}{meant}"
