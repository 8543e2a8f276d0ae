"""When the day's digests go out: each time of rhythm.yaml is a timer, one working day on.

    look (every five minutes) → a timer for each time → an event for each member → one message

Whoever works other hours gets his when his day begins, several times of the morning in one. A slot
that was missed is made up for until its `until`, and not in the evening. What makes a repeat
harmless is the event's key: the day, the times and the member.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from config.schemas.rhythm import Rhythm, Slot
from crm_store import timers
from crm_store.arrival import Arrival
from crm_store.models import Member
from crm_store.queries import members
from crm_store.store import Transaction
from handlers.events import DigestDue, SlotDue, TimerDue
from handlers.hours import at_any_hour, in_working_time
from handlers.rhythm.parts import Around
from handlers.router import Router

router = Router("planning")

SLOT = "digest"
"""The timer of a time of one day, 「09:10 2026-03-11」; each sets the next day's. A day has a
subject of its own, so that whoever sets the next takes nothing from the one that fires just now."""
_ANEW = "anew"
"""In the timer: what tells this time of the day from the same, fired before its time."""
_RAN_AHEAD = timedelta(hours=2)
"""A clock that is set back by less repeats no digest."""
OWN = "digest_own"
"""A member's timer, whose day begins later."""


@router.schedule("*/5 * * * *", is_watch=True)
async def plan(slot: SlotDue, tx: Transaction, around: Around) -> None:
    """Sets the times that rhythm.yaml names and that no timer stands for yet."""
    for at in times_of(around.rules.rhythm):
        due, data = next_moment(at, tx.now, around), None
        if due > tx.now + _RAN_AHEAD and await _was_passed_over(tx, at, due):
            data = {_ANEW: tx.fresh_id()}
        await timers.set_once(tx.session, SLOT, _subject(at, due, around), due, data=data)


async def _was_passed_over(tx: Transaction, at: time, due: datetime) -> bool:
    """Whether timers stand for later days: a clock that ran ahead set them, and what is due before
    did not come, though its events' keys may be there. They are taken away."""
    standing = await timers.held(tx.session, SLOT, f"{written(at)} ")
    beyond = [timer.subject for timer in standing if timer.due_at > due]
    for subject in beyond:
        await timers.cancel(tx.session, [SLOT], subject)
    return bool(beyond)


def _subject(at: time, due: datetime, around: Around) -> str:
    return f"{written(at)} {around.today(due)}"


@router.timer(SLOT)
async def fan_out(due: TimerDue, tx: Transaction, around: Around) -> None:
    at = time.fromisoformat(due.subject.split()[0])
    slots = [slot for slot in around.rules.rhythm.slots if slot.at == at]
    if not slots:
        return  # no longer in rhythm.yaml
    following = next_moment(at, tx.now, around)
    await timers.set_once(tx.session, SLOT, _subject(at, following, around), following)
    day = around.today(due.due_at)
    if not around.calendar.is_working_day(day):
        return
    arrivals = []
    for member in await members.active(tx):
        if not member.is_reachable or not any(is_for(slot, member) for slot in slots):
            continue
        start = his_moment(member, due.due_at, around)
        until = _until(slots, day, around) + (start - due.due_at)
        if around.today(start) != day or tx.now > until:
            continue
        event = DigestDue(
            day=day,
            times=[written(at)],
            member_id=member.id,
            until=until,
            anew=due.data.get(_ANEW, ""),
        )
        if start > tx.now:
            await _wait(tx, event, start)
        else:
            arrivals.append(_arrival(event))
    if arrivals:
        await tx.arrive(arrivals)


@router.timer(OWN)
async def day_begins(due: TimerDue, tx: Transaction) -> None:
    await tx.arrive([_arrival(DigestDue.model_validate(due.data))])


async def _wait(tx: Transaction, event: DigestDue, start: datetime) -> None:
    """Several times of one morning wait together."""
    waiting = await timers.of_subject(tx.session, event.member_id)
    before = next((timer for timer in waiting if timer.kind == OWN), None)
    if before is not None:
        known = DigestDue.model_validate(before.data)
        if known.day == event.day:
            times = list(dict.fromkeys([*known.times, *event.times]))
            until = max(known.until, event.until)
            event = event.model_copy(update={"times": times, "until": until})
    await tx.set_timer(OWN, event.member_id, start, data=event.model_dump(mode="json"))


def _arrival(event: DigestDue) -> Arrival:
    key = f"digest:{event.day}:{'+'.join(event.times)}:{event.member_id}"
    return Arrival(
        kind=event.kind,
        key=f"{key}:{event.anew}" if event.anew else key,
        lane=f"digest:{event.member_id}",
        payload=event.model_dump(mode="json"),
    )


async def has_gone_out(tx: Transaction, part: str, around: Around) -> bool:
    """Whether today's digest with this part is on its way or past."""
    today = around.today(tx.now)
    if not around.calendar.is_working_day(today):
        return False
    for slot in around.rules.rhythm.slots:
        if part in slot.parts and tx.now >= moment(today, slot.at, around):
            due = moment(today, slot.at, around)
            return not await timers.is_set(tx.session, SLOT, _subject(slot.at, due, around))
    return False


def times_of(rhythm: Rhythm) -> list[time]:
    return sorted({slot.at for slot in rhythm.slots})


def is_for(slot: Slot, member: Member) -> bool:
    return any(map(member.has_role, slot.roles))


def next_moment(at: time, after: datetime, around: Around) -> datetime:
    """This time of day on the next working day on which it is still to come."""
    day = around.today(after)
    while True:
        due = moment(day, at, around)
        if due > after and around.calendar.is_working_day(day):
            return due
        day += timedelta(days=1)


def his_moment(member: Member, due: datetime, around: Around) -> datetime:
    """The slot's, or later: when his working hours begin, and his quiet hours end."""
    return at_any_hour(member, in_working_time(member, due, around.calendar), around.zone)


def _until(slots: Sequence[Slot], day: date, around: Around) -> datetime:
    return moment(day, max(slot.until for slot in slots), around)


def moment(day: date, at: time, around: Around) -> datetime:
    return datetime.combine(day, at, around.zone)


def written(at: time) -> str:
    return f"{at:%H:%M}"
