"""静音: a rep who wants no more nudges about a client. Managers and the client's words go on."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class Mute(SQLModel, table=True):
    __tablename__ = "mutes"

    member_id: str = Field(primary_key=True, max_length=64)
    client_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="clients.id")
    what: str = Field(default="", primary_key=True, max_length=32)
    """Which kind of nudge; empty: every kind."""
    since: datetime = Field(sa_type=Moment)
