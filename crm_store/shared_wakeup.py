"""Wake-ups between processes, over Redis: the web process stores, the worker's loop wakes.

What is told is gathered for a moment, so that a busy process tells some dozens of times a second
and not once an event. Whoever does not hear it looks by himself within a second.
"""

import asyncio
import random
import uuid
from typing import Any

import structlog
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError

from crm_store.redis_link import RedisLink, heed_cancellation
from crm_store.wakeup import LocalWakeup

log = structlog.get_logger(__name__)

_GATHERED_FOR = 0.02
_SILENCE = 5.0
"""Seconds without a word after which the listener asks whether the connection lives."""
_FIRST_RETRY, _LONGEST_RETRY = 0.2, 5.0


class SharedWakeup(LocalWakeup):
    """Wakes the loops of this process at once, and those of the others through Redis.

    `tell` and `hear` are loops; a process without consumers need not hear.
    """

    def __init__(self, link: RedisLink, *, silence: float = _SILENCE) -> None:
        super().__init__()
        self._link = link
        self._silence = silence
        self._channel = link.name("wakeup")
        self._myself = uuid.uuid4().hex
        self._untold: set[str] = set()
        self._has_untold = asyncio.Event()
        self.hears = asyncio.Event()
        """Set while the others can be heard."""

    def inbox(self) -> None:
        super().inbox()
        self._tell("inbox")

    def outbox(self) -> None:
        super().outbox()
        self._tell("outbox")

    def desk(self) -> None:
        super().desk()
        self._tell("desk")

    def _tell(self, word: str) -> None:
        self._untold.add(word)
        self._has_untold.set()

    async def tell(self) -> None:
        """Tells the others what has become due, until cancelled."""
        while True:
            await self._has_untold.wait()
            self._has_untold.clear()
            words = " ".join(sorted(self._untold))
            self._untold.clear()
            await self._say(words)
            await asyncio.sleep(_GATHERED_FOR)

    async def _say(self, words: str) -> None:
        said = f"{self._myself} {words}"
        await self._link.ask(lambda redis: redis.publish(self._channel, said))

    async def hear(self) -> None:
        """Wakes this process's loops when another tells of something, until cancelled."""
        wait = _FIRST_RETRY
        while True:
            try:
                await self._listen()
            except (RedisError, OSError, TimeoutError) as lost:
                heed_cancellation(0)
                if self.hears.is_set():
                    wait = _FIRST_RETRY
                    log.warning("wakeups_not_heard", error=type(lost).__name__)
            finally:
                self.hears.clear()
            # Jittered, so that a fleet does not come back all at once.
            await asyncio.sleep(random.uniform(wait / 2, wait))
            wait = min(2 * wait, _LONGEST_RETRY)

    async def _listen(self) -> None:
        async with self._link.redis.pubsub() as channel:
            await channel.subscribe(self._channel)
            was_asked = False
            while True:
                heed_cancellation(0)
                message = await channel.get_message(timeout=self._silence)
                if message is not None:
                    was_asked = False
                    self._heard(message)
                elif was_asked:
                    raise ConnectionLost("neither words nor a pong")
                else:
                    was_asked = True
                    await channel.ping()

    def _heard(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self.hears.set()
            log.info("wakeups_heard")
            # What was told before nobody here has heard.
            super().inbox()
            super().outbox()
            super().desk()
        elif message["type"] == "message":
            teller, *words = message["data"].decode(errors="replace").split() or [""]
            if teller == self._myself:
                return
            if "inbox" in words:
                super().inbox()
            if "outbox" in words:
                super().outbox()
            if "desk" in words:
                super().desk()
