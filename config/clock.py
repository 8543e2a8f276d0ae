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
    """Goes where it is put. The demo and the tests live by it.

    It stands still between turns, or runs on from each where `seconds` (time.monotonic) is given.
    Whoever waits for a moment to come (the scheduler, the sandbox's page) registers with
    `on_turn` and is called, without arguments, after each turn.
    """

    def __init__(self, start: datetime, *, seconds: Callable[[], float] | None = None) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._seconds = seconds or (lambda: 0.0)
        self._put_to = start.astimezone(UTC)
        self._put_at = self._seconds()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self._put_to + timedelta(seconds=self._seconds() - self._put_at)

    def on_turn(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def turn_to(self, moment: datetime) -> None:
        """Puts the clock to `moment`, which may lie in the past: clocks do jump both ways."""
        self._put_to, self._put_at = moment.astimezone(UTC), self._seconds()
        for listener in self._listeners:
            listener()

    def forward(self, by: timedelta) -> None:
        self.turn_to(self.now() + by)
