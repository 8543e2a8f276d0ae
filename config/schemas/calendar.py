"""When we work: calendar.yaml. Public holidays come from the official calendar."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import Field, field_validator

from config.checking import Fault, Strict
from config.schemas.hours import Hours

DAYS_A_WEEK = 7


class Override(Strict):
    """A day on which the house differs from the official calendar."""

    date: dt.date
    working: bool
    reason: str = Field(min_length=1)


class Calendar(Strict):
    work_days: tuple[int, ...] = Field(min_length=1)
    """1 is Monday, 7 is Sunday."""
    hours: tuple[Hours, ...] = Field(min_length=1)
    """One span, or several with breaks between."""
    overrides: tuple[Override, ...] = ()

    @field_validator("hours", mode="before")
    @classmethod
    def _one_span_needs_no_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    def faults(self) -> Iterator[Fault]:
        for at, day in enumerate(self.work_days):
            if not 1 <= day <= DAYS_A_WEEK:
                yield Fault(("work_days", at), "应在 1（周一）到 7（周日）之间")
            elif day in self.work_days[:at]:
                yield Fault(("work_days", at), f"{day} 写了两次")
        for at, span in enumerate(self.hours):
            if span.crosses_midnight:
                yield Fault(("hours", at), "上班时间不能跨过午夜")
        for at, (earlier, later) in enumerate(pairwise(self.hours), 1):
            if later.start_minute < earlier.end_minute:
                yield Fault(("hours", at), "各段时间应按先后写，不能重叠")
        seen: set[dt.date] = set()
        for at, override in enumerate(self.overrides):
            if override.date in seen:
                yield Fault(("overrides", at, "date"), f"{override.date} 写了两次")
            seen.add(override.date)
