"""操作日志: every read of another's client, and what touches the data as a whole."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class AuditEntry(SQLModel, table=True):
    __tablename__ = "audit"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    at: datetime = Field(sa_type=Moment, index=True)
    who: str = Field(max_length=64)
    """A member's id, or `command` for one given at the machine."""
    action: str = Field(max_length=64)
    client_id: int | None = Field(default=None, sa_type=BigId)
