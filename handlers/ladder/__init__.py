"""升级: the ladder of deadlines that no lead slips through, and what silences its nudges."""

from handlers.ladder import (
    announcing,
    bundling,
    climbing,
    escalation,
    mute,
    questions,
    results,
    standing,
    takeover,
)
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (
    standing.router,
    climbing.router,
    announcing.router,
    bundling.router,
    escalation.router,
    takeover.router,
    results.router,
    questions.router,
    mute.router,
)
