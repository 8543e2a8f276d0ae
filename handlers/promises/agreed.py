"""What was agreed of the next contact: a day, or an hour of it."""

from datetime import time
from zoneinfo import ZoneInfo

from crm_store.facts import NextContactSet
from crm_store.models import Lead
from crm_store.queries import leads
from crm_store.view import View


async def has_hour(view: View, lead: Lead, zone: ZoneInfo) -> bool:
    """Words that name a day begin at its midnight; the page, which offers days, sets their
    opening."""
    at = lead.next_contact_at
    if at is None or at.astimezone(zone).time() == time.min:
        return False
    set_by = await leads.entries(view, lead, NextContactSet.kind, last=1)
    return not (set_by and set_by[0].data["source"] == "page")
