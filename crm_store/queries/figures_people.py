"""Figures of people: what each has on his hands, and chose to go for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true
from sqlmodel import col

from crm_store.models import Lead, TimelineEntry
from crm_store.models.lead import IS_OPEN
from crm_store.view import View

_MEMBER = col(TimelineEntry.data)["member_id"].as_string()


@dataclass(frozen=True, slots=True)
class Choice:
    """今日主攻: who chose which lead, and when."""

    member_id: str
    lead_id: int
    at: datetime


async def choices(
    view: View, since: datetime, until: datetime, *, members: Collection[str] | None = None
) -> list[Choice]:
    """Every choice of the time in its order: of one member the last one holds."""
    query = (
        select(_MEMBER, col(TimelineEntry.lead_id), col(TimelineEntry.at))
        .where(
            col(TimelineEntry.kind) == "focus_chosen",
            col(TimelineEntry.at) >= since,
            col(TimelineEntry.at) < until,
            true() if members is None else _MEMBER.in_(members),
        )
        .order_by(col(TimelineEntry.id))
    )
    return [Choice(*row) for row in await view.session.execute(query)]


async def open_leads(view: View) -> dict[str, int]:
    """Owner → how many open leads he has."""
    query = (
        select(col(Lead.owner_id), func.count())
        .where(IS_OPEN, col(Lead.owner_id).is_not(None))
        .group_by(col(Lead.owner_id))
    )
    return {owner: count for owner, count in await view.session.execute(query) if owner}
