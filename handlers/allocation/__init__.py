"""分配: who gets a lead and why, who is on leave, and the public pool (公海)."""

from handlers.allocation import assignment, reassign
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (assignment.router, reassign.router)
