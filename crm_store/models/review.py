"""待查重: a pair of clients that a person should look at, and what was decided."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Json, Moment


class ReviewState(StrEnum):
    OPEN = "open"
    LATER = "later"
    """以后再说: asked again from `asked_again_at` on."""
    SAME = "same"
    DISTINCT = "distinct"
    """不是同一个: remembered for ever."""
    GONE = "gone"
    """One of them is no more, or they were merged by other evidence."""


class Review(SQLModel, table=True):
    """`a_id` < `b_id`, numbers as they were when the question came up; either may be an alias
    by now."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("a_id", "b_id", name="one_review_a_pair"),
        Index("reviews_in_the_queue", "state", "stake"),
        Index("reviews_of_the_other", "b_id"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    a_id: int = Field(sa_type=BigId, foreign_key="clients.id")
    b_id: int = Field(sa_type=BigId, foreign_key="clients.id")
    state: str = Field(default=ReviewState.OPEN, max_length=16)
    outcome: str = Field(max_length=16)
    """review or family: what the verdict came to."""
    score: int
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    stake: int = 0
    """What there is to lose, for ranking; more is asked earlier."""
    created_at: datetime = Field(sa_type=Moment)
    asked_at: datetime | None = Field(default=None, sa_type=Moment)
    asked_of: str | None = Field(default=None, max_length=64)
    asked_again_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by: str | None = Field(default=None, max_length=64)

    @property
    def ref(self) -> str:
        return f"R{self.id}"
