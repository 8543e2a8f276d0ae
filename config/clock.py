"""The one source of the present moment: passed in everywhere, so that a test can turn it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment as an aware datetime in UTC."""

    def now(self) -> datetime: ...

    def steady(self) -> float:
        """Seconds that only ever pass, whatever the clock is set to: what differs from `now` in
        the same span shows that it was set."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> float:
        return time.monotonic()


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
        self._set_by = timedelta()
        self._started = self._put_to
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self._put_to + timedelta(seconds=self._seconds() - self._put_at)

    def on_turn(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def steady(self) -> float:
        return (self.now() - self._started - self._set_by).total_seconds()

    def turn_to(self, moment: datetime) -> None:
        """Lets time pass until `moment`. Where that lies in the past, the clock is set back."""
        self._set_by += min(moment - self.now(), timedelta())
        self._put_to, self._put_at = moment.astimezone(UTC), self._seconds()
        for listener in self._listeners:
            listener()

    def forward(self, by: timedelta) -> None:
        self.turn_to(self.now() + by)

    def set_forward(self, by: timedelta) -> None:
        """Sets the clock wrong: it shows what is not yet, and no time has passed."""
        self._set_by += by
        self.forward(by)


_A_LEAP = timedelta(seconds=2)
"""So much more or less than has passed, and the clock was set."""


@dataclass(frozen=True)
class Look:
    """One look at the clock. `showed` is what it would show had it not been set; None at first."""

    now: datetime
    steady: float
    showed: datetime | None

    @property
    def leap(self) -> timedelta:
        """By how much it was set since the look before."""
        by = self.now - self.showed if self.showed is not None else timedelta()
        return by if abs(by) > _A_LEAP else timedelta()


class ClockWatch:
    """Notices that the machine's clock was set, between one look that was noted and the next."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted: Look | None = None

    def look(self) -> Look:
        now, steady, before = self._clock.now(), self._clock.steady(), self._noted
        if before is None:
            return Look(now, steady, None)
        return Look(now, steady, before.now + timedelta(seconds=steady - before.steady))

    def note(self, look: Look) -> None:
        self._noted = look
