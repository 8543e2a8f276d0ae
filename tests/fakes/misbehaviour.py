"""What a platform's server does wrong, once, on demand."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from aiohttp import web


class Mood(Enum):
    SILENT = "never answers"
    RESET = "cuts the connection"
    HTML = "answers with a page of HTML"
    BROKEN = "answers HTTP 502"


@dataclass
class Misbehaviour:
    """Moods to come, one a request; a silent request is let go when the server is told to rest."""

    moods: deque[Mood] = field(default_factory=deque)
    rest: asyncio.Event = field(default_factory=asyncio.Event)

    async def instead(self, request: web.Request) -> web.Response | None:
        if not self.moods:
            return None
        match self.moods.popleft():
            case Mood.SILENT:
                await self.rest.wait()
            case Mood.RESET:
                assert request.transport is not None
                request.transport.abort()
            case Mood.HTML:
                return web.Response(text="<html>拦截</html>", content_type="text/html")
            case Mood.BROKEN:
                return web.json_response({"errcode": 0, "errmsg": "ok"}, status=502)
        return web.Response()
