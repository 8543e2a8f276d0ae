"""规则: what a manager writes in plain Chinese becomes a rule. What it does to leads stands with
those who give them away: handlers/allocation/by_rule.py."""

from handlers.plain_rules import keeping, looking_over, writing
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (
    writing.router,
    keeping.router,
    looking_over.router,
)
