"""When talk tracks are brought to a rep: prompts.yaml."""

from pydantic import Field

from config.checking import Strict


class Prompts(Strict):
    most: int = Field(default=3, gt=0, le=6)
    """So many at a time."""
