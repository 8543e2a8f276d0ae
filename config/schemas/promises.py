"""How promises are kept track of: promises.yaml."""

from pydantic import Field

from config.checking import Strict


class Promises(Strict):
    remind_before_minutes: int = Field(default=120, gt=0)
    """The owner is reminded so long before it is due."""
