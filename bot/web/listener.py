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
ASKS_WITHIN_SECONDS = 20.0
"""Who has connected has to have sent a whole head by then: idle connections are not free."""
_MANNERS: dict[str, Any] = {
    "keepalive_timeout": KEEP_IDLE_SECONDS,
    "access_log": None,
    "auto_decompress": False,
    # How long the rest of a refused body is still read, so that the refusal arrives.
    "lingering_time": 2.0,
}
_WORDS = {400: "请求读不懂", 500: "出了意外，请稍后再试"}
_BROKEN = 400


class Connection(RequestHandler):
    """One connection; its complaints carry nothing of what was sent."""

    __slots__ = ("_asks_within", "_hurry")

    def __init__(self, *args: Any, asks_within: float, **given: Any) -> None:
        super().__init__(*args, **given)
        self._asks_within = asks_within
        self._hurry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._hurry = loop.call_later(self._asks_within, self._close_unasked)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
        super().connection_lost(exc)

    def _close_unasked(self) -> None:
        if self._request_count == 0:
            self.force_close()

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
    asks_within = ASKS_WITHIN_SECONDS

    def __call__(self) -> Connection:
        loop = asyncio.get_running_loop()
        return Connection(self, loop=loop, asks_within=self.asks_within, **_MANNERS)


class Listener(web.AppRunner):
    """Runs an application as `web.AppRunner` does, over connections of this kind."""

    __slots__ = ("_asks_within",)

    def __init__(
        self,
        app: web.Application,
        *,
        shutdown_timeout: float = 60.0,
        asks_within: float = ASKS_WITHIN_SECONDS,
    ) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=shutdown_timeout)
        self._asks_within = asks_within

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        server = _Server(plain.request_handler, request_factory=plain.request_factory)
        server.asks_within = self._asks_within
        return server
