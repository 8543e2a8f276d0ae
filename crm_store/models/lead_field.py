"""线索字段: what is known of a lead, each value with the words and the message it came from.

Rows are never changed in what they say. A value in force has neither `superseded_at` nor
`against_id`; what it took the place of stays, so that every field knows what it was before.
"""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class LeadField(SQLModel, table=True):
    __tablename__ = "lead_fields"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    lead_id: int = Field(sa_type=BigId, foreign_key="leads.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by whose words it was learned; None: the client's own number."""
    name: str = Field(max_length=32)
    """The fact's type: product, budget, time, phone, person …"""
    value: bytes
    """JSON of {"value", "words"} and perhaps {"ambiguous"}, sealed with the client's key."""
    message_id: int | None = Field(default=None, sa_type=BigId, foreign_key="messages.id")
    start: int = 0
    end: int = 0
    """Offsets of the words in the message, in code points."""
    rule: str = Field(max_length=64)
    """Which rule found it."""
    learned_at: datetime = Field(sa_type=Moment)
    superseded_at: datetime | None = Field(default=None, sa_type=Moment)
    """When another value took its place; `learned_at` itself where a newer one stood already."""
    said_at: datetime | None = Field(default=None, sa_type=Moment)
    """When it was last said, by the platform's clock; None in rows of former programs."""
    by: str | None = Field(default=None, max_length=64)
    """The member who put it right: no rule may change it. None for what a rule found."""
    replaces_id: int | None = Field(default=None, sa_type=BigId)
    """The value that it took the place of."""
    against_id: int | None = Field(default=None, sa_type=BigId)
    """The member's value that it contradicts: then it is a suggestion, and not in force."""
    told_at: datetime | None = Field(default=None, sa_type=Moment)
    """When the owner was told of the suggestion."""

    @property
    def is_correction(self) -> bool:
        return self.by is not None

    @property
    def last_said_at(self) -> datetime:
        return self.said_at or self.learned_at
