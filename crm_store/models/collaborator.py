"""协作人: who works on a lead beside its owner."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class Collaborator(SQLModel, table=True):
    __tablename__ = "collaborators"

    lead_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="leads.id")
    member_id: str = Field(primary_key=True, max_length=64, index=True)
    since: datetime = Field(sa_type=Moment)
    merge_id: int | None = Field(default=None, sa_type=BigId)
    """The merge that made him one; he goes with it."""
