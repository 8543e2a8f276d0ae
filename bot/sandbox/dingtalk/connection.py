"""One websocket of Stream mode, and what may be wrong with it."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.world import World


class Connection:
    """`dead`: open, and nothing comes through. `leaving`: told to go, nothing new is delivered."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        subscriptions: frozenset[tuple[str, str]],
        world: World,
    ) -> None:
        self._socket = socket
        self._transport = transport
        self._subscriptions = subscriptions
        self._world = world
        self._id = secrets.token_hex(8)
        self._pings: dict[str, tuple[str, asyncio.Event]] = {}
        self.dead = False
        self.leaving = False

    @property
    def takes_frames(self) -> bool:
        """As far as the platform knows: a dead one looks like any other."""
        return not self.leaving and not self._socket.closed

    def wants(self, kind: str, topic: str) -> bool:
        subscribed = (kind, topic) in self._subscriptions or (kind, "*") in self._subscriptions
        return self.takes_frames and subscribed

    async def frame(
        self, kind: str, topic: str, data: str, message_id: str, headers: Mapping[str, str]
    ) -> None:
        """Sends one frame; what cannot be sent is lost, as it is on a real line."""
        if self.dead:
            return
        frame = {
            "specVersion": "1.0",
            "type": kind,
            "headers": {
                "appId": self._world.cast.dingtalk.client_id,
                "connectionId": self._id,
                "contentType": "application/json",
                "messageId": message_id,
                "time": str(self._world.milliseconds),
                "topic": topic,
                **headers,
            },
            "data": data,
        }
        with contextlib.suppress(ConnectionError):
            await self._socket.send_str(json.dumps(frame, ensure_ascii=False))

    async def system(self, topic: str, data: Mapping[str, Any]) -> None:
        text = json.dumps(data, ensure_ascii=False)
        await self.frame("SYSTEM", topic, text, secrets.token_hex(16), {})

    async def pong(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            await self._socket.pong(data)

    async def keep_alive(self) -> None:
        while not self._socket.closed:
            await asyncio.sleep(self._world.patience.ping_every)
            await self.ping()

    async def ping(self) -> None:
        """Drops the connection when the bot does not answer in time. A dead one is left alone."""
        message_id, answered = secrets.token_hex(16), asyncio.Event()
        data = json.dumps({"opaque": secrets.token_hex(8)})
        self._pings[message_id] = (data, answered)
        await self.frame("SYSTEM", "ping", data, message_id, {})
        try:
            async with asyncio.timeout(self._world.patience.ping_answer):
                await answered.wait()
        except TimeoutError:
            if not self.dead:
                self.cut()
        finally:
            self._pings.pop(message_id, None)

    def pinged(self, message_id: str, data: str) -> bool:
        """Whether this is the answer to a ping; it has to bring the ping's data back."""
        if message_id not in self._pings:
            return False
        sent, answered = self._pings[message_id]
        if data != sent:
            self._world.ledger.violation("stream: a ping was answered with other data")
            return True
        answered.set()
        return True

    def cut(self) -> None:
        """Ends the connection without a closing handshake."""
        if self._transport is not None:
            self._transport.abort()
