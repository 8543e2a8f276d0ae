"""会话: a client's conversation in one 微信客服 account."""

from datetime import datetime
from enum import IntEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class ServiceState(IntEnum):
    """Who answers in a 微信客服 conversation (platform's service_state)."""

    UNHANDLED = 0
    BOT = 1
    WAITING = 2
    HUMAN = 3
    ENDED = 4


class Conversation(SQLModel, table=True):
    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("platform", "account", "client_ref"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    platform: str = Field(max_length=16)
    account: str = Field(max_length=64)
    client_ref: str = Field(max_length=64)
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    service_state: int | None = None
    """The last state we know of, a ServiceState; None before the platform was asked."""
    servicer: str | None = Field(default=None, max_length=64)
    handover_to: str | None = Field(default=None, max_length=64)
    """The member who is to take the conversation over as soon as the platform allows."""
    last_client_at: datetime | None = Field(default=None, sa_type=Moment)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Moment)
    """When the assistant last answered by itself."""
