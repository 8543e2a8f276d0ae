"""The addresses at which the platforms call us."""

from aiohttp import web

from bot.platforms.dingtalk_http import DingTalkCallbacks
from bot.platforms.wecom import WeComCallbacks
from config.clock import Clock
from config.settings import Settings
from crm_store.arrival import Accept


def add_routes(app: web.Application, *, settings: Settings, accept: Accept, clock: Clock) -> None:
    """Adds the callbacks of every platform that is connected and speaks HTTP."""
    WeComCallbacks(settings.wecom, accept, clock).add_to(app)
    if settings.dingtalk is not None and settings.dingtalk.mode == "http":
        DingTalkCallbacks(settings.dingtalk, accept, clock).add_to(app)
