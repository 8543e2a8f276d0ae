"""一家: clients of their own that belong to one house: 集团 and 分公司."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Json, Moment


class Kin(SQLModel, table=True):
    """`a_id` < `b_id`, numbers as they were."""

    __tablename__ = "kin"

    a_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="clients.id")
    b_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="clients.id", index=True)
    since: datetime = Field(sa_type=Moment)
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
