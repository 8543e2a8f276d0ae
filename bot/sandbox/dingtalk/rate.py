"""20 calls a second of one API, by the machine's own seconds: a turned clock stands still."""

import time
from collections import defaultdict, deque
from collections.abc import Callable

from bot.sandbox.faults import Faults
from bot.sandbox.wire import Refused

TOO_FAST = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"


class Rate:
    def __init__(self, faults: Faults, seconds: Callable[[], float] = time.monotonic) -> None:
        self._faults = faults
        self._seconds = seconds
        self._recent: defaultdict[str, deque[float]] = defaultdict(deque)

    def check(self, path: str) -> None:
        """Counts one call; refuses the one that is over the limit."""
        now, recent = self._seconds(), self._recent[path]
        while recent and now - recent[0] >= 1:
            recent.popleft()
        if self._faults.qps is not None and len(recent) >= self._faults.qps:
            raise Refused(TOO_FAST, "the app calls this API too often", status=403)
        recent.append(now)
