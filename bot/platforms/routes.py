"""The addresses at which the platforms call us."""

from aiohttp import web

from bot.platforms import wecom
from bot.platforms.dingtalk_http import DingTalkCallbacks
from config.clock import Clock
from config.settings import Settings
from crm_store.arrival import Accept
from notifiers.quotas import PUSHES, Usage


def add_routes(
    app: web.Application,
    *,
    settings: Settings,
    accept: Accept,
    clock: Clock,
    usage: Usage | None = None,
) -> None:
    """Adds the callbacks of every platform that is connected and speaks HTTP."""
    wecom.add_callbacks(app, settings.wecom, accept, clock)
    if settings.dingtalk is not None and settings.dingtalk.mode == "http":
        counted = usage.counting(PUSHES, accept) if usage is not None else accept
        DingTalkCallbacks(settings.dingtalk, counted, clock).add_to(app)
