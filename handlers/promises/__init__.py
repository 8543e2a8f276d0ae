"""承诺与提醒: what was promised and is due, and what a colleague asked to be reminded of."""

from handlers.promises import (
    agenda,
    buttons,
    handing_on,
    keeping,
    lateness,
    next_contact,
    promising,
    reminding,
    telling,
)
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (
    promising.router,
    keeping.router,
    handing_on.router,
    telling.router,
    buttons.router,
    lateness.router,
    reminding.router,
    next_contact.router,
    agenda.router,
)
