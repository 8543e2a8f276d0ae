"""承诺: what a colleague promised a client, as a task: whose it is, when it is due, its state."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class PromiseState(StrEnum):
    OPEN = "open"
    LATE = "late"
    """Its time went by, and nothing shows that it was kept: yellow."""
    KEPT = "kept"
    DROPPED = "dropped"


class Promise(SQLModel, table=True):
    __tablename__ = "promises"
    __table_args__ = (Index("promises_of_an_owner", "owner_id", "state", "due_at"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    lead_id: int | None = Field(default=None, sa_type=BigId, foreign_key="leads.id", index=True)
    fact_id: int | None = Field(default=None, sa_type=BigId)
    """The timeline's promise_made that it began with."""
    owner_id: str = Field(max_length=64)
    """Who has to keep it: the lead's present owner."""
    action: str = Field(max_length=16)
    """quote, sample, document … as the extractor names it."""
    words: bytes
    """The sentence as it was said, sealed with the client's key."""
    made_at: datetime = Field(sa_type=Moment)
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    """Its last moment; None where no time was said."""
    state: str = Field(default=PromiseState.OPEN, max_length=8)
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
