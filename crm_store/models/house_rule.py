"""规则: what a manager wrote in plain Chinese, one row a version.

A row never changes in what it says; `state` alone does. At most one version of a number is in
force. The condition's compiled text stands beside the rule it was made of.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Json, Moment


class RuleState(StrEnum):
    DRAFT = "draft"
    """Understood, and not yet enabled by anybody."""
    ACTIVE = "active"
    STOPPED = "stopped"
    REPLACED = "replaced"
    """A newer version was enabled."""
    CANCELLED = "cancelled"
    """The draft was thrown away."""
    BROKEN = "broken"
    """It names somebody or something that is not there any more."""


class HouseRule(SQLModel, table=True):
    __tablename__ = "house_rules"
    __table_args__ = (
        UniqueConstraint("number", "version"),
        Index("house_rules_in_force", "state"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    number: int
    """What people call it by: 规则 3."""
    version: int
    author_id: str = Field(max_length=64)
    """Who wrote this version: his rights bound what it may do."""
    is_house_wide: bool
    """Written by a director or an administrator: it acts on everybody's leads."""
    said: str
    """The sentence as it was written."""
    sentence: str
    """As it was understood, normalised."""
    rule: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """The rule itself, as JSON."""
    condition: str
    """Its condition, compiled."""
    state: str = Field(default=RuleState.DRAFT, max_length=16)
    created_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    """When it came into its state."""
    changed_by: str | None = Field(default=None, max_length=64)
    """Who brought it there; None where the program did."""
    note: str = ""
    """Why it is broken."""
