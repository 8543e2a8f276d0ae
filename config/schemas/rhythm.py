"""The day's lists and figures, and when they come: rhythm.yaml."""

import re
from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from config.checking import Fault, Strict
from config.schemas.hours import Hours
from config.schemas.staff import Role

_WRITTEN = re.compile(r"(\d{1,2})[:：](\d{2})")


def _clock(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = _WRITTEN.fullmatch(value.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:  # noqa: PLR2004 (a clock's)
        raise ValueError("应写成 09:00 的样子")
    return time(int(found[1]), int(found[2]))


Clock = Annotated[time, BeforeValidator(_clock)]

PARTS = (
    *("heatmap", "overdue", "focus", "promises", "contacts", "log", "top", "golden"),
    *("followup", "pool"),
)
"""What a digest may be made of; handlers/rhythm/digest.py says by whom."""


class Slot(Strict):
    """A time of the working day at which people get one message."""

    at: Clock
    until: Clock
    """Not sent after this: who was down in the morning does not send it in the evening."""
    title: str = Field(min_length=1, max_length=20)
    roles: tuple[Role, ...] = Field(min_length=1)
    parts: tuple[str, ...] = Field(min_length=1)


class HeatMap(Strict):
    days: int = Field(default=7, gt=0, le=92)
    red_over: int = Field(default=40, ge=0, le=100)
    """Per cent."""
    rungs: tuple[str, ...] = ()
    """Of the ladder; none: all of them."""
    hours: Hours = Field(default_factory=lambda: Hours.model_validate("08:00-20:00"))
    most_rows: int = Field(default=12, gt=1, le=40)


class Overdue(Strict):
    days: int = Field(default=7, gt=0, le=92)
    top: int = Field(default=3, gt=0, le=20)


class Golden(Strict):
    days: int = Field(default=7, gt=0, le=92)
    hours: int = Field(default=4, gt=0, le=72)
    counts: tuple[str, ...] = Field(default=("visit",), min_length=1)


class Following(Strict):
    hours: int = Field(default=24, gt=0, le=168)


class Focus(Strict):
    candidates: int = Field(default=3, gt=0, le=6)
    late_minutes: int = Field(default=30, ge=0, le=240)


class Rhythm(Strict):
    slots: tuple[Slot, ...] = ()
    top: int = Field(default=5, gt=0, le=20)
    """Clients on the list of the morning (TOP5)."""
    focus: Focus = Field(default_factory=Focus)
    overdue: Overdue = Field(default_factory=Overdue)
    heatmap: HeatMap = Field(default_factory=HeatMap)
    golden: Golden = Field(default_factory=Golden)
    followup: Following = Field(default_factory=Following)

    def faults(self) -> Iterator[Fault]:
        for place, slot in enumerate(self.slots):
            if slot.until <= slot.at:
                yield Fault(("slots", place, "until"), "要晚于 at")
            for part_at, part in enumerate(slot.parts):
                if part not in PARTS:
                    where = ("slots", place, "parts", part_at)
                    yield Fault(where, f"没有“{part}”这一项，可以有的是 {'、'.join(PARTS)}")
