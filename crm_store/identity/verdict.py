"""What a comparison of two records comes to, with its reasons. Nothing personal stands in it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    SAME = "same"
    """One client: merged at once."""
    REVIEW = "review"
    """A person should look at it."""
    FAMILY = "family"
    """Parts of one house that are clients of their own: linked, and looked at by a person."""
    APART = "apart"


class Effect(StrEnum):
    AGREES = "agrees"
    CLOSE = "close"
    """Nearly the same: a slip of the keys, another spelling."""
    DIFFERS = "differs"
    SHARED = "shared"
    """The same, and several houses' own: a front desk. It proves nothing."""
    VETOES = "vetoes"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One field's part in a verdict."""

    field: str
    """As in Record: phone, email, wechat, credit_code, company, name, legal_person, city …"""
    effect: Effect
    points: int

    def as_json(self) -> dict[str, Any]:
        """As it is kept with merges and reviews."""
        return {"field": self.field, "effect": self.effect.value, "points": self.points}


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    score: int
    """100 is certain; what the thresholds are compared with."""
    evidence: tuple[Evidence, ...] = ()
