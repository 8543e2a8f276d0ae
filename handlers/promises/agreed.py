"""What was agreed of the next contact: a day, or an hour of it."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from crm_store.facts import NextContactSet
from crm_store.models import Lead
from crm_store.queries import leads
from crm_store.view import View
from notifiers.cards.wording import part_of_day


async def has_hour(view: View, lead: Lead, zone: ZoneInfo) -> bool:
    """Words that name a day begin at its midnight; the page, which offers days, sets their
    opening."""
    return bool(await hour_of(view, lead, zone))


async def hour_of(view: View, lead: Lead, zone: ZoneInfo) -> str:
    """15:00, 下午; empty where a day is meant, or nothing was agreed."""
    if lead.next_contact_at is None:
        return ""
    at = lead.next_contact_at.astimezone(zone)
    set_by = await leads.entries(view, lead, NextContactSet.kind, last=1)
    if at.time() == time.min or (set_by and set_by[0].data["source"] == "page"):
        return ""
    until = set_by[0].data.get("until") if set_by else None
    part = part_of_day(at, datetime.fromisoformat(until).astimezone(zone)) if until else ""
    return part or f"{at:%H:%M}"
