"""Stream mode: tickets, connections, frames, acknowledgements (doc stream)."""

import asyncio
import itertools
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from aiohttp import WSMsgType, web

from bot.sandbox.dingtalk.connection import Connection
from bot.sandbox.ledger import Attempt, Call, Push
from bot.sandbox.wire import Refused, bug
from bot.sandbox.world import World

PATH = "/dingtalk-stream/connect"
TICKET_LIFE = timedelta(seconds=90)
OK = 200
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"
KINDS = ("EVENT", "CALLBACK")

FrameType = Literal["EVENT", "CALLBACK"]


@dataclass(frozen=True)
class _Ticket:
    subscriptions: frozenset[tuple[str, str]]
    expires_at: datetime


@dataclass(frozen=True)
class Frame:
    """What is delivered, the same at each delivery but for the connection and the time."""

    type: FrameType
    topic: str
    data: str
    push: Push
    message_id: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Ack:
    """How the bot answered a frame, and how many seconds that took."""

    code: int
    data: Any
    took: float


class Stream:
    def __init__(self, world: World) -> None:
        self._world = world
        self._tickets: dict[str, _Ticket] = {}
        self._connections: list[Connection] = []
        self._turns = itertools.count()
        self._changed = asyncio.Condition()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._frames: list[Frame] = []

    # What the bot does

    async def open(self, call: Call, body: Mapping[str, Any], accept: str) -> dict[str, Any]:
        """gateway/connections/open"""
        app = self._world.cast.dingtalk
        if (body.get("clientId"), body.get("clientSecret")) != (app.client_id, app.client_secret):
            raise Refused(
                "invalidClientIdOrSecret", "clientId or clientSecret is wrong", status=401
            )
        if "application/json" not in accept:
            bug("sandbox.xml", "without Accept: application/json the answer may come as XML")
        subscriptions = body.get("subscriptions")
        if not isinstance(subscriptions, list) or not subscriptions:
            bug("param.subscriptions", "at least one subscription is needed")
        wanted = frozenset(_subscription(entry) for entry in subscriptions)
        # A ticket with characters that a careless reader of queries would spoil.
        ticket = f"{secrets.token_hex(16)}+/{secrets.token_hex(4)}=="
        self._tickets[ticket] = _Ticket(wanted, self._world.now + TICKET_LIFE)
        return {"endpoint": self._world.base_url.replace("http", "ws", 1) + PATH, "ticket": ticket}

    async def connect(self, request: web.Request) -> web.StreamResponse:
        ticket = self._tickets.pop(request.query.get("ticket", ""), None)
        if ticket is None:
            self._world.ledger.violation("stream: a ticket that is unknown, used or not encoded")
            return web.Response(status=401)
        if ticket.expires_at <= self._world.now:
            return web.Response(status=401)
        socket = web.WebSocketResponse(autoping=False, autoclose=False, timeout=1)
        await socket.prepare(request)
        connection = Connection(socket, request.transport, ticket.subscriptions, self._world)
        await connection.system("CONNECTED", {})
        await self._add(connection)
        pinging = asyncio.create_task(connection.keep_alive())
        try:
            async for message in socket:
                await self._take(connection, message)
        finally:
            pinging.cancel()
            await asyncio.gather(pinging, return_exceptions=True)
            await self._remove(connection)
            if connection.dead:
                await self._world.closing.wait()
        return socket

    # What the platform does

    async def connected(self, count: int = 1) -> None:
        """Returns once at least `count` connections can be delivered to."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: sum(c.takes_frames for c in self._connections) >= count
            )

    async def deliver(
        self, push: Push, kind: FrameType, topic: str, data: Mapping[str, Any], **headers: str
    ) -> Ack | None:
        """The bot's acknowledgement, or None when every attempt went without one."""
        text = json.dumps(data, ensure_ascii=False)
        frame = Frame(kind, topic, text, push, secrets.token_hex(16), headers)
        self._frames.append(frame)
        return await self._deliver(frame)

    def half_dead(self) -> None:
        for connection in self._connections:
            connection.dead = True

    async def disconnect(self, reason: str = "persistent connection is timeout") -> None:
        for connection in list(self._connections):
            connection.leaving = True
            await connection.system("disconnect", {"reason": reason})
            self._world.errand(self._close_later(connection), awaited=False)

    async def drop(self) -> None:
        for connection in list(self._connections):
            connection.cut()

    async def redeliver(self, last: int = 1) -> None:
        for frame in self._frames[-last:]:
            await self._deliver(frame)

    async def ping(self) -> None:
        """Pings every connection now; what does not answer in time is dropped."""
        await asyncio.gather(*(connection.ping() for connection in self._connections))

    async def close(self) -> None:
        for connection in list(self._connections):
            connection.cut()

    # Within

    async def _deliver(self, frame: Frame) -> Ack | None:
        for _ in range(self._world.patience.stream_attempts):
            attempt = self._world.ledger.attempt(frame.push)
            ack = await self._try(frame, attempt)
            if ack is not None and ack.code == OK and not _wants_it_later(frame, ack):
                frame.push.accepted = True
                return ack
        return None

    async def _try(self, frame: Frame, attempt: Attempt) -> Ack | None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._waiting[frame.message_id] = answer
        began = loop.time()
        try:
            async with asyncio.timeout(self._world.patience.stream_connection):
                connection = await self._next_connection(frame)
            began = loop.time()
            await connection.frame(
                frame.type, frame.topic, frame.data, frame.message_id, frame.headers
            )
            async with asyncio.timeout(self._world.patience.stream_ack):
                code, data = await answer
        except TimeoutError:
            attempt.error = "no acknowledgement"
            return None
        finally:
            self._waiting.pop(frame.message_id, None)
        attempt.status, attempt.answer = code, json.dumps(data, ensure_ascii=False)
        return Ack(code, data, loop.time() - began)

    async def _next_connection(self, frame: Frame) -> Connection:
        """Waits for one that is subscribed; several take turns."""

        def candidates() -> list[Connection]:
            return [c for c in self._connections if c.wants(frame.type, frame.topic)]

        async with self._changed:
            await self._changed.wait_for(candidates)
            ready = candidates()
        return ready[next(self._turns) % len(ready)]

    async def _take(self, connection: Connection, message: Any) -> None:
        if connection.dead:
            return
        match message.type:
            case WSMsgType.PING:
                await connection.pong(message.data)
            case WSMsgType.TEXT:
                self._take_answer(connection, message.data)
            case WSMsgType.BINARY:
                self._world.ledger.violation("stream: a binary frame")

    def _take_answer(self, connection: Connection, text: str) -> None:
        """An ACK without a messageId is ignored, and noted."""
        try:
            body = json.loads(text)
            message_id = body["headers"]["messageId"]
            code, data = body["code"], body["data"]
        except (ValueError, KeyError, TypeError):
            self._world.ledger.violation(f"stream: an answer that is no ACK: {text[:200]}")
            return
        if not isinstance(data, str):
            self._world.ledger.violation("stream: an ACK whose data is no text")
            return
        if connection.pinged(message_id, data):
            return
        waiting = self._waiting.get(message_id)
        if waiting is not None and not waiting.done():
            waiting.set_result((code, _parsed(data)))

    async def _add(self, connection: Connection) -> None:
        async with self._changed:
            self._connections.append(connection)
            self._changed.notify_all()

    async def _remove(self, connection: Connection) -> None:
        async with self._changed:
            self._connections.remove(connection)
            self._changed.notify_all()

    async def _close_later(self, connection: Connection) -> None:
        await asyncio.sleep(self._world.patience.disconnect_grace)
        connection.cut()


def _subscription(entry: Any) -> tuple[str, str]:
    kind, topic = (entry.get("type"), entry.get("topic")) if isinstance(entry, dict) else (None, "")
    if kind not in KINDS or not isinstance(topic, str) or not topic:
        bug("param.subscriptions", f"a subscription of type {kind!r}, topic {topic!r}")
    return kind, topic


def _wants_it_later(frame: Frame, ack: Ack) -> bool:
    if frame.type != "EVENT":
        return False
    return not isinstance(ack.data, dict) or ack.data.get("status") != "SUCCESS"


def _parsed(data: str) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data
