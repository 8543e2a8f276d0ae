"""Pages for phones: templates, their style, and how a refusal looks."""

from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

_ROOM = Path(__file__).parent
STATIC = "/static/pages"


def set_up_pages(app: web.Application) -> None:
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(_ROOM / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    app.router.add_static(STATIC, _ROOM / "static")


def page(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    return aiohttp_jinja2.render_template(template, request, context, status=status)


def refusal(request: web.Request, status: int, title: str, words: str) -> web.Response:
    """A page that says what is the matter and what to do."""
    return page(request, "refusal.html", status, title=title, words=words)
