"""承诺与提醒: what was promised and is due, and what a colleague asked to be reminded of."""

from handlers.promises import (
    agenda,
    agreed_in_notes,
    buttons,
    contact_clocks,
    handing_on,
    keeping,
    lateness,
    meetings,
    next_contact,
    overdue,
    promising,
    reminder_times,
    reminding,
    telling,
    told,
)
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (
    promising.router,
    keeping.router,
    handing_on.router,
    telling.router,
    told.router,
    buttons.router,
    lateness.router,
    overdue.router,
    reminding.router,
    reminder_times.router,
    next_contact.router,
    agreed_in_notes.router,
    contact_clocks.router,
    meetings.router,
    agenda.router,
)
