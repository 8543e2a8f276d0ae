"""提交: what a source handed in over POST /api/leads, and the answer it got."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class Intake(SQLModel, table=True):
    __tablename__ = "intake"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    source: str = Field(max_length=64)
    """The key's name in the settings' api_keys."""
    external_id: str = Field(max_length=64)
    """Keyed hash of the source's own id (Vault.lookup): some sources number by phone."""
    lead_id: int = Field(sa_type=BigId, foreign_key="leads.id", index=True)
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    joined: bool
    """Whether it met an open lead."""
    campaign: str = Field(default="", max_length=128)
    body: bytes
    """Everything that was handed in, as JSON, sealed with the client's key."""
    taken_at: datetime = Field(sa_type=Moment)
