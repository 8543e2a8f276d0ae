"""How many questions the language model is asked in a calendar day, over all processes.

Counted in a transaction of its own, just before the wire: in a message's own one everybody's
messages would wait for the day's row.
"""

from zoneinfo import ZoneInfo

from crm_store import quotas
from crm_store.store import Store, Transaction

OVER_BUDGET = "over_budget"
"""The code of a question that is not asked any more today."""
_SPENT = 100


class DailyBudget:
    """What is left of the day. A question that reached nobody is given back."""

    def __init__(self, store: Store, zone: ZoneInfo, most: int) -> None:
        self._store = store
        self._zone = zone
        self._most = most

    async def take(self) -> bool:
        """One question more; False where the day has no more."""
        async with self._store.transaction() as tx:
            return await quotas.take(tx.session, *_day(tx, self._zone), most=self._most)

    async def give_back(self) -> None:
        async with self._store.transaction() as tx:
            await quotas.add(tx.session, *_day(tx, self._zone), used=-1)


async def is_news(tx: Transaction, zone: ZoneInfo) -> bool:
    """Whether nobody was told yet that today's questions are spent; true once a day."""
    return await quotas.tell_once(tx.session, *_day(tx, zone), percent=_SPENT)


def _day(tx: Transaction, zone: ZoneInfo) -> tuple[str, str]:
    today = tx.now.astimezone(zone)
    return f"llm.{today:%d}", f"{today:%Y-%m}"
