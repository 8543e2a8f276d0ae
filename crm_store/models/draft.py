"""草稿: a colleague's words that wait for his decision: a new lead, an old file, or nothing."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class Draft(SQLModel, table=True):
    __tablename__ = "drafts"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    member_id: str = Field(max_length=64)
    body: bytes
    """The words, sealed with the service's key: no client is known yet."""
    created_at: datetime = Field(sa_type=Moment, index=True)
