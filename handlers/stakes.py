"""What there is to lose with a pair of clients: which one a person should look at first.

Two colleagues who work on one client at the same time come before all; then open leads, high
intent, the budget, and a recent contact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from crm_store.models import Lead, Priority
from notifiers.cards.wording import Budget, money

TWO_OWNERS = 40
A_LEAD = 10
_MOST_LEADS = 3
HIGH_INTENT = 20
BUDGET = 20
"""For a budget of BUDGET_OF and more; less in proportion."""
BUDGET_OF = 2_000_000
LATELY = 15
_LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Stake:
    """`points` rank the queue; `words` say why, in few words."""

    points: int
    words: str


def stake_of(leads: Sequence[Lead], now: datetime) -> Stake:
    """Of both clients' open leads."""
    words = []
    points = A_LEAD * min(len(leads), _MOST_LEADS)
    if len({lead.owner_id for lead in leads if lead.owner_id}) > 1:
        points += TWO_OWNERS
        words.append("不同的同事在跟")
    elif leads:
        words.append(f"{len(leads)} 条未结线索")
    if any(lead.priority == Priority.HIGH for lead in leads):
        points += HIGH_INTENT
        words.append("高意向")
    budget = max((lead.budget or 0 for lead in leads), default=0)
    if budget:
        points += min(BUDGET, BUDGET * budget // BUDGET_OF)
        words.append(f"预算 {money(Budget(Decimal(budget), Decimal(budget)))}")
    if any(now - moment <= _LATELY for lead in leads for moment in _contacts(lead)):
        points += LATELY
        words.append("最近有联系")
    return Stake(points, "，".join(words))


def _contacts(lead: Lead) -> list[datetime]:
    moments = (lead.last_client_at, lead.last_answer_at, lead.last_followed_up_at)
    return [moment for moment in moments if moment is not None]
