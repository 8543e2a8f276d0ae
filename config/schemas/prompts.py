"""When talk tracks are brought to a rep: prompts.yaml."""

from typing import Literal

from pydantic import Field

from config.checking import Strict
from config.schemas.talktracks import Objection


class Prompts(Strict):
    most: int = Field(default=3, gt=0, le=6)
    """So many at a time."""
    objections: tuple[Objection, ...] | Literal["all"] = "all"
    """Upon which a talk track is brought."""
    again_after_days: int = Field(default=7, ge=0)
    """The same objection of the same lead brings one no sooner."""
    progress_within_days: int = Field(default=7, gt=0)
    """A follow-up, a result or a won deal within so many days counts for what was used."""
