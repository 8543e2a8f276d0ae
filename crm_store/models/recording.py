"""录音: what a client said by voice, as it came, and what became of it."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class RecordingState(StrEnum):
    WANTED = "wanted"
    """The platform is asked for it."""
    KEPT = "kept"
    """It is here; nobody writes it down yet."""
    ASKED = "asked"
    """It is being written down."""
    HEARD = "heard"
    """The words are the message's."""
    SILENT = "silent"
    """There are no words in it."""
    FAILED = "failed"
    """It could not be fetched, or cannot be written down."""


class Recording(SQLModel, table=True):
    __tablename__ = "recordings"

    message_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="messages.id")
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    lead_id: int = Field(sa_type=BigId, foreign_key="leads.id")
    """Whose owner was told that it waits."""
    state: str = Field(default=RecordingState.WANTED.value, max_length=8, index=True)
    content: bytes | None = None
    """Sealed with the client's key; None until it is fetched."""
    tries: int = Field(default=0)
    """How often it was given to be written down."""
    added_at: datetime = Field(sa_type=Moment)
