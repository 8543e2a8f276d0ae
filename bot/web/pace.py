"""How often a source may call: so many times within any minute, in this process.

What was taken in is counted in the database as well (bot/web/intake.py): a restart or a second
process lets nobody hand in more.
"""

import math
from collections import deque
from datetime import datetime, timedelta

A_MINUTE = timedelta(minutes=1)
MOST = 60


class Pace:
    def __init__(self, most: int = MOST, window: timedelta = A_MINUTE) -> None:
        self._most = most
        self._window = window
        self._calls: dict[str, deque[datetime]] = {}

    def wait(self, who: str, *, now: datetime, most: int | None = None) -> int:
        """Counts the call and returns 0, or the whole seconds to wait where it is one too many;
        `most` where this one may call more or less often than others."""
        most = self._most if most is None else most
        calls = self._calls.setdefault(who, deque())
        # What lies ahead was counted before the clock was put back.
        while calls and not now - self._window < calls[0] <= now:
            calls.popleft()
        if len(calls) < most:
            calls.append(now)
            return 0
        return seconds_until(calls[0] + self._window, now)


def seconds_until(moment: datetime, now: datetime) -> int:
    return max(1, math.ceil((moment - now).total_seconds()))
