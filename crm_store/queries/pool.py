"""公海: questions about leads that nobody owns."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, or_
from sqlmodel import col, select

from crm_store.models import Client, Lead, LeadState, TimelineEntry
from crm_store.models.lead import Priority
from crm_store.view import View

_IS_POOLED = Lead.state == LeadState.POOLED.value
_OF_OWNERS = ("assigned", "pooled", "followed_up", "message_out")
_HIGH_FIRST = case((col(Lead.priority) == Priority.HIGH.value, 0), else_=1)


async def lying(
    view: View,
    *,
    lines: Collection[str] | None,
    about: str = "",
    most: int,
    before: datetime | None = None,
) -> Sequence[tuple[Client, Lead]]:
    """What lies in the pool of these lines (None: of any), since before a moment, the best first;
    `about` is a word of the line, product or region."""
    query = (
        select(Client, Lead)
        .join(Lead, col(Lead.client_id) == col(Client.id))
        .where(*_such(lines, about))
        .order_by(_HIGH_FIRST, col(Lead.pooled_at).desc(), col(Lead.id).desc())
        .limit(most)
    )
    if before is not None:
        query = query.where(col(Lead.pooled_at) <= before)
    return (await view.session.exec(query)).all()


async def how_many(view: View, *, lines: Collection[str] | None, about: str = "") -> int:
    query = select(func.count()).select_from(Lead).where(*_such(lines, about))
    return (await view.session.exec(query)).one()


async def since_before(
    view: View, moment: datetime, *, lines: Collection[str] | None
) -> tuple[int, datetime | None]:
    """How many lie there since before that moment, and since when the oldest does."""
    query = select(func.count(), func.min(Lead.pooled_at)).where(
        *_such(lines, ""), col(Lead.pooled_at) <= moment
    )
    return (await view.session.exec(query)).one()


def _such(lines: Collection[str] | None, about: str) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = [_IS_POOLED]  # type: ignore[list-item]
    if lines is not None:
        asked.append(col(Lead.line).in_(["", *lines]))
    if about:
        named = (col(Lead.line), col(Lead.product), col(Lead.region))
        asked.append(or_(*(column.contains(about, autoescape=True) for column in named)))
    return asked


async def let_go_of(view: View, lead: Lead, since: datetime) -> set[str]:
    """Who had the lead and lost it, or put it back, since then."""
    query = (
        select(TimelineEntry)
        .where(
            TimelineEntry.lead_id == lead.id, col(TimelineEntry.kind).in_(("assigned", "pooled"))
        )
        .order_by(col(TimelineEntry.id))
    )
    owner: str | None = None
    gone: set[str] = set()
    for entry in (await view.session.exec(query)).all():
        later = entry.data["owner_id"] if entry.kind == "assigned" else None
        if owner is not None and later != owner and entry.at >= since:
            gone.add(owner)
        owner = later
    return gone - {owner} if owner is not None else gone


async def gave_up(view: View, lead: Lead, member_id: str, since: datetime) -> bool:
    """Whether he put it back, or lost it after he had worked on it, since then. What a deadline
    took from him before he did anything is none of his past."""
    query = (
        select(TimelineEntry)
        .where(TimelineEntry.lead_id == lead.id, col(TimelineEntry.kind).in_(_OF_OWNERS))
        .order_by(col(TimelineEntry.id))
    )
    has_it = worked = False
    for entry in (await view.session.exec(query)).all():
        if entry.kind not in ("assigned", "pooled"):
            worked = worked or (has_it and entry.by == member_id)
            continue
        keeps = entry.kind == "assigned" and entry.data["owner_id"] == member_id
        by_a_rule = entry.by is None
        if has_it and not keeps and entry.at >= since and (worked or not by_a_rule):
            return True
        has_it, worked = keeps, worked and keeps
    return False


async def last_pooled(view: View, lead: Lead) -> TimelineEntry | None:
    """How it last came to the pool."""
    query = (
        select(TimelineEntry)
        .where(TimelineEntry.lead_id == lead.id, TimelineEntry.kind == "pooled")
        .order_by(col(TimelineEntry.id).desc())
        .limit(1)
    )
    return (await view.session.exec(query)).first()


async def claims(view: View, member_id: str, since: datetime) -> int:
    """How many leads he claimed since then."""
    query = select(TimelineEntry.data).where(
        TimelineEntry.kind == "assigned",
        col(TimelineEntry.at) >= since,
        TimelineEntry.by == member_id,
    )
    return sum(data["reason"] == "claimed" for data in (await view.session.exec(query)).all())


async def taken_by(view: View, lead: Lead, since: datetime) -> TimelineEntry | None:
    """How the lead left the pool, where it did so since then."""
    query = (
        select(TimelineEntry)
        .where(
            TimelineEntry.lead_id == lead.id, col(TimelineEntry.kind).in_(("assigned", "pooled"))
        )
        .order_by(col(TimelineEntry.id).desc())
        .limit(2)
    )
    rows = (await view.session.exec(query)).all()
    is_so = len(rows) == 2 and [row.kind for row in rows] == ["assigned", "pooled"]  # noqa: PLR2004
    return rows[0] if is_so and rows[0].at >= since else None
