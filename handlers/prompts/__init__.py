"""话术: what a rep may say, brought to him when a client raises an objection."""

from handlers.prompts import asking, first_words, progressing, using
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (
    first_words.router,
    asking.router,
    using.router,
    progressing.router,
)
