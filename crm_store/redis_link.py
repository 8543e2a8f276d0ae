"""The one way to Redis, which holds only what may be lost (ADR 18).

Whoever asks gets None where Redis is away or slow, never an error, and waits for it a quarter of
a second at most. After a failure it is left alone for a second; then one caller tries, and the
others go on without it until that one has got an answer.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from crm_store.vault import Vault

log = structlog.get_logger(__name__)

_ANSWERS_WITHIN = 0.25
_OF_ONE_STEP = 0.6
"""What part of it connecting may take, or reading: the driver's own limits come first."""
_LEFT_ALONE_FOR = 1.0
_REFUSALS_TOLD_EVERY = 60.0
_CONNECTIONS = 20

Answer = TypeVar("Answer")


class RedisLink:
    """Use `linked`. `space` keeps installations apart that share a Redis."""

    def __init__(
        self,
        url: str,
        *,
        space: str,
        answers_within: float = _ANSWERS_WITHIN,
        left_alone_for: float = _LEFT_ALONE_FOR,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.space = space
        self._answers_within = answers_within
        self._left_alone_for = left_alone_for
        self._monotonic = monotonic
        self._next_try = 0.0
        self._tell_again_at = 0.0
        self.is_away = False
        """Whether the last that was asked got no answer."""
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=answers_within,
            socket_connect_timeout=answers_within * _OF_ONE_STEP,
            socket_timeout=answers_within * _OF_ONE_STEP,
            # Its own retries would make a bounded wait a long one.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self.redis = Redis(connection_pool=pool)
        """For the listener, which waits longer than a question may. Everybody else asks."""

    def name(self, *parts: str) -> str:
        """A key or a channel of this installation."""
        return ":".join(("genjin", self.space, *parts))

    async def ask(self, question: Callable[[Redis], Awaitable[Answer]]) -> Answer | None:
        """The answer, or None where Redis gave none in time, or refused."""
        now = self._monotonic()
        if self.is_away:
            if now < self._next_try:
                return None
            self._next_try = now + self._left_alone_for
        was_cancelled = cancellations()
        try:
            async with asyncio.timeout(self._answers_within):
                answer = await question(self.redis)
        except ResponseError as refusal:
            heed_cancellation(was_cancelled)
            self._found()
            self._refused(refusal)
            return None
        except (RedisError, OSError, TimeoutError) as failure:
            heed_cancellation(was_cancelled)
            self._lost(failure)
            return None
        heed_cancellation(was_cancelled)
        self._found()
        return answer

    async def get(self, key: str) -> bytes | None:
        """What is kept under `key`; None as well where Redis gave no answer."""
        found = await self.ask(lambda redis: redis.get(key))
        return found if isinstance(found, bytes) else None

    def _found(self) -> None:
        if self.is_away:
            self.is_away = False
            log.info("redis_is_back")

    def _refused(self, refusal: ResponseError) -> None:
        """It is full, say, or has become a replica: what it does not refuse it still does."""
        now = self._monotonic()
        if now >= self._tell_again_at:
            self._tell_again_at = now + _REFUSALS_TOLD_EVERY
            log.warning("redis_refuses", error=type(refusal).__name__)

    def _lost(self, failure: Exception) -> None:
        self._next_try = self._monotonic() + self._left_alone_for
        if not self.is_away:
            self.is_away = True
            # Only its kind: the text may hold the address, and that a password.
            log.warning("redis_is_away", error=type(failure).__name__)

    async def close(self) -> None:
        """Never raises either: a connection that does not answer any more is let go."""
        with suppress(RedisError, OSError, TimeoutError):
            await self.redis.aclose()
            await self.redis.connection_pool.disconnect()


def cancellations() -> int:
    """How often the running task has been told to end."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def heed_cancellation(before: int) -> None:
    """Ends the task that was told so since: redis-py (8.1) swallows it at times, while it takes a
    connection from its pool."""
    if cancellations() > before:
        raise asyncio.CancelledError


def linked(url: str, vault: Vault) -> RedisLink:
    """The link of the installation whose vault this is: everybody on its database meets there."""
    return RedisLink(url, space=vault.lookup("redis", "space")[:16])
