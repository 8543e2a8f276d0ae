"""请教: what one colleague asks another about a client (#36), until it is answered."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class Question(SQLModel, table=True):
    __tablename__ = "questions"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    lead_id: int = Field(sa_type=BigId, foreign_key="leads.id", index=True)
    asker_id: str = Field(max_length=64)
    asked_id: str = Field(max_length=64, index=True)
    words: bytes
    """Sealed with the client's key, as is the answer."""
    answer: bytes | None = None
    asked_at: datetime = Field(sa_type=Moment)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    chased: int = 0
    """How often he was reminded of it."""
    chased_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def ref(self) -> str:
        return f"Q{self.id}"
