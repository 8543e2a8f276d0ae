"""Which deadlines stand for a lead: one pure function of its record, the rules and the calendar.

Timers are only what wakes the ladder. Whatever happens to a lead, what stands afterwards is
computed anew from what it is; a rung that acts changes what the lead remembers (models/ladder.py),
and with it what stands. So a rung acts once a deadline, in whatever order things happen, and
another rung is another entry in escalation.yaml.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.calendar import WorkingCalendar
from config.schemas.escalation import Action, Audience, Since, Step, Until
from crm_store.models import Lead, LeadState, Member
from crm_store.models.ladder import TO_THE_MANAGER, iso
from crm_store.queries.mutes import is_silent
from handlers.hours import at_any_hour, in_working_time

OWN_KINDS = ("first_view", "nudge", "quiet", "takeover")
"""Rungs with a kind of timer that is called like them: so were they from the beginning."""
ANY = "rung"
"""The kind that wakes all the others."""
KINDS = (*OWN_KINDS, ANY)


@dataclass(frozen=True)
class Deadline:
    """A moment at which a rung acts, or is announced."""

    step: Step
    since: datetime
    """From when it counts."""
    due_at: datetime
    nth: int = 0
    """How often it acted since then."""
    acts_at: datetime | None = None
    """Of an announcement: when what it announces comes."""

    @property
    def announces(self) -> bool:
        return self.acts_at is not None

    @property
    def key(self) -> tuple[str, datetime, int, bool]:
        return (self.step.name, self.since, self.nth, self.announces)


@dataclass(frozen=True)
class Times:
    """By what people's time is counted."""

    calendar: WorkingCalendar
    zone: ZoneInfo


@dataclass(frozen=True)
class Owner:
    """Whoever has the lead, as far as his clocks are concerned."""

    member: Member
    absences: Sequence[tuple[datetime, datetime]] = ()
    """From, and back; in order."""
    muted: Collection[str] = ()
    """Kinds of nudge about this client that he does not want."""

    def away_until(self, moment: datetime) -> datetime | None:
        """When he is back, if he is away then."""
        backs = [back for start, back in self.absences if start <= moment < back]
        return max(backs, default=None)


def deadlines(
    lead: Lead, owner: Owner, steps: Sequence[Step], times: Times
) -> tuple[Deadline, ...]:
    """What stands, the earliest first; of several at once in the order of the rules. What is
    overdue stands too: it has not been acted on."""
    if not lead.is_open or lead.owner_id is None or lead.state == LeadState.POOLED:
        return ()
    found = [one for step in steps for one in _of_step(lead, owner, step, steps, times)]
    return tuple(sorted(found, key=lambda one: one.due_at))


def wakeups(standing: Sequence[Deadline]) -> Mapping[str, tuple[datetime, tuple[str, ...]]]:
    """By kind of timer: when it wakes the ladder, and for which rungs."""
    found: dict[str, tuple[datetime, tuple[str, ...]]] = {}
    for one in standing:
        is_own = one.step.name in OWN_KINDS and not one.announces
        kind = one.step.name if is_own else ANY
        due, names = found.get(kind, (one.due_at, ()))
        if one.due_at == due and one.step.name not in names:
            found[kind] = (due, (*names, one.step.name))
    return found


def _of_step(
    lead: Lead, owner: Owner, step: Step, steps: Sequence[Step], times: Times
) -> Iterator[Deadline]:
    since = counted_from(lead, step)
    if since is None or not applies(lead, step):
        return
    fired = _entry(lead, "fired", step, since)
    count = fired["times"] if fired else 0
    if step.times and count >= step.times:
        return
    begun, due = _due(lead, owner, step, steps, times, since)
    if step.announce_before is not None and count == 0 and not _was_told(lead, step, since):
        at = due - timedelta(minutes=step.announce_before)
        if at > begun and _may_be_told(owner, step, at, times):
            yield Deadline(step, since, at, acts_at=due)
    yield Deadline(step, since, due, count)


def counted_from(lead: Lead, step: Step) -> datetime | None:
    """From when the rung counts; None where that has not come yet."""
    assigned = lead.assigned_at
    if assigned is None:
        return None
    match step.counted_from:
        case Since.ASSIGNED:
            return assigned
        case Since.LAST_FOLLOW_UP:
            again = _moment((lead.ladder or {}).get("from"))
            return max(m for m in (assigned, lead.last_followed_up_at, again) if m is not None)
        case Since.FIRST_TOUCH:
            noted = _moment((lead.ladder or {}).get("touched"))
            if noted is None and lead.ladder is None:
                noted = lead.first_touched_at  # a lead of before there was a ladder
            return noted if noted is not None and noted >= assigned else None
        case Since.ASKED:
            return None


