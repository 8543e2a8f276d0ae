"""承诺与提醒: what was promised and is due, and what a colleague asked to be reminded of."""

from handlers.router import Router

ROUTERS: tuple[Router, ...] = ()
