"""承诺: what a colleague promised a client, as a task: whose it is, when it is due, its state."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class PromiseState(StrEnum):
    OPEN = "open"
    LATE = "late"
    """Its time went by, and nothing shows that it was kept: yellow."""
    KEPT = "kept"
    DROPPED = "dropped"


UNTOLD = text("state = 'late' AND escalated_at IS NULL")
"""Late, and on no manager's card yet."""
PENDING = frozenset({PromiseState.OPEN.value, PromiseState.LATE.value})


class Promise(SQLModel, table=True):
    __tablename__ = "promises"
    __table_args__ = (
        Index("promises_of_an_owner", "owner_id", "state", "due_at"),
        Index("one_promise_a_clause", "message_id", "starts", unique=True),
        Index("late_promises_untold", "id", sqlite_where=UNTOLD, postgresql_where=UNTOLD),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    lead_id: int | None = Field(default=None, sa_type=BigId, foreign_key="leads.id", index=True)
    fact_id: int | None = Field(default=None, sa_type=BigId)
    """The timeline's follow-up in whose note it was told: taken back, it takes this along."""
    message_id: int | None = Field(default=None, sa_type=BigId)
    """The message that it was made in; None where the owner told the assistant."""
    starts: int | None = None
    """Where it begins in that message: read again, it is no second promise."""
    owner_id: str | None = Field(default=None, max_length=64)
    """Who has to keep it: who made it, and after him the lead's owner; None while it has none."""
    action: str = Field(max_length=16)
    """quote, sample, document … as the extractor names it."""
    words: bytes
    """The sentence as it was said, sealed with the client's key."""
    made_at: datetime = Field(sa_type=Moment)
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    """Its last moment; None where no time was said."""
    state: str = Field(default=PromiseState.OPEN, max_length=8)
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
    shown_at: datetime | None = Field(default=None, sa_type=Moment)
    """When the owner was shown that it is kept track of."""
    reminded_at: datetime | None = Field(default=None, sa_type=Moment)
    told_late_at: datetime | None = Field(default=None, sa_type=Moment)
    """When the owner heard that it is late."""
    escalated_at: datetime | None = Field(default=None, sa_type=Moment)
    """When it stood on his manager's card."""

    @property
    def ref(self) -> str:
        return f"P{self.id}"

    @property
    def is_pending(self) -> bool:
        return self.state in PENDING
