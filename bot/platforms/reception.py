"""What every callback handler does with a request: read it within bounds, answer when durable."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from aiohttp import web

from bot.platforms.envelope import EnvelopeError
from bot.platforms.wire import Unreadable, moment
from crm_store.arrival import Accept, Arrival
from crm_store.errors import NotStored

log = structlog.get_logger(__name__)

LARGEST_BODY = 1 << 20
FRESH = timedelta(minutes=10)
SENT_WITHIN_SECONDS = 30.0


async def body_of(request: web.Request) -> bytes:
    """The body, at most 1 MiB (else 413), as it was sent (415 where it is compressed) and within
    a time in which any platform has sent it (408)."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise web.HTTPUnsupportedMediaType
    if request.content.is_eof():  # it came along with its head, as nearly every callback does
        return _all_there(request)
    try:
        async with asyncio.timeout(SENT_WITHIN_SECONDS):
            return await _within_bounds(request)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


def _all_there(request: web.Request) -> bytes:
    try:
        body = request.content.read_nowait()
    except web.RequestPayloadError:
        raise web.HTTPBadRequest from None
    if len(body) > LARGEST_BODY:
        raise _too_large(len(body))
    return body


async def _within_bounds(request: web.Request) -> bytes:
    if (request.content_length or 0) > LARGEST_BODY:
        raise _too_large(request.content_length or 0)
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise _too_large(len(body))
    except web.RequestPayloadError:
        raise web.HTTPBadRequest from None
    return bytes(body)


def one_value(request: web.Request, *names: str) -> str:
    """A query parameter that is there exactly once (decoded once, by aiohttp); else 403.

    Of several `names`, the first that is there counts.
    """
    for name in names:
        values = request.query.getall(name, [])
        if len(values) == 1:
            return values[0]
        if values:
            break
    log.warning("callback_refused", path=request.path, why=f"no single {names[0]}")
    raise web.HTTPForbidden


def fresh_timestamp(request: web.Request, now: datetime) -> str:
    """The query's timestamp (seconds or milliseconds), as it came; 403 where it is stale."""
    timestamp = one_value(request, "timestamp")
    if not is_fresh(timestamp, now):
        log.warning("callback_refused", path=request.path, why="stale timestamp")
        raise web.HTTPForbidden
    return timestamp


def is_fresh(timestamp: str, now: datetime) -> bool:
    try:
        return abs(now - moment(timestamp)) <= FRESH
    except Unreadable:
        return False


def refusal(request: web.Request, error: EnvelopeError) -> web.HTTPException:
    """403 for a stranger, 400 for a genuine sender's broken envelope."""
    log.warning("callback_refused", path=request.path, why=str(error))
    return web.HTTPForbidden() if error.forged else web.HTTPBadRequest()


async def store(accept: Accept, arrivals: Sequence[Arrival]) -> None:
    """Returns once the arrivals are durable; 503 with an empty body where they could not be."""
    if not arrivals:
        return
    try:
        await accept(arrivals)
    except NotStored:
        log.warning("callback_not_stored", keys=[arrival.key for arrival in arrivals])
        raise web.HTTPServiceUnavailable(text="") from None


def _too_large(size: int) -> web.HTTPRequestEntityTooLarge:
    return web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=size)
