"""休假: when a colleague is away. While he is, he gets no new leads and his clocks stand still."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class Absence(SQLModel, table=True):
    __tablename__ = "absences"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    member_id: str = Field(max_length=64, index=True)
    starts_at: datetime = Field(sa_type=Moment)
    ends_at: datetime = Field(sa_type=Moment, index=True)
    """He is back from this moment on; set earlier where he comes back earlier."""
    noted_at: datetime = Field(sa_type=Moment)
    by: str = Field(max_length=64)
    """Who said so: himself, or his manager."""
