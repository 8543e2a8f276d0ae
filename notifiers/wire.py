"""The HTTP edge shared by the platforms' clients: bytes out, a JSON object back, or Retryable.

What went over the wire is never logged and never part of an error: addresses carry tokens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import orjson

from notifiers.errors import Retryable

PATIENCE = timedelta(seconds=10)
SERVER_FAULT = 500


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Raw:
    """An answer as it came, whatever its status."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class TooLong(Exception):
    """The answer has more bytes than anybody wants to read."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


def as_json(body: Mapping[str, Any]) -> bytes:
    """The same bytes for the same content, so that a retry is the same request to the byte."""
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


class Wire:
    """Makes one request at a time; whoever owns the session closes it."""

    def __init__(self, session: aiohttp.ClientSession, patience: timedelta = PATIENCE) -> None:
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=patience.total_seconds())

    async def get(self, url: str, query: Mapping[str, str]) -> Answer:
        return await self._exchange("GET", url, query=query)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Answer:
        return await self._exchange(method, url, query=query, headers=headers, body=body)

    async def _exchange(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        raw = await self.raw(method, url, query=query, headers=headers, body=body)
        return Answer(raw.status, _read(raw.status, raw.content))

    async def raw(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        longest: int | None = None,
    ) -> Raw:
        """The answer unread. Raises Retryable where none came, TooLong past `longest` bytes."""
        of_json = {"Content-Type": "application/json", "Accept": "application/json"}
        try:
            async with self._session.request(
                method,
                url,
                params=query,
                data=body,
                headers={**(of_json if body is not None else {}), **(headers or {})},
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                content = await _bytes_of(response, longest)
                return Raw(response.status, response.headers, content)
        except TimeoutError:
            raise Retryable("the platform did not answer in time", code="timeout") from None
        except (aiohttp.ClientError, OSError) as fault:
            # Its text may hold the address, and the address a token: only its name goes on.
            kind = type(fault).__name__
            raise Retryable(f"the connection failed ({kind})", code="connection") from None


async def _bytes_of(response: aiohttp.ClientResponse, longest: int | None) -> bytes:
    if longest is None:
        return await response.read()
    pieces, size = [], 0
    async for piece in response.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > longest:
            response.close()
            raise TooLong(response.status)
    return b"".join(pieces)


def _read(status: int, raw: bytes) -> dict[str, Any]:
    if status >= SERVER_FAULT:
        raise Retryable(f"the platform answered HTTP {status}", code=f"http {status}")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Retryable(f"HTTP {status} without a JSON object", code=f"http {status}")
    return body
