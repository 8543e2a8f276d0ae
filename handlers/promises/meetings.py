"""约好的见面还在: a call that is agreed for before a meeting does not take the meeting's place.

A lead has one next contact, the nearest. What its owner sets on his page, or tells of in a note,
for an earlier day stands until that has passed; then the meeting is the next contact again.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from config.calendar import WorkingCalendar
from config.settings import Settings
from crm_store.facts import FollowedUp, NextContactSet
from crm_store.models import Lead
from crm_store.queries import leads
from crm_store.store import Transaction
from crm_store.view import View
from handlers.events import TimerDue
from handlers.past import Past
from handlers.promises.next_contact import FIELD, moments
from handlers.router import Router
from notifiers.cards import contacts as cards

router = Router("meetings")

_KIND = "contact_later"
_MEETING = "visit"
_ASKED_FIRST = timedelta(hours=2, minutes=1)
"""Whether the earlier contact came to be is asked before."""
_AHEAD = timedelta(hours=1)
"""So long before the meeting it has to be the next contact."""


@dataclass(frozen=True)
class Meeting:
    """When they are to meet, as the client said."""

    start: datetime
    end: datetime
    words: str
    message_id: int | None

    def agreed(self, **about: Any) -> NextContactSet:
        """As the next contact."""
        return NextContactSet(
            **about,
            next_at=self.start,
            until=self.end,
            words=self.words,
            source="client" if self.message_id is not None else "chat",
            message_id=self.message_id,
        )

    def when(self, settings: Settings) -> str:
        """周二 03-17 下午"""
        return cards.when(self.start, settings.zone, self.end)


async def standing(
    view: View, lead: Lead, calendar: WorkingCalendar, settings: Settings
) -> Meeting | None:
    """The meeting that is still ahead, also where a call was agreed on since. Another meeting
    takes its place, and 取消下次联系 ends it."""
    past = await Past.of(view, lead, name=FIELD)
    for newest in past.standing:
        for known in (newest, *reversed(past.before(newest))):
            if not isinstance(known.value, dict) or "start" not in known.value:
                return None
            if known.value.get("kind") == _MEETING:
                start, end = moments(known.value, calendar, settings)
                is_ahead = end > view.now and not known.is_ambiguous
                return Meeting(start, end, known.words, known.message_id) if is_ahead else None
    return None


@router.on(NextContactSet)
async def keep_in_mind(
    fact: NextContactSet, tx: Transaction, calendar: WorkingCalendar, settings: Settings
) -> None:
    if fact.lead_id is None or fact.next_at is None:
        return  # what was taken back may have been the earlier one: the timer looks
    lead = await tx.lock_lead(fact.lead_id)
    await tx.cancel_timer(_KIND, lead.ref)
    if not await _is_beside(tx, lead, fact):
        return
    meeting = await standing(tx, lead, calendar, settings)
    if meeting is None or meeting.start <= fact.next_at:
        return
    over = fact.until or fact.next_at
    if fact.source == "page":
        day = fact.next_at.astimezone(settings.zone).date() + timedelta(days=1)
        over = datetime.combine(day, time.min, settings.zone)
    due = calendar.next_working_moment(over + _ASKED_FIRST)
    due = max(fact.next_at, min(due, meeting.start - _AHEAD))
    await tx.set_timer(_KIND, lead.ref, due, data={"at": fact.next_at.isoformat()})


async def _is_beside(tx: Transaction, lead: Lead, fact: NextContactSet) -> bool:
    """Whether it came with a follow-up; as a command it is the new date."""
    if fact.source == "page":
        return True
    noted = await leads.entries(tx, lead, FollowedUp.kind, last=1)
    return bool(noted) and noted[0].at == fact.at and noted[0].by == fact.by


@router.timer(_KIND)
async def stands_again(
    due: TimerDue, tx: Transaction, calendar: WorkingCalendar, settings: Settings
) -> None:
    lead = await tx.lock_lead(int(due.subject[1:]))
    now_agreed = lead.next_contact_at
    is_other = now_agreed is not None and now_agreed.isoformat() != due.data["at"]
    if not lead.is_open or (is_other and now_agreed is not None and now_agreed > tx.now):
        return
    meeting = await standing(tx, lead, calendar, settings)
    if meeting is None:
        return
    await tx.record(meeting.agreed(at=tx.now, client_id=lead.client_id, lead_id=lead.id))
