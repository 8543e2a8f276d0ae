"""线索字段: what is known of a lead, each value with the words and the message it came from."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class LeadField(SQLModel, table=True):
    __tablename__ = "lead_fields"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    lead_id: int = Field(sa_type=BigId, foreign_key="leads.id", index=True)
    name: str = Field(max_length=32)
    """The fact's type: product, budget, time, phone, person …"""
    value: bytes
    """JSON of {"value", "words"}, sealed with the client's key."""
    message_id: int | None = Field(default=None, sa_type=BigId, foreign_key="messages.id")
    start: int = 0
    end: int = 0
    """Offsets of the words in the message, in code points."""
    rule: str = Field(max_length=64)
    """Which rule found it, or the member who said so."""
    learned_at: datetime = Field(sa_type=Moment)
    superseded_at: datetime | None = Field(default=None, sa_type=Moment)
    """When a later value took its place."""
