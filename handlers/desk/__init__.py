"""强提醒: the second channel beside the chat, and the page that takes eight seconds."""

from handlers.router import Router

ROUTERS: tuple[Router, ...] = ()
