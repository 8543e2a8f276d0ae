"""对话: what a colleague and the assistant are in the middle of: whom he spoke of last, and what he
was asked back. One row a member."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class Talk(SQLModel, table=True):
    __tablename__ = "talks"

    member_id: str = Field(primary_key=True, max_length=64)
    named: bytes | None = None
    """The client he named last, in his words, sealed with the service's key: who that is is found
    again, within the rights he has then."""
    named_at: datetime | None = Field(default=None, sa_type=Moment)
    number: int = Field(default=0, sa_type=BigId)
    """Of the last question: a press on an older one's card finds another number."""
    question: bytes | None = None
    """What he was asked back, and what he had said so far, sealed; None once it is answered."""
    asked_at: datetime | None = Field(default=None, sa_type=Moment)
