"""听懂: what a colleague wants, in whatever words he says it."""

from handlers.requests import naming, nearest, noting, understanding
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (
    naming.router,
    understanding.router,
    noting.router,
    nearest.router,
)
