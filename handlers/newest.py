"""最后知道的: what one needs before a call, the newest note and when to talk next."""

from collections.abc import Sequence
from datetime import datetime, time

from sqlmodel import col, select

from crm_store.facts import FollowedUp
from crm_store.models import Lead, TimelineEntry
from crm_store.queries.follow_ups import stands
from crm_store.view import View
from handlers.promises.agreed import hour_of
from handlers.telling import words_of
from notifiers.cards.wording import SHANGHAI

_MOST_TAPS = 20
"""So many follow-ups without a word are passed over for the last one with words."""


async def newest_note(view: View, leads: Sequence[Lead]) -> tuple[TimelineEntry, str] | None:
    """The last follow-up of these leads of one client that has words, with them."""
    if not leads:
        return None
    query = (
        select(TimelineEntry)
        .where(
            col(TimelineEntry.lead_id).in_([lead.id for lead in leads]),
            TimelineEntry.kind == FollowedUp.kind,
            stands(col(TimelineEntry.id), of_client=leads[0].client_id),
        )
        .order_by(col(TimelineEntry.id).desc())
        .limit(_MOST_TAPS)
    )
    for entry in (await view.session.exec(query)).all():
        words = await words_of(view, entry)
        if words:
            return entry, words
    return None


async def next_contacts(view: View, leads: Sequence[Lead]) -> list[str]:
    """03-12 15:00, 03-17 下午: of each lead where it is today or later, the next first."""
    today = datetime.combine(view.now.astimezone(SHANGHAI).date(), time.min, SHANGHAI)
    told = []
    for lead in sorted(leads, key=lambda one: one.next_contact_at or view.now):
        if lead.is_open and lead.next_contact_at is not None and lead.next_contact_at >= today:
            hour = await hour_of(view, lead, SHANGHAI)
            told.append(f"{lead.next_contact_at.astimezone(SHANGHAI):%m-%d} {hour}".rstrip())
    return list(dict.fromkeys(told))
