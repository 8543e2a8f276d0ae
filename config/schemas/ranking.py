"""Whom to call first: ranking.yaml."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from config.checking import Fault, Strict

CriterionName = Literal[
    "promise", "unanswered", "intent", "deadline", "next_contact", "budget", "freshness"
]


class RankedBy(Strict):
    """One thing that leads are compared by."""

    name: CriterionName
    points: float = Field(default=0, ge=0, le=1000, allow_inf_nan=False)
    """What it is worth at most, where leads are compared by points."""


class Ranking(Strict):
    most: int = Field(default=5, gt=0, le=20)
    """So many are told."""
    by: Literal["order", "points"] = "order"
    """order: what stands first decides, what follows only among equals. points: the sum."""
    criteria: tuple[RankedBy, ...]
    """What is not listed does not count."""

    def faults(self) -> Iterator[Fault]:
        seen: set[str] = set()
        for at, one in enumerate(self.criteria):
            if one.name in seen:
                yield Fault(("criteria", at, "name"), f"“{one.name}”写了两次，请留一个")
            seen.add(one.name)
        if not self.criteria:
            yield Fault(("criteria",), "至少要写一项，不然没法排先后")
        elif self.by == "points" and not any(one.points for one in self.criteria):
            yield Fault(("by",), "按分值排时，至少要有一项的 points 大于 0")
