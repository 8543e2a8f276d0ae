"""强提醒: the second channel beside the chat, and the page on a rep's desk that shows it."""

from handlers.desk import noticing, seat
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (noticing.router, seat.router)
