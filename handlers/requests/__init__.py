"""听懂: what a colleague wants, in whatever words he says it."""

from handlers.router import Router

ROUTERS: tuple[Router, ...] = ()
