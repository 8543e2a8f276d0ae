"""合并: two numbers that are one client, why, and what is needed to take it back."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Json, Moment


class Merge(SQLModel, table=True):
    __tablename__ = "merges"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    kept_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    """The live client at the time."""
    merged_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    """The number that became his alias."""
    at: datetime = Field(sa_type=Moment)
    by: str | None = Field(default=None, max_length=64)
    """The member who said so; None for the rule."""
    is_new: bool = False
    """Whether the alias was made for the record that was just brought."""
    score: int
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    """Evidence as it was: field, effect, points. Nothing personal."""
    restore: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """What the undoing needs and no row tells: timers and mutes as they were."""
    undone_at: datetime | None = Field(default=None, sa_type=Moment)
    undone_by: str | None = Field(default=None, max_length=64)

    @property
    def stands(self) -> bool:
        return self.undone_at is None
