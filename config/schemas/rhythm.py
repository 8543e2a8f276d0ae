"""The day's lists and figures, and when they come: rhythm.yaml."""

from pydantic import Field

from config.checking import Strict


class Rhythm(Strict):
    top: int = Field(default=5, gt=0, le=20)
    """Clients on the list of the morning (TOP5)."""
