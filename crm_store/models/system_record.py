"""系统档案: a client as a registered system has him, under that system's own number."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class SystemRecord(SQLModel, table=True):
    __tablename__ = "system_records"
    __table_args__ = (
        UniqueConstraint("system", "external_id"),
        Index("system_records_taken", "system", "taken_at"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    system: str = Field(max_length=32)
    """Its name in connections.yaml."""
    external_id: str = Field(max_length=64)
    """Keyed hash of the system's own id (Vault.lookup): some number by phone."""
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    joined: bool
    """Whether it met a client who was there."""
    body: bytes
    """The id, each field with its moment and version, and what was delivered last; as JSON, sealed
    with the client's key."""
    taken_at: datetime = Field(sa_type=Moment)
    """When it was last changed."""
