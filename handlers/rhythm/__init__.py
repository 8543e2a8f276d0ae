"""节奏: the day's stand-up, lists and figures, one digest a person and time."""

from handlers.router import Router

ROUTERS: tuple[Router, ...] = ()
