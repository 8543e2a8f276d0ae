"""When somebody may be told: quiet hours and working time."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.calendar import WorkingCalendar
from config.schemas.hours import Hours
from crm_store.models import Member

_MINUTE = timedelta(minutes=1)


def at_any_hour(member: Member, now: datetime, zone: ZoneInfo) -> datetime:
    """Now, or the end of the member's quiet hours: a new lead's card, a client's words."""
    if member.quiet_hours is None:
        return now
    quiet = Hours.model_validate(member.quiet_hours)
    local = now.astimezone(zone)
    if local.time() not in quiet:
        return now
    end = local.replace(hour=quiet.end.hour, minute=quiet.end.minute, second=0, microsecond=0)
    return end if end > local else end + timedelta(days=1)


def in_working_time(member: Member, now: datetime, calendar: WorkingCalendar) -> datetime:
    """Now, or the member's next working minute: reminders, nudges, digests."""
    if member.work_hours is not None:
        calendar = calendar.with_hours(Hours.model_validate(member.work_hours))
    return calendar.next_working_moment(now)
