"""升级: the ladder of deadlines that no lead slips through, and what silences its nudges."""

from handlers.ladder import escalation, first_view, mute
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (first_view.router, escalation.router, mute.router)
