"""Spans of the day, written 09:00-18:00."""

import re
from datetime import time
from typing import Any

from pydantic import model_validator

from config.checking import Strict

WRITTEN = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~～至到]\s*(\d{1,2})[:：](\d{2})")
MINUTES_A_DAY = 24 * 60


class Hours(Strict):
    """From `start` until just before `end`; past midnight where the end comes first."""

    start: time
    end: time

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found = WRITTEN.fullmatch(value)
        if not found:
            raise ValueError("应写成 09:00-18:00 的样子")
        start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
        if (end_hour, end_minute) == (24, 0):
            end_hour = 0
        try:
            return {"start": time(start_hour, start_minute), "end": time(end_hour, end_minute)}
        except ValueError:
            raise ValueError("钟点应在 00:00 到 24:00 之间") from None

    @property
    def start_minute(self) -> int:
        return self.start.hour * 60 + self.start.minute

    @property
    def end_minute(self) -> int:
        """Midnight, as an end, is minute 1440."""
        return (self.end.hour * 60 + self.end.minute) or MINUTES_A_DAY

    @property
    def crosses_midnight(self) -> bool:
        return self.end_minute <= self.start_minute

    def __contains__(self, moment: time) -> bool:
        minute = moment.hour * 60 + moment.minute
        if self.crosses_midnight:
            return minute >= self.start_minute or minute < self.end_minute
        return self.start_minute <= minute < self.end_minute

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"
