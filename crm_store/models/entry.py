"""时间线: a business fact as it was recorded, never edited."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Json, Moment


class TimelineEntry(SQLModel, table=True):
    __tablename__ = "timeline"
    __table_args__ = (
        Index("timeline_of_a_lead", "lead_id", "id"),
        Index("timeline_of_a_client_by_kind", "client_id", "kind", "at"),
        Index("timeline_by_kind", "kind", "at"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    kind: str = Field(max_length=40)
    at: datetime = Field(sa_type=Moment)
    client_id: int | None = Field(default=None, sa_type=BigId, foreign_key="clients.id")
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    lead_id: int | None = Field(default=None, sa_type=BigId, foreign_key="leads.id")
    by: str | None = Field(default=None, max_length=64)
    """The member who did it; None where the client, or the assistant by a rule, did."""
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """The fact's own fields. Nothing personal: words are in `words`, sealed."""
    why: dict[str, Any] | None = Field(default=None, sa_type=Json)
    """The rule and the inputs that decided."""
    words: bytes | None = None
