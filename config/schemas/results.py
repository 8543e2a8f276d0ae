"""What may come of a follow-up: results.yaml."""

from pydantic import Field

from config.checking import Strict


class Results(Strict):
    results: tuple[str, ...] = Field(min_length=1, max_length=6)
