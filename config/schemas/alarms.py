"""When the administrators are told that something is wrong: alarms.yaml."""

from pydantic import Field

from config.checking import Strict
from config.schemas.staff import Role


class Alarms(Strict):
    roles: tuple[Role, ...] = Field(min_length=1)
    """Who hears of it."""
    inbox_wait_seconds: int = Field(gt=0)
    """An event that waits longer is an alarm."""
    outbox_wait_seconds: int = Field(gt=0)
    """A message that waits longer (quiet hours apart) is an alarm."""
    dead_letters: int = Field(gt=0)
    """So many events that failed for good are an alarm."""
    repeat_minutes: int = Field(gt=0)
    """The same alarm is not repeated sooner."""
    dingtalk_calls_a_month: int = Field(default=5_000, gt=0)
    dingtalk_pushes_a_month: int = Field(default=3_000, gt=0)
    """What the edition allows (standard since 2025-11: 5,000 API calls and 3,000 callbacks a month
    over HTTP and Stream, the whole company's apps together). Told at 80 % and at 100 %."""
