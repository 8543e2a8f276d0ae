"""The server under the application: how aiohttp is kept from saying too much.

What is no HTTP, or a body that breaks off, never reaches the application; aiohttp would log such
a request with a traceback that shows a part of it, and send that part back. Here it is one line
with the kind of error, and an answer without any of the request.

Bodies are taken as they are sent: who compresses them is refused (reception.py), so nobody can
make a megabyte of a kilobyte.
"""

import asyncio
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from bot.faults import describe
from bot.web.guard import HEADERS

log = structlog.get_logger(__name__)

KEEP_IDLE_SECONDS = 75.0
"""Longer than proxies keep theirs (nginx: 60), so that they close first; aiohttp: an hour."""
_MANNERS: dict[str, Any] = {
    "keepalive_timeout": KEEP_IDLE_SECONDS,
    "access_log": None,
    "auto_decompress": False,
}
_WORDS = {400: "请求读不懂", 500: "出了意外，请稍后再试"}
_BROKEN = 400


class Connection(RequestHandler):
    """One connection; its complaints carry nothing of what was sent."""

    __slots__ = ()

    def log_exception(self, *args: Any, **given: Any) -> None:
        error = given.get("exc_info")
        if isinstance(error, web.RequestPayloadError):
            return  # the answer went out; what is left of a broken body is nobody's business
        kind = describe(error) if isinstance(error, BaseException) else "unknown"
        log.warning("request_broken", error=kind)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        self.log_exception(exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        words = _WORDS.get(status, _WORDS[_BROKEN])
        answer = web.Response(status=status, text=f"{words}\n", headers=HEADERS)
        answer.force_close()
        return answer


class _Server(web.Server):
    def __call__(self) -> Connection:
        return Connection(self, loop=asyncio.get_running_loop(), **_MANNERS)


class Listener(web.AppRunner):
    """Runs an application as `web.AppRunner` does, over connections of this kind."""

    def __init__(self, app: web.Application, *, shutdown_timeout: float = 60.0) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=shutdown_timeout)

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        return _Server(plain.request_handler, request_factory=plain.request_factory)