def applies(lead: Lead, step: Step) -> bool:
    """Whether it is a rung of this lead as it stands, what ends it not having come."""
    wanted = step.condition
    if lead.priority != (wanted.priority or lead.priority):
        return False
    if wanted.states and lead.state not in wanted.states:
        return False
    if step.does(Action.REASSIGN) and (lead.ladder or {}).get("reason") == TO_THE_MANAGER:
        return False
    done = {
        Until.VIEWED: lead.viewed_at,
        Until.TOUCHED: lead.first_touched_at,
        Until.RESULT: lead.result,
    }
    return done.get(step.ends_with) is None


def _due(
    lead: Lead, owner: Owner, step: Step, steps: Sequence[Step], times: Times, since: datetime
) -> tuple[datetime, datetime]:
    """From when the clock runs, and when the rung acts."""
    fired = _entry(lead, "fired", step, since)
    more = _entry(lead, "more", step, since)
    if more and (not fired or more["at"] >= fired["at"]):
        return since, datetime.fromisoformat(more["until"])
    if fired:
        begun = datetime.fromisoformat(fired["at"])
        due = times.calendar.due(begun, step.next_wait)
    else:
        begun, due = _first(owner, step, times, since)
        earliest = _earliest(lead, owner, step, steps, times, since)
        due = max(due, earliest) if earliest is not None else due
    if step.audience is Audience.OWNER:
        due = _when_there(owner, due, times)
    return begun, due


def _first(owner: Owner, step: Step, times: Times, since: datetime) -> tuple[datetime, datetime]:
    """The first time, as its own clock has it."""
    if not step.does(Action.REASSIGN):
        return since, times.calendar.due(since, step.wait)
    # The minutes begin when he may be told: neither his quiet hours nor his leave are held
    # against him.
    begun = at_any_hour(owner.member, since, times.zone)
    return _past_leave(owner, begun, step, times)


def _earliest(
    lead: Lead, owner: Owner, step: Step, steps: Sequence[Step], times: Times, since: datetime
) -> datetime | None:
    """So far from the rung below as `after_rung` says. Counted from when that one ought to have
    acted: a leave of the owner's keeps nothing from the manager."""
    after = step.after_rung
    below = next((one for one in steps if after is not None and one.name == after.rung), None)
    if after is None or below is None or not applies(lead, below):
        return None
    _, heard = _first(owner, below, times, since)
    lower = _earliest(lead, owner, below, steps, times, since)
    heard = max(heard, lower) if lower is not None else heard
    if below.audience is Audience.OWNER:
        heard = in_working_time(owner.member, heard, times.calendar)
    return times.calendar.add_working_minutes(heard, after.working_minutes)


def _past_leave(
    owner: Owner, begun: datetime, step: Step, times: Times
) -> tuple[datetime, datetime]:
    due = times.calendar.due(begun, step.wait)
    for start, back in owner.absences:
        if start < due and back > begun:
            begun = at_any_hour(owner.member, back, times.zone)
            due = times.calendar.due(begun, step.wait)
    return begun, due


def _when_there(owner: Owner, moment: datetime, times: Times) -> datetime:
    """The moment, or when he works next."""
    while True:
        moment = in_working_time(owner.member, moment, times.calendar)
        back = owner.away_until(moment)
        if back is None:
            return moment
        moment = back


def _may_be_told(owner: Owner, step: Step, at: datetime, times: Times) -> bool:
    """That a lead is about to change hands is no nudge, and is never muted."""
    if not step.does(Action.REASSIGN, Action.TAKEOVER) and is_silent(owner.muted, step.name):
        return False
    return owner.member.active and _when_there(owner, at, times) == at


def _entry(lead: Lead, part: str, step: Step, since: datetime) -> Mapping[str, Any] | None:
    """What is noted of the rung, where it is of this count."""
    found: Mapping[str, Any] | None = (lead.ladder or {}).get(part, {}).get(step.name)
    return found if found is not None and found["since"] == iso(since) else None


def _was_told(lead: Lead, step: Step, since: datetime) -> bool:
    return bool((lead.ladder or {}).get("told", {}).get(step.name) == iso(since))


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written is not None else None
