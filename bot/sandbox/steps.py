"""Turns the clock from one due time to the next, and lets the bot finish at each."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientError, ClientTimeout

from bot.sandbox.world import Impossible, World

NUDGE = timedelta(minutes=1)
"""How far the clock goes where something overdue does not get done."""
LONGEST_WAIT = 60.0
"""Real seconds that the bot gets to be done with one step."""
POLL = 5
READ = ClientTimeout(total=30)
MOST_STEPS = 2000


class Steps:
    def __init__(self, world: World) -> None:
        self._world = world
        self._turning = asyncio.Lock()

    async def knowledge(self) -> dict[str, Any]:
        """The bot's own demo page of what it knows; raises Impossible where it does not answer."""
        return await self._ask("demo/knowledge")

    async def forward(self, by: timedelta) -> list[datetime]:
        """Stops at every due time on the way; returns the moments stopped at."""
        async with self._turning:
            await self._quiet()
            return await self._go(self._world.now + by)

    async def to_next(self) -> list[datetime]:
        """To the next due time."""
        async with self._turning:
            await self._quiet()
            due = await self._next_due()
            if due is None:
                raise Impossible("后面没有等着到点的事")
            return await self._go(due if due > self._world.now else self._world.now + NUDGE)

    async def _go(self, target: datetime) -> list[datetime]:
        stops: list[datetime] = []
        before: datetime | None = None
        for _ in range(MOST_STEPS):
            due = await self._next_due()
            stuck = due is not None and due == before
            if due is None or due >= target or (stuck and self._world.now >= target):
                break
            stops.append(self._stop_for(due, target, stuck=stuck))
            await self._stop_at(stops[-1])
            before = due
        if self._world.now < target or not stops:
            stops.append(max(target, self._world.now))
            await self._stop_at(stops[-1])
        return stops

    def _stop_for(self, due: datetime, target: datetime, *, stuck: bool) -> datetime:
        """What came due while the clock ran on is done now; what is stuck must not hold time up."""
        now = self._world.now
        if due > now:
            return due
        return min(now + NUDGE, target) if stuck else now

    async def _stop_at(self, moment: datetime) -> None:
        self._world.clock.turn_to(moment)
        await self._quiet()

    async def _next_due(self) -> datetime | None:
        due = (await self.knowledge()).get("next_due")
        return datetime.fromisoformat(due) if due else None

    async def _quiet(self) -> None:
        """Waits, for a while at most, until the bot has nothing left to do."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_WAIT
        await self._world.settled()
        while loop.time() < until:
            if (await self._ask(f"demo/quiet?wait={POLL}")).get("quiet"):
                return
        raise Impossible("机器人忙了一分钟还没停下来，请稍后再试")

    async def _ask(self, path: str) -> dict[str, Any]:
        if self._world.bot_url is None:
            raise Impossible("机器人还没有接上")
        try:
            async with self._world.session.get(
                f"{self._world.bot}/{path}", timeout=READ
            ) as response:
                answer = await response.json() if response.ok else None
        except (ClientError, TimeoutError, ValueError) as error:
            raise Impossible("机器人没有回答，请看看它是否还在运行") from error
        if not isinstance(answer, dict):
            raise Impossible("机器人没有回答，请看看它是否还在运行")
        return answer
