"""What in a sentence was not understood: the words themselves, and what was probably meant."""

from dataclasses import dataclass


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
        return f"“{self.words}”{self.why}{meant}"
