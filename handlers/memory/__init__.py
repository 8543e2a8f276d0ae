"""记忆: what was said, asked and quoted, and whom to call first."""

from handlers.memory import call_first, indexing, questions
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (indexing.router, questions.router, call_first.router)
