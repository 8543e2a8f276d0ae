"""听懂: what a colleague wants, in whatever words he says it."""

from handlers.requests import nearest, noting, understanding
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (
    understanding.router,
    noting.router,
    nearest.router,
)
