"""The web server: platforms' callbacks, the intake, pages, and what operators ask.

Every role answers health and metrics; only `all` and `web` hear the world.
"""

from aiohttp import web

from bot.platforms.routes import add_routes
from bot.web.demo import DemoApi
from bot.web.desk import DeskPage
from bot.web.follow_up import FollowUpPage
from bot.web.guard import guarded, protect
from bot.web.health import Health
from bot.web.history import HistoryPage
from bot.web.intake import LeadIntake
from bot.web.metrics import Metrics
from bot.web.pages import set_up_pages
from bot.web.records import RecordIntake
from bot.web.serving import Served

LARGEST_BODY = 1 << 20
HEARING = ("all", "web")


def build_web(bot: Served, role: str) -> web.Application:
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[guarded])
    app.on_response_prepare.append(protect)
    Health(bot).add_to(app)
    Metrics(bot).add_to(app)
    if role in HEARING:
        set_up_pages(app)
        add_routes(
            app,
            settings=bot.settings,
            accept=bot.inbox.accept,
            clock=bot.clock,
            usage=bot.usage,
        )
        LeadIntake(bot).add_to(app)
        RecordIntake(bot).add_to(app)
        HistoryPage(bot).add_to(app)
        FollowUpPage(bot).add_to(app)
        DeskPage(bot).add_to(app)
        if bot.is_demo:
            DemoApi(bot).add_to(app)
    return app
