"""规则: what a manager writes in plain Chinese becomes a rule that acts."""

from handlers.plain_rules import applying, keeping, looking_over, writing
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (
    applying.router,
    writing.router,
    keeping.router,
    looking_over.router,
)
