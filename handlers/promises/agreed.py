"""What was agreed of the next contact: a day, or an hour of it."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from crm_store.facts import NextContactSet
from crm_store.models import Lead
from crm_store.queries import leads
from crm_store.view import View
from notifiers.cards.wording import part_of_day


def is_an_hour(at: datetime, until: datetime | None, source: str, zone: ZoneInfo) -> bool:
    """Words that name a day begin at its midnight, those that name a part of it at its first hour;
    the page, which offers days, sets their opening. Only to an hour that was said is there a
    before."""
    at = at.astimezone(zone)
    is_a_part = until is not None and bool(part_of_day(at, until.astimezone(zone)))
    return at.time() != time.min and source != "page" and not is_a_part


async def has_hour(view: View, lead: Lead, zone: ZoneInfo) -> bool:
    if lead.next_contact_at is None:
        return False
    set_by = await leads.entries(view, lead, NextContactSet.kind, last=1)
    said = set_by[0].data if set_by else {}
    until = datetime.fromisoformat(said["until"]) if said.get("until") else None
    return is_an_hour(lead.next_contact_at, until, said.get("source", ""), zone)


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
