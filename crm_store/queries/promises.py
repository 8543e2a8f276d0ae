"""What was promised, and how it stands."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from crm_store.facts import PromiseKept
from crm_store.models import ChatMessage, Direction, Lead, Promise, PromiseState, TimelineEntry
from crm_store.models.promise import PENDING as _PENDING
from crm_store.models.promise import UNTOLD
from crm_store.view import View

PENDING = tuple(sorted(_PENDING))
_IS_PENDING = col(Promise.state).in_(PENDING)
_NEAREST_FIRST = (col(Promise.due_at).is_(None), col(Promise.due_at), col(Promise.id))


async def pending_of_owners(view: View, owners: Collection[str]) -> Sequence[Promise]:
    """What these colleagues still have to keep, the nearest first, those without a date last."""
    return await _pending(view, col(Promise.owner_id).in_(owners))


async def pending_of_lead(view: View, lead_id: int) -> Sequence[Promise]:
    """Those made on a lead that was folded into it as well, the nearest first."""
    return await _pending(view, col(Promise.lead_id).in_(await _with_folded(view, [lead_id])))


async def pending_of_client(view: View, client_id: int) -> Sequence[Promise]:
    return await _pending(view, col(Promise.client_id) == client_id)


async def of_owner(view: View, owner_id: str, *, state: PromiseState) -> Sequence[Promise]:
    """His in one state, the nearest first."""
    query = select(Promise).where(
        col(Promise.owner_id) == owner_id, col(Promise.state) == state.value
    )
    return (await view.session.exec(query.order_by(*_NEAREST_FIRST))).all()


async def late_untold(view: View) -> Sequence[Promise]:
    """What is late and stood on no manager's card yet."""
    query = select(Promise).where(UNTOLD)
    return (await view.session.exec(query.order_by(*_NEAREST_FIRST))).all()


async def of_message(view: View, message_id: int, starts: int) -> Promise | None:
    query = select(Promise).where(
        col(Promise.message_id) == message_id, col(Promise.starts) == starts
    )
    return (await view.session.exec(query)).first()


async def told_in(view: View, follow_up_id: int) -> Sequence[Promise]:
    """What was promised in the note of this follow-up, whatever became of it."""
    query = select(Promise).where(col(Promise.fact_id) == follow_up_id).order_by(col(Promise.id))
    return (await view.session.exec(query)).all()


async def kept_by(view: View, lead_id: int, follow_up_id: int) -> list[int]:
    """The numbers of the promises that this follow-up of the lead was taken to keep."""
    query = select(TimelineEntry).where(
        TimelineEntry.lead_id == lead_id, TimelineEntry.kind == PromiseKept.kind
    )
    entries = (await view.session.exec(query.order_by(col(TimelineEntry.id)))).all()
    return [
        int(one.data["promise_id"])
        for one in entries
        if one.data.get("follow_up_id") == follow_up_id
    ]


async def said_later(
    view: View, client_id: int, member_id: str, *, after: datetime, last: int
) -> Sequence[ChatMessage]:
    """What the colleague wrote to the client after a moment, oldest first."""
    query = (
        select(ChatMessage)
        .where(
            col(ChatMessage.client_id) == client_id,
            col(ChatMessage.direction) == Direction.OUT.value,
            col(ChatMessage.member_id) == member_id,
            col(ChatMessage.sent_at) > after,
        )
        .order_by(col(ChatMessage.sent_at), col(ChatMessage.id))
        .limit(last)
    )
    return (await view.session.exec(query)).all()


async def _pending(view: View, which: ColumnElement[bool]) -> Sequence[Promise]:
    query = select(Promise).where(which, _IS_PENDING).order_by(*_NEAREST_FIRST)
    return (await view.session.exec(query)).all()


async def _with_folded(view: View, lead_ids: Collection[int]) -> set[int]:
    """These leads, and those that were folded into them, at whatever remove."""
    found: set[int] = set()
    fresh = set(lead_ids)
    while fresh:
        found |= fresh
        query = select(Lead.id).where(col(Lead.folded_into_id).in_(fresh))
        fresh = set((await view.session.exec(query)).all()) - found
    return found
