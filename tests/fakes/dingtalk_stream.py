"""DingTalk's Stream gateway as a small server on this machine, scripted by the test.

It gives a ticket for one connection, sends frames, and remembers what came back.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

CLIENT_ID = "dingapp"
CLIENT_SECRET = "stream-secret"
ROBOT = "/v1.0/im/bot/messages/get"
CARD = "/v1.0/card/instances/callback"

Json = dict[str, Any]


class Socket:
    """One connection of the client's, seen from the server."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self.answers: asyncio.Queue[Json] = asyncio.Queue()
        self.closed = asyncio.Event()

    async def says(
        self, kind: str, topic: str, data: object, *, message_id: str = "mid1", **headers: str
    ) -> None:
        frame = {
            "specVersion": "1.0",
            "type": kind,
            "headers": {"messageId": message_id, "topic": topic, **headers},
            "data": data if isinstance(data, str) else json.dumps(data),
        }
        await self.sends(json.dumps(frame))

    async def sends(self, text: str) -> None:
        await self._socket.send_str(text)

    async def sends_bytes(self, data: bytes) -> None:
        await self._socket.send_bytes(data)

    async def drops(self) -> None:
        await self._socket.close()

    async def answer(self) -> Json:
        """The next frame that the client sends."""
        return await self.answers.get()

    async def listen(self) -> None:
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                self.answers.put_nowait(json.loads(message.data))
        self.closed.set()


class StreamGateway:
    """`refusals` are the HTTP statuses with which the next openings fail, `astray` the endpoints
    to which the ones after them lead."""

    def __init__(self) -> None:
        self.address = ""
        self.refusals: deque[int] = deque()
        self.astray: deque[str] = deque()
        self.openings: list[Json] = []
        self.sockets: asyncio.Queue[Socket] = asyncio.Queue()
        self._tickets: set[str] = set()

    async def connection(self) -> Socket:
        """The next connection that the client makes."""
        return await self.sockets.get()

    async def _open(self, request: web.Request) -> web.Response:
        self.openings.append(await request.json())
        if self.refusals:
            return web.Response(status=self.refusals.popleft(), text="<html>no</html>")
        asked = self.openings[-1]
        if asked["clientSecret"] != CLIENT_SECRET or not asked["subscriptions"]:
            return web.json_response({"code": "authFailed"}, status=401)
        ticket = f"ticket/{len(self.openings)}+&="
        self._tickets.add(ticket)
        right = f"{self.address.replace('http', 'ws', 1)}/connect"
        endpoint = self.astray.popleft() if self.astray else right
        return web.json_response({"endpoint": endpoint, "ticket": ticket})

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query["ticket"]
        if ticket not in self._tickets:
            return web.Response(status=401)
        self._tickets.remove(ticket)
        response = web.WebSocketResponse()
        await response.prepare(request)
        socket = Socket(response)
        self.sockets.put_nowait(socket)
        await socket.listen()
        return response

    @asynccontextmanager
    async def running(self) -> AsyncIterator["StreamGateway"]:
        app = web.Application()
        app.router.add_post("/v1.0/gateway/connections/open", self._open)
        app.router.add_get("/connect", self._connect)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()
