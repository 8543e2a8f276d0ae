"""提醒: what a colleague asked to be reminded of, in his words, once or again and again."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Json, Moment


class ReminderState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "off"


class Reminder(SQLModel, table=True):
    __tablename__ = "reminders"
    __table_args__ = (
        Index("reminders_of_a_member", "member_id", "state", "due_at"),
        Index("reminders_set_by", "asked_by", "state"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    member_id: str = Field(max_length=64)
    """Who is reminded."""
    asked_by: str = Field(max_length=64)
    """Himself, or his manager."""
    lead_id: int | None = Field(default=None, sa_type=BigId, foreign_key="leads.id", index=True)
    """The lead that his words name; None where they name none, or several."""
    words: bytes
    """What it is about, sealed with the service's key."""
    due_at: datetime = Field(sa_type=Moment)
    """The next time; of one that is done the last."""
    again: dict[str, Any] | None = Field(default=None, sa_type=Json)
    """How it repeats (nlp/time/recurrence.py); None: once."""
    state: str = Field(default=ReminderState.WAITING, max_length=8)
    created_at: datetime = Field(sa_type=Moment)

    @property
    def ref(self) -> str:
        return f"R{self.id}"
