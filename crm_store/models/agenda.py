"""日程: a promise or a next contact as the platform has it: a todo of DingTalk, an event."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Json, Moment


class AgendaEntry(SQLModel, table=True):
    """One entry of one thing on one colleague's platform account."""

    __tablename__ = "agenda"

    key: str = Field(primary_key=True, max_length=64)
    """What makes putting it there again harmless (sourceId, x-client-token)."""
    form: str = Field(max_length=8)
    """todo, event."""
    subject: str = Field(max_length=24, index=True)
    """P12, a promise; L7, the next contact of a lead."""
    lead_id: int | None = Field(default=None, sa_type=BigId, index=True)
    account: str = Field(max_length=64)
    number: str | None = Field(default=None, max_length=128)
    """The platform's own number of it; None until it answered."""
    told: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """When it is due, as the platform was told last: no names, no words."""
    ends_as: str | None = Field(default=None, max_length=8)
    """done, gone: what it is to become once the number is known."""
    created_at: datetime = Field(sa_type=Moment)
