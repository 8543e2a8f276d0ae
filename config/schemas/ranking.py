"""Whom to call first: ranking.yaml."""

from pydantic import Field

from config.checking import Strict


class Ranking(Strict):
    most: int = Field(default=5, gt=0, le=20)
    """So many are told."""
