"""What was promised a client in quotes, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from crm_store.models import Lead, Promise, PromiseState
from crm_store.view import View

_QUOTE = "quote"
_MOST = 3
_STATES = {
    PromiseState.OPEN.value: "还没有兑现",
    PromiseState.LATE.value: "已经逾期",
    PromiseState.KEPT.value: "已兑现",
}


@dataclass(frozen=True)
class PromisedQuote:
    by: str | None
    made_at: datetime
    state: str

    @property
    def state_in_words(self) -> str:
        return _STATES.get(self.state, self.state)


async def quotes_promised(
    view: View, client_id: int, sees: Callable[[Lead], bool]
) -> list[PromisedQuote]:
    """The latest first; of the leads that the asker sees, without what was dropped."""
    query = (
        select(Promise, Lead)
        .join(Lead, col(Lead.id) == col(Promise.lead_id))
        .where(
            col(Promise.client_id) == client_id,
            col(Promise.action) == _QUOTE,
            col(Promise.state).in_(_STATES),
        )
        .order_by(col(Promise.made_at).desc(), col(Promise.id).desc())
        .limit(_MOST * 4)
    )
    rows = (await view.session.exec(query)).all()
    found = [PromisedQuote(p.owner_id, p.made_at, p.state) for p, lead in rows if sees(lead)]
    return found[:_MOST]
