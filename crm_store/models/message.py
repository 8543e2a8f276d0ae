"""消息: words exchanged with a client, or filed by a rep; sealed with the client's key."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Json, Moment


class Direction(StrEnum):
    IN = "in"
    """The client's words."""
    OUT = "out"
    """A colleague's words to the client."""
    NOTE = "note"
    """What a rep files about the client."""


class ChatMessage(SQLModel, table=True):
    __tablename__ = "messages"
    __table_args__ = (Index("messages_of_a_client", "client_id", "sent_at", "direction"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    conversation_id: int | None = Field(
        default=None, sa_type=BigId, foreign_key="conversations.id", index=True
    )
    direction: str = Field(max_length=8)
    member_id: str | None = Field(default=None, max_length=64)
    sent_at: datetime = Field(sa_type=Moment)
    """When it was said, by the platform's clock."""
    form: str = Field(default="text", max_length=16)
    body: bytes
    """The text, sealed with the client's key; empty text where the form has none."""
    attachment: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    """media_id and the like; nothing personal."""
    source: str = Field(max_length=64)
