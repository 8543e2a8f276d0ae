"""The bot's end of a Stream connection, driven by hand."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from bot.sandbox.server import Sandbox
from tests.sandbox.caller import Reply

SUBSCRIPTIONS = [
    {"type": "EVENT", "topic": "*"},
    {"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"},
    {"type": "CALLBACK", "topic": "/v1.0/card/instances/callback"},
]

Answering = Callable[[dict[str, Any]], dict[str, Any] | None]


def acknowledged(frame: dict[str, Any], data: Any = None) -> dict[str, Any]:
    """A good ACK, or a good pong."""
    if frame["headers"]["topic"] == "ping":
        return {"code": 200, "headers": frame["headers"], "message": "OK", "data": frame["data"]}
    if data is None:
        data = {"status": "SUCCESS"} if frame["type"] == "EVENT" else {"response": {}}
    headers = {"messageId": frame["headers"]["messageId"], "contentType": "application/json"}
    return {"code": 200, "headers": headers, "message": "OK", "data": json.dumps(data)}


@dataclass
class StreamBot:
    """Answers every frame with `answer`; keeps the frames that are not SYSTEM."""

    sandbox: Sandbox
    session: ClientSession
    answer: Answering = acknowledged
    frames: list[dict[str, Any]] = field(default_factory=list)
    system: list[dict[str, Any]] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _socket: ClientWebSocketResponse[bool] | None = None
    _reading: asyncio.Task[None] | None = None

    async def open(self, **change: Any) -> Reply:
        app = self.sandbox.cast.dingtalk
        body = {
            "clientId": app.client_id,
            "clientSecret": app.client_secret,
            "subscriptions": SUBSCRIPTIONS,
        }
        url = f"{self.sandbox.base_url}/dingtalk/v1.0/gateway/connections/open"
        headers = {"Accept": "application/json"}
        async with self.session.post(url, json=body | change, headers=headers) as answer:
            return Reply(answer.status, await answer.json())

    async def connect(self, **change: Any) -> None:
        opened = (await self.open(**change)).body
        await self.connect_with(quote(opened["ticket"], safe=""))

    async def connect_with(self, ticket: str) -> None:
        url = f"{self.sandbox.base_url}/dingtalk-stream/connect?ticket={ticket}"
        self._socket = await self.session.ws_connect(url)
        self._reading = asyncio.create_task(self._read(self._socket))

    async def sends(self, text: str) -> None:
        assert self._socket is not None
        await self._socket.send_str(text)

    async def close(self) -> None:
        if self._socket is not None and self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            await self._socket.close()

    async def _read(self, socket: ClientWebSocketResponse[bool]) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            (self.system if frame["type"] == "SYSTEM" else self.frames).append(frame)
            if (answer := self.answer(frame)) is not None and not _told_only(frame):
                await socket.send_str(json.dumps(answer))
        self.ended.set()


def _told_only(frame: dict[str, Any]) -> bool:
    return frame["type"] == "SYSTEM" and bool(frame["headers"]["topic"] != "ping")
