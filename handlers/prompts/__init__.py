"""话术: what a rep may say, brought to him when a client raises an objection."""

from handlers.router import Router

ROUTERS: tuple[Router, ...] = ()
