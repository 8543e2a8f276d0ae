"""规则: what a manager writes in plain Chinese becomes a rule that acts."""

from handlers.router import Router

ROUTERS: tuple[Router, ...] = ()
