"""How like two deals are, and in what: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm_store.models import Client, Lead
from nlp.searching.trades import trades_of

PRODUCT, LINE, TRADE, BUDGET, REGION = 2, 3, 3, 2, 1
"""Points. A deal of another line with a house of another kind is not like ours, whatever else."""
_NEAR = 2.0
"""Two budgets are of one size where the greater is at most so many times the smaller."""


@dataclass(frozen=True)
class Deal:
    """What deals are compared by."""

    line: str
    product: str
    trade: str
    region: str
    budget: int | None

    @classmethod
    def of(cls, lead: Lead, client: Client, trades: Mapping[str, Sequence[str]]) -> "Deal":
        """`trades`: assignment.yaml's industries."""
        told = trades_of(client.company, trades) or trades_of(client.name, trades)
        return cls(
            lead.line,
            lead.product or "",
            next(iter(told), ""),
            lead.region or client.region,
            lead.budget,
        )


@dataclass(frozen=True)
class Likeness:
    points: int
    reasons: tuple[str, ...]

    @property
    def is_like(self) -> bool:
        return self.points >= LINE


NOT_LIKE = Likeness(0, ())


def likeness(ours: Deal, other: Deal) -> Likeness:
    points, reasons = 0, []
    if ours.line and ours.line == other.line:
        points += LINE
        reasons.append(f"同是{ours.line}")
        if ours.product and ours.product == other.product:
            points += PRODUCT
            reasons[-1] = f"同是{ours.product}"
    if ours.trade and ours.trade == other.trade:
        points += TRADE
        reasons.append(f"都是{ours.trade}")
    if not reasons:
        return NOT_LIKE
    if ours.budget and other.budget:
        greater, smaller = max(ours.budget, other.budget), min(ours.budget, other.budget)
        if greater <= smaller * _NEAR:
            points += BUDGET
            reasons.append("预算相近")
    if ours.region and ours.region == other.region:
        points += REGION
        reasons.append(f"都在{ours.region}")
    return Likeness(points, tuple(reasons))
