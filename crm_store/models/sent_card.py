"""卡片: a card as it stands on somebody's screen, and what is needed to change it there."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Json, Moment


class SentCard(SQLModel, table=True):
    __tablename__ = "cards"
    __table_args__ = (
        Index("cards_of_a_lead", "lead_id", "member_id"),
        Index("cards_of_a_member", "member_id", "created_at"),
    )

    key: str = Field(primary_key=True, max_length=100)
    """task_id or outTrackId on the platform."""
    purpose: str = Field(max_length=40)
    """lead, escalation, choice …"""
    platform: str = Field(max_length=16)
    account: str = Field(max_length=64)
    member_id: str = Field(max_length=64)
    lead_id: int | None = Field(default=None, sa_type=BigId, foreign_key="leads.id")
    created_at: datetime = Field(sa_type=Moment)
    code: bytes | None = None
    """The code that came with the sending, sealed; changes the card once."""
    code_expires_at: datetime | None = Field(default=None, sa_type=Moment)
    pressed: list[str] = Field(default_factory=list, sa_type=Json)
    """The actions that were taken on it: each counts once, however often it is pressed."""
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
    """When its buttons went away for good."""
