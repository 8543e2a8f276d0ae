"""One turned clock for several processes: a moment in a file that all of them have mapped."""

import mmap
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

_MOMENT = struct.Struct("d")


class PostedClock:
    """Shows the moment that stands in the file; whoever turns it writes there."""

    def __init__(self, file: Path, *, start: datetime | None = None) -> None:
        if start is not None:
            file.write_bytes(_MOMENT.pack(start.timestamp()))
        with file.open("r+b") as opened:
            self._posted = mmap.mmap(opened.fileno(), _MOMENT.size)
        self._began = self._seconds()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._seconds(), UTC)

    def steady(self) -> float:
        return self._seconds() - self._began

    def turn_to(self, moment: datetime) -> None:
        _MOMENT.pack_into(self._posted, 0, moment.timestamp())

    def on_turn(self, listener: Callable[[], None]) -> None:
        """Nobody waits for it: whoever turns it says so."""

    def _seconds(self) -> float:
        (seconds,) = _MOMENT.unpack_from(self._posted, 0)
        return float(seconds)
