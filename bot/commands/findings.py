"""What doctor says: one line a finding, and under it what to do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    GOOD = "✓"
    FAULT = "✗"
    NOTE = "!"


@dataclass(frozen=True)
class Finding:
    """`advice` says which console page or setting mends it."""

    mark: Mark
    text: str
    advice: str = ""

    def __str__(self) -> str:
        said = f"{self.mark} {self.text}"
        return f"{said}\n    → {self.advice}" if self.advice else said


Findings = AsyncIterator[Finding]


def good(text: str) -> Finding:
    return Finding(Mark.GOOD, text)


def fault(text: str, advice: str) -> Finding:
    return Finding(Mark.FAULT, text, advice)


def note(text: str, advice: str = "") -> Finding:
    return Finding(Mark.NOTE, text, advice)
