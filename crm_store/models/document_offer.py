"""话术: a document that was brought to a rep about a lead, and what came of it."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class DocumentOffer(SQLModel, table=True):
    __tablename__ = "document_offers"
    __table_args__ = (
        Index("document_offers_used", "document", "used_at"),
        Index("document_offers_to", "member_id", "document", "id"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    document: str = Field(max_length=64)
    """The talk track's name."""
    member_id: str = Field(max_length=64)
    lead_id: int | None = Field(default=None, sa_type=BigId, foreign_key="leads.id", index=True)
    """None where he asked for it by a topic and not about a client."""
    reason: str = Field(max_length=16)
    """objection, rule, asked."""
    topic: str = Field(default="", max_length=32)
    """The objection's kind, or what he asked by."""
    offered_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)
    """When he said that he used it."""
    progressed_at: datetime | None = Field(default=None, sa_type=Moment)
    """The first progress of the lead after that, within the days that count."""
