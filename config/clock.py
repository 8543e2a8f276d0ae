"""The one source of the present moment: passed in everywhere, so that a test can turn it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment as an aware datetime in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TurnedClock:
    """Stands where it was put until somebody turns it. The demo and the tests live by it.

    Whoever waits for a moment to come (the scheduler, the sandbox's page) registers with
    `on_turn` and is called, without arguments, after each turn.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._now = start.astimezone(UTC)
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self._now

    def on_turn(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def turn_to(self, moment: datetime) -> None:
        """Puts the clock to `moment`, which may lie in the past: clocks do jump both ways."""
        self._now = moment.astimezone(UTC)
        for listener in self._listeners:
            listener()

    def forward(self, by: timedelta) -> None:
        self.turn_to(self._now + by)
