"""记忆: what was said, asked and quoted, and whom to call first."""

from handlers.memory import call_first
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (call_first.router,)
