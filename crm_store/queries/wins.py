"""Questions about deals that were won, for choosing who gets a lead."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from crm_store.models import CLOSED, Lead, LeadState
from crm_store.view import View


async def lately(
    view: View, since: datetime, *, line: str = "", words: Sequence[str] = ()
) -> dict[str, int]:
    """How many deals each owner won since then: of the line, or of products with any of these
    words in their name; of anything where neither is said."""
    query = (
        select(Lead.owner_id, Lead.product, func.count())
        .where(Lead.state == LeadState.WON.value, col(Lead.closed_at) >= since)
        .where(col(Lead.owner_id).is_not(None))
        .group_by(col(Lead.owner_id), col(Lead.product))
    )
    if line:
        query = query.where(Lead.line == line)
    folded = [word.casefold() for word in words]
    won: Counter[str] = Counter()
    for owner, product, count in (await view.session.exec(query)).all():
        named = (product or "").casefold()
        if not folded or any(word in named for word in folded):
            won[owner or ""] += count
    return dict(won)


async def of_client(view: View, client_id: int) -> dict[str, int]:
    """How many deals with this client each owner won."""
    query = (
        select(Lead.owner_id, func.count())
        .where(Lead.client_id == client_id, Lead.state == LeadState.WON.value)
        .where(col(Lead.owner_id).is_not(None))
        .group_by(col(Lead.owner_id))
    )
    return {owner: count for owner, count in (await view.session.exec(query)).all() if owner}


@dataclass(frozen=True)
class LookedAfter:
    """A colleague who has another open lead of the client's, or won his deal."""

    member_id: str
    product: str
    won_at: datetime | None


async def looked_after(view: View, lead: Lead, *, won_since: datetime) -> Sequence[LookedAfter]:
    """Owners of the client's other open leads, the newest first, then of his deals won since
    then, the latest first."""
    query = (
        columns(
            *(col(Lead.owner_id), col(Lead.product), col(Lead.line), col(Lead.state)),
            col(Lead.closed_at),
        )
        .where(col(Lead.client_id) == lead.client_id, col(Lead.id) != lead.id)
        .where(col(Lead.owner_id).is_not(None))
        .where(
            col(Lead.state).not_in([state.value for state in CLOSED])
            | ((col(Lead.state) == LeadState.WON.value) & (col(Lead.closed_at) >= won_since))
        )
        .order_by(col(Lead.opened_at).desc(), col(Lead.id).desc())
    )
    rows = (await view.session.execute(query)).all()
    found = [
        LookedAfter(owner or "", product or line, closed if state == LeadState.WON else None)
        for owner, product, line, state, closed in rows
    ]
    going_on = [one for one in found if one.won_at is None]
    won = [(one.won_at, one) for one in found if one.won_at is not None]
    return [*going_on, *(one for _, one in sorted(won, key=lambda pair: pair[0], reverse=True))]
