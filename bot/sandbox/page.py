"""The sandbox's page: plain files, no build, nothing from another host."""

from pathlib import Path
from typing import Final

from aiohttp import web

FOLDER: Final = Path(__file__).parent / "static"
TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEADERS: Final = {
    # Whatever a client writes stays text: the page inserts none of it as markup, and the browser
    # would not run it either.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def add_page(app: web.Application) -> None:
    """Serves the page under `/` and its files under `/static/sandbox/`."""
    app.router.add_get("/", _page)
    app.router.add_get(r"/static/sandbox/{name:[a-z_]+\.(?:css|js|svg)}", _file)


async def _page(request: web.Request) -> web.StreamResponse:
    return _answer(FOLDER / "index.html", "text/html; charset=utf-8")


async def _file(request: web.Request) -> web.StreamResponse:
    path = FOLDER / request.match_info["name"]
    if not path.is_file():
        raise web.HTTPNotFound
    return _answer(path, f"{TYPES[path.suffix]}; charset=utf-8")


def _answer(path: Path, content_type: str) -> web.StreamResponse:
    return web.FileResponse(path, headers={**HEADERS, "Content-Type": content_type})
