"""DingTalk's Stream mode: a websocket that we open, so that no public address is needed.

Every connection needs a ticket of its own. Now and then the server sends `disconnect`: a new
connection is opened at once, what is in flight is finished and answered over the old one, which
is closed then (open.dingtalk.com/document/development/stream).
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import quote

import aiohttp
import structlog
from yarl import URL

from bot.platforms.dingtalk import DingTalkReader
from bot.platforms.stream_frames import SUBSCRIPTIONS, Frame, FrameHandler, parse_frame, pong
from bot.platforms.wire import Unreadable, read_object, required
from config.clock import Clock
from config.settings import DingTalk
from crm_store.arrival import Accept

log = structlog.get_logger(__name__)

MOST_IN_FLIGHT = 1000
"""Frames beyond it are left unanswered, so that DingTalk sends them again."""
OK = 200
CLIENT_FAULTS = range(400, 500)
PASSING_FAULTS = (408, 429)


@dataclass(frozen=True)
class Patience:
    """How long things may take, in seconds."""

    opening: float = 10
    heartbeat: float = 20
    silence: float = 300
    """Nothing at all for so long, not even a ping of the server's: the socket is dead."""
    grace: float = 8
    """For what is in flight, when a connection ends. The server closes the old one after ten."""
    first_retry: float = 1
    longest_retry: float = 60
    refused: float = 300
    """After a 4xx: only a person can mend the settings."""


class Refused(Exception):
    """DingTalk does not let this app in."""


class Ending(Enum):
    HANDED_OVER = auto()
    LOST = auto()


