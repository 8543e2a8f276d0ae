"""主数据: what is in force of a client's number (CID), as it was last told to other systems."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class MasterRecord(SQLModel, table=True):
    """A number keeps its own row when it is merged: its sequence goes on if it is parted again."""

    __tablename__ = "master_records"

    client_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="clients.id")
    sequence: int = 0
    """Counts the changes; 0 where nothing was told yet."""
    body: bytes | None = None
    """The fields, whose they are and since when; as JSON, sealed with the client's key."""
    changed_at: datetime = Field(sa_type=Moment)
