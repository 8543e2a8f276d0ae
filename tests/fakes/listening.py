"""A fake service on a free port of this machine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

LARGEST = 4 * 1024 * 1024
"""Bytes of a request: a minute's recording."""


@asynccontextmanager
async def listening(
    path: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> AsyncIterator[str]:
    """Answers what is posted to /v1`path`; its base, up to /v1."""
    app = web.Application(client_max_size=LARGEST)
    app.router.add_post(f"/v1{path}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()
