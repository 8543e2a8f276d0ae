"""Around every request: clean answers whatever goes wrong, headers that keep browsers strict."""

from collections.abc import Awaitable, Callable

import aiohttp_jinja2
import structlog
from aiohttp import web

from bot.faults import describe, frames
from bot.web.answers import json_answer
from bot.web.pages import refusal
from config import tracing
from crm_store.errors import NotStored

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OURS = "X-Genjin"
"""By this header doctor tells our answers from those of what stands in front of us."""
SERVICE = "genjin"
HEADERS = {
    # What a client writes is never markup here, and the browser would run none of it either.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    # In which version, and on what, is nobody's business.
    "Server": "Genjin",
    OURS: "here",
}
_API = "/api/"
_PAGES = ("/t/", "/f/", "/d/")
"""Addresses that people open: what is wrong is told on a page as well."""
_IN_WORDS = {
    400: "请求读不懂",
    404: "没有这个地址",
    405: "这个地址不接受这种请求",
    408: "内容发得太慢，请再发一次",
    413: "内容超过 1 MiB",
    415: "请不要压缩内容",
    503: "现在存不了，请稍后再发一次",
}
_LEAST_ERROR = 400


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """Adds the headers that a handler did not set itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    trace = tracing.fresh()
    with tracing.traced(trace):
        return await _guarded(request, handler, trace)


async def _guarded(request: web.Request, handler: Handler, incident: str) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < _LEAST_ERROR:
            raise
        allow = answer.headers.get("Allow")
        if request.path.startswith(_API):
            return _refused(answer.status, allow)
        if request.path.startswith(_PAGES):
            return _page(request, answer.status, allow)
        raise
    except NotStored:
        return _unwell(request, 503, _IN_WORDS[503])
    except Exception as error:  # noqa: BLE001 (the last one who can answer)
        # No traceback: it would show values. The places are enough to find it.
        log.error(  # noqa: TRY400
            "request_failed",
            incident=incident,
            method=request.method,
            route=_route(request),
            error=describe(error),
            frames=frames(error),
        )
        return _unwell(request, 500, f"出了意外，请稍后再试；要查原因请报编号 {incident}")


def _refused(status: int, allow: str | None) -> web.Response:
    words = _IN_WORDS.get(status, "没有接受")
    headers = {"Allow": allow} if allow else None
    return json_answer({"error": words, "field": None}, status=status, headers=headers)


def _page(request: web.Request, status: int, allow: str | None) -> web.StreamResponse:
    words = _IN_WORDS.get(status, "没有接受")
    if aiohttp_jinja2.APP_KEY not in request.app:
        return _unwell(request, status, words)  # this role has no pages
    answer = refusal(request, status, "链接打不开", f"{words}。请从卡片里重新打开。")
    if allow:
        answer.headers["Allow"] = allow
    return answer


def _unwell(request: web.Request, status: int, words: str) -> web.Response:
    if request.path.startswith(_API):
        return json_answer({"error": words, "field": None}, status=status)
    return web.Response(text=f"{words}\n", status=status)


def _route(request: web.Request) -> str:
    """The route's pattern: the path itself may hold a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
