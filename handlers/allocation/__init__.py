"""分配: who gets a lead and why, who is on leave, and the public pool (公海)."""

from handlers.allocation import (
    appointment,
    assignment,
    away,
    by_rule,
    leave,
    public_pool,
    reassign,
)
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (
    assignment.router,
    appointment.router,
    reassign.router,
    leave.router,
    away.router,
    public_pool.router,
    by_rule.router,
)
