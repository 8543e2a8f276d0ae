"""Promises as cards show them."""

from collections.abc import Iterable

from crm_store.models import Client, Lead, Member, Promise, PromiseState
from crm_store.view import View
from handlers.showing import ACTIONS, shortened, title_of
from nlp.desensitise import mask
from notifiers.cards.promises import PromiseView

_MOST_WORDS = 60


def deed_of(promise: Promise) -> str:
    return ACTIONS.get(promise.action, "办一件事")


async def drawn(view: View, promise: Promise, *, masks: bool = False) -> PromiseView:
    """`masks`: for whoever does not own the client."""
    words = await view.open(promise.client_id, promise.words, purpose="promise")
    owner = await view.find(Member, promise.owner_id) if promise.owner_id else None
    return PromiseView(
        number=promise.id,
        client=await title(view, promise),
        deed=deed_of(promise),
        words=shortened(words, _MOST_WORDS, masks=masks),
        due=promise.due_at,
        is_late=promise.state == PromiseState.LATE,
        owner=owner.name if owner is not None else "",
    )


async def all_drawn(
    view: View, promises: Iterable[Promise], *, masks: bool = False
) -> list[PromiseView]:
    return [await drawn(view, one, masks=masks) for one in promises]


async def title(view: View, promise: Promise) -> str:
    """赵主任 · CT设备"""
    lead = await view.find(Lead, promise.lead_id) if promise.lead_id else None
    if lead is not None and lead.client_id == promise.client_id:
        return await title_of(view, lead)
    return mask((await view.get(Client, promise.client_id)).display)