class StreamClient:
    """Keeps one connection open and hands what comes over it to `accept`.

    `alarm` hears, once per streak, in Chinese, that DingTalk refuses the app. The session belongs
    to the caller.
    """

    def __init__(
        self,
        settings: DingTalk,
        session: aiohttp.ClientSession,
        accept: Accept,
        clock: Clock,
        *,
        alarm: Callable[[str], None] | None = None,
        rng: random.Random | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._settings = settings
        self._session = session
        self._handler = FrameHandler(DingTalkReader(settings.oapi_base), accept, clock)
        self._alarm = alarm or _log_alarm
        self._patience = patience or Patience()
        self._backoff = Backoff(self._patience, rng or random.Random())
        self._line: Line | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None
        self._stopping = False
        self._ended = asyncio.Event()
        self._ended.set()

    async def run(self) -> None:
        """Listens until it is cancelled or `stop` is called; leaves nothing running behind."""
        if self._stopping:
            return
        self._ended.clear()
        self._listening = asyncio.create_task(self._stay_connected())
        try:
            await asyncio.wait({self._listening})
            if not self._listening.cancelled():
                self._listening.result()
        finally:
            try:
                await self._wind_down(self._listening)
            finally:
                self._ended.set()

    async def stop(self) -> None:
        """Takes no more frames, finishes those in flight, and returns when `run` is over."""
        self._stopping = True
        if self._listening is not None:
            self._listening.cancel()
        await self._ended.wait()

    async def _stay_connected(self) -> None:
        refusals = 0
        while True:
            try:
                line = self._line = await self._connect()
            except Refused as refused:
                if not refusals:
                    self._alarm(str(refused))
                refusals += 1
                await asyncio.sleep(self._patience.refused)
                continue
            except (aiohttp.ClientError, OSError, TimeoutError, Unreadable) as error:
                log.warning("dingtalk_stream_not_opened", error=type(error).__name__)
                await asyncio.sleep(self._backoff.after_loss())
                continue
            refusals = 0
            ending = await self._listen(line)
            self._retire(line)
            log.info("dingtalk_stream_ended", ending=ending.name)
            if ending is Ending.HANDED_OVER:
                await asyncio.sleep(self._backoff.after_handover())
            else:
                await asyncio.sleep(self._backoff.after_loss())

    async def _connect(self) -> "Line":
        async with asyncio.timeout(self._patience.opening):
            address = await self._ticket()
            socket = await self._session.ws_connect(address, heartbeat=self._patience.heartbeat)
        log.info("dingtalk_stream_connected", host=address.host)
        return Line(socket, self._handler)

    async def _ticket(self) -> URL:
        """The address of one new connection; its ticket is good for this once."""
        opening = {
            "clientId": self._settings.client_id,
            "clientSecret": self._settings.client_secret.get_secret_value(),
            "subscriptions": SUBSCRIPTIONS,
            "ua": "genjin",
        }
        async with self._session.post(
            f"{self._settings.api_base}/v1.0/gateway/connections/open",
            json=opening,
            headers={"Accept": "application/json"},
        ) as answer:
            if answer.status in CLIENT_FAULTS and answer.status not in PASSING_FAULTS:
                raise Refused(
                    f"钉钉拒绝了 Stream 连接（HTTP {answer.status}）：请核对 dingtalk.client_id "
                    "与 client_secret，并确认应用已发布、消息接收模式为 Stream"
                )
            if answer.status != OK:
                raise Unreadable(f"HTTP {answer.status}")
            body = read_object(await answer.read())
        return _address(required(body, "endpoint"), required(body, "ticket"))

    async def _listen(self, line: "Line") -> Ending:
        """Takes frames until the connection ends; a silent one is given up as dead."""
        while True:
            try:
                async with asyncio.timeout(self._patience.silence):
                    frame = await line.next()
            except TimeoutError:
                log.warning("dingtalk_stream_silent", seconds=self._patience.silence)
                return Ending.LOST
            if frame is None:
                return Ending.LOST
            if frame.is_disconnect:
                return Ending.HANDED_OVER
            if frame.is_ping or frame.kind != "SYSTEM":
                self._backoff.reset()
            await line.take(frame)

    def _retire(self, line: "Line") -> None:
        self._line = None
        task = asyncio.create_task(line.finish(self._patience.grace))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _wind_down(self, listening: asyncio.Task[None]) -> None:
        listening.cancel()
        try:
            await asyncio.wait({listening})
        finally:
            if self._line is not None:
                self._retire(self._line)
            await asyncio.gather(*self._retiring, return_exceptions=True)


class Line:
    """One connection, and the frames of it that are being worked on."""

    def __init__(
        self, socket: "aiohttp.ClientWebSocketResponse[bool]", handler: FrameHandler
    ) -> None:
        self._socket = socket
        self._handler = handler
        self._in_flight: set[asyncio.Task[None]] = set()

    async def next(self) -> Frame | None:
        """The next frame that can be read; None when the connection is gone."""
        while True:
            message = await self._socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                try:
                    return parse_frame(str(message.data))
                except Unreadable as error:
                    log.warning("dingtalk_stream_unreadable_frame", error=str(error))
            elif message.type is not aiohttp.WSMsgType.BINARY:
                return None

    async def take(self, frame: Frame) -> None:
        """Answers a ping at once; anything else is worked on beside the others."""
        if frame.is_ping:
            await self._send(pong(frame))
        elif len(self._in_flight) < MOST_IN_FLIGHT:
            task = asyncio.create_task(self._work_on(frame))
            self._in_flight.add(task)
            task.add_done_callback(self._worked)
        else:
            log.error("dingtalk_stream_overloaded", in_flight=len(self._in_flight))

    async def finish(self, grace: float) -> None:
        """Waits for what is in flight, at most `grace` seconds, and closes the connection."""
        try:
            if self._in_flight:
                await asyncio.wait(self._in_flight, timeout=grace)
        finally:
            left = list(self._in_flight)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            await self._socket.close()

    async def _work_on(self, frame: Frame) -> None:
        answer = await self._handler.answer(frame)
        if answer is not None and frame.message_id:
            await self._send(answer)

    async def _send(self, text: str) -> None:
        """A connection that is gone takes no answer; DingTalk repeats, the inbox knows it."""
        try:
            await self._socket.send_str(text)
        except (aiohttp.ClientError, ConnectionError):
            log.info("dingtalk_stream_unanswered")

    def _worked(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("dingtalk_stream_frame_failed", exc_info=error)


class Backoff:
    """Growing, jittered waits, so that a fleet does not come back all at once."""

    def __init__(self, patience: Patience, rng: random.Random) -> None:
        self._patience = patience
        self._rng = rng
        self._failures = 0

    def reset(self) -> None:
        """A connection has proved itself by a ping or a message."""
        self._failures = 0

    def after_loss(self) -> float:
        longest = min(
            self._patience.first_retry * 2.0 ** min(self._failures, 30),
            self._patience.longest_retry,
        )
        self._failures += 1
        return self._rng.uniform(longest / 2, longest)

    def after_handover(self) -> float:
        """None at all, but for a server that hands over connections it never used."""
        if self._failures:
            return self.after_loss()
        self._failures = 1
        return 0.0


def _address(endpoint: str, ticket: str) -> URL:
    joint = "&" if "?" in endpoint else "?"
    try:
        address = URL(f"{endpoint}{joint}ticket={quote(ticket, safe='')}", encoded=True)
    except ValueError:
        address = URL()
    if address.scheme not in ("ws", "wss", "http", "https") or not address.host:
        raise Unreadable("an endpoint that is no websocket")
    return address


def _log_alarm(text: str) -> None:
    log.error("dingtalk_stream_refused", advice=text)
