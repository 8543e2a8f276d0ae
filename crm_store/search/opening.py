"""What was found, read for several hits at once: their words are looked at one after another."""

from collections.abc import Sequence

from sqlmodel import col, select

from crm_store.models import ChatMessage, TimelineEntry
from crm_store.search.asking import Hit
from crm_store.view import View

AT_ONCE = 50


async def entries_of(
    view: View, hits: Sequence[Hit]
) -> tuple[dict[int, TimelineEntry], dict[int, ChatMessage]]:
    """The facts and the messages that they tell of, by their numbers, in two statements."""
    facts = select(TimelineEntry).where(col(TimelineEntry.id).in_([hit.entry_id for hit in hits]))
    entries = {one.id: one for one in (await view.session.exec(facts)).all()}
    numbers = [hit.message_id for hit in hits if hit.message_id is not None]
    if not numbers:
        return entries, {}
    messages = select(ChatMessage).where(col(ChatMessage.id).in_(numbers))
    return entries, {one.id: one for one in (await view.session.exec(messages)).all()}
