"""A nudge to the loops that something may be due. It may be lost: every loop also looks by itself.

In one process an event is enough; several processes put Redis behind the same protocol
(crm_store/shared_wakeup.py).
"""

import asyncio
from typing import Protocol


class Wakeup(Protocol):
    def inbox(self) -> None: ...
    def outbox(self) -> None: ...
    def desk(self) -> None: ...


class LocalWakeup:
    """Wakes the loops of this process."""

    def __init__(self) -> None:
        self.inbox_ready = asyncio.Event()
        self.pointers_ready = asyncio.Event()
        self.outbox_ready = asyncio.Event()
        self.timers_ready = asyncio.Event()
        self.desk_ready = asyncio.Event()

    def inbox(self) -> None:
        self.inbox_ready.set()
        self.pointers_ready.set()

    def outbox(self) -> None:
        self.outbox_ready.set()

    def desk(self) -> None:
        self.desk_ready.set()

    def everything(self) -> None:
        """After the clock was turned, anything may be due."""
        self.inbox()
        self.outbox_ready.set()
        self.timers_ready.set()
        self.desk_ready.set()


async def either(event: asyncio.Event, seconds: float) -> None:
    """Returns when the event is set, or after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
