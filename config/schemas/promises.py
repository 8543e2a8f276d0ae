"""How promises are kept track of: promises.yaml."""

from pydantic import Field

from config.checking import Strict


class Promises(Strict):
    remind_before_minutes: int = Field(default=120, gt=0)
    """The owner is reminded so many working minutes before it is due."""
    show_after_minutes: int = Field(default=3, gt=0)
    """Promises that are made within so many minutes stand on one card."""
    undated_after_days: int = Field(default=1, gt=0)
    """Where no time was said, the owner is asked after so many working days; never late."""
    manager_after_minutes: int = Field(default=120, gt=0)
    """Late for so many working minutes, it stands on the manager's card."""
    contact_before_minutes: int = Field(default=30, gt=0)
    """The owner is reminded so long before a next contact that has a time of day."""
    dingtalk_todo: bool = True
    """Whether promises and next contacts become todos, where DingTalk is connected."""
    dingtalk_calendar: bool = True
    """Whether an appointment with a time of day becomes an event in the owner's calendar."""
