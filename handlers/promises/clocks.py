"""When a promise is spoken of: before it is due, when it is, and when its manager hears. Pure, but
for the timers that are set."""

from datetime import datetime, timedelta

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.schemas.hours import Hours
from crm_store.models import Member, Promise
from crm_store.store import Transaction

SOON, LATE, GRACE = "promise_soon", "promise_late", "promise_grace"
EVERY = (SOON, LATE, GRACE)
_WORTH_HALVING = timedelta(minutes=30)


_MINUTE = timedelta(minutes=1)


def whole_minute(moment: datetime) -> datetime:
    """The next one, unless it is one: what is noted within a minute is due at once."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + _MINUTE


def calendar_of(member: Member | None, calendar: WorkingCalendar) -> WorkingCalendar:
    """Counts in the member's own hours, where he has any."""
    if member is None or member.work_hours is None:
        return calendar
    return calendar.with_hours(Hours.model_validate(member.work_hours))


def reminded_at(
    made: datetime, due: datetime | None, rules: Rules, calendar: WorkingCalendar
) -> datetime | None:
    """So many working minutes before it is due; of what is promised at short notice half-way, and
    not at all where that is but minutes. What has no time is asked about days later."""
    ours = rules.promises
    if due is None:
        return calendar.add_working_days(made, ours.undated_after_days)
    before = calendar.working_minutes_before(due, ours.remind_before_minutes)
    if before > made:
        return before
    left = due - made
    return made + left / 2 if left >= _WORTH_HALVING else None


async def set_clocks(
    tx: Transaction,
    promise: Promise,
    owner: Member | None,
    rules: Rules,
    calendar: WorkingCalendar,
    *,
    since: datetime,
) -> None:
    """The promise's timers, counted from `since`: when it was made, or moved."""
    calendar = calendar_of(owner, calendar)
    await tx.cancel_timers(EVERY, promise.ref)
    soon = reminded_at(since, promise.due_at, rules, calendar)
    if soon is not None:
        await tx.set_timer(SOON, promise.ref, soon)
    if promise.due_at is not None:
        await tx.set_timer(LATE, promise.ref, promise.due_at)
