"""What the sandbox's parts share: the clock, the cast, the records, and where the bot lives."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from aiohttp import ClientSession

from bot.sandbox.cast import Cast
from bot.sandbox.faults import Faults
from bot.sandbox.ledger import Ledger
from bot.sandbox.screens import Screens
from config.clock import TurnedClock

DingTalkMode = Literal["stream", "http"]


class Impossible(Exception):
    """A person cannot do this here and now; the message says why, in Chinese."""


@dataclass(frozen=True)
class Patience:
    """How long the platforms wait, in real seconds. Lives and limits go by the clock instead."""

    callback: float = 5.0
    verification: float = 1.0
    callback_attempts: int = 3
    stream_connection: float = 5.0
    """How long a frame waits for a connection to be there at all."""
    stream_ack: float = 3.0
    stream_attempts: int = 3
    ping_every: float = 30.0
    ping_answer: float = 10.0
    disconnect_grace: float = 10.0
    robot_push: float = 2.5
    robot_resend: float = 60.0
    robot_attempts: int = 2
    card_answer: float = 2.0
    event_push: float = 1.5
    event_retries: tuple[float, ...] = (10.0, 30.0)


class World:
    """One sandbox's shared state. Work that nobody waits for is kept here and ended on stop."""

    def __init__(
        self, clock: TurnedClock, cast: Cast, patience: Patience, dingtalk_mode: DingTalkMode
    ) -> None:
        self.clock = clock
        self.cast = cast
        self.patience = patience
        self.dingtalk_mode: DingTalkMode = dingtalk_mode
        self.ledger = Ledger(clock.now)
        self.screens = Screens(clock.now)
        clock.on_turn(self.screens.touch)
        self.faults = Faults()
        self.closing = asyncio.Event()
        self.base_url = ""
        self.bot_url: str | None = None
        self._session: ClientSession | None = None
        self._errands: set[asyncio.Task[Any]] = set()
        self._awaited: set[asyncio.Task[Any]] = set()

    @property
    def session(self) -> ClientSession:
        if self._session is None:
            raise RuntimeError("the sandbox has not been started")
        return self._session

    @property
    def bot(self) -> str:
        """Where callbacks go; raises Impossible where nobody is connected."""
        if self.bot_url is None:
            raise Impossible("机器人还在启动，请过一两秒再试")
        return self.bot_url

    @property
    def seconds(self) -> int:
        return int(self.now.timestamp())

    @property
    def milliseconds(self) -> int:
        return int(self.now.timestamp() * 1000)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def open(self) -> None:
        self._session = ClientSession()

    async def close(self) -> None:
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def errand(self, work: Coroutine[Any, Any, Any], *, awaited: bool = True) -> None:
        """Runs beside whoever asked for it. `awaited`: the bot will hear of it."""
        task = asyncio.get_running_loop().create_task(work)
        for tasks in (self._errands, self._awaited) if awaited else (self._errands,):
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def settled(self) -> None:
        """Returns once no awaited errand is under way; raises what one of them raised."""
        while self._awaited:
            await asyncio.gather(*self._awaited)
