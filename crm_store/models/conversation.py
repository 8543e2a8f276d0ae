"""会话: a client's conversation in one 微信客服 account."""

from datetime import datetime, timedelta
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


SESSION_LIVES = timedelta(hours=48)
"""wecom.md §9.3. The platform says nothing when a session ends by itself."""


class Conversation(SQLModel, table=True):
    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("platform", "account", "client_ref"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    platform: str = Field(max_length=16)
    account: str = Field(max_length=64)
    client_ref: str = Field(max_length=64)
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    service_state: int | None = None
    """The last state we know of, a ServiceState; None before the platform was asked."""
    servicer: str | None = Field(default=None, max_length=64)
    active_at: datetime | None = Field(default=None, sa_type=Moment)
    """The last words of either side, or the handover: a session ends 48 hours later."""
    handover_to: str | None = Field(default=None, max_length=64)
    """The member who is to take the conversation over as soon as the platform allows."""
    last_client_at: datetime | None = Field(default=None, sa_type=Moment)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Moment)
    """When the assistant last answered by itself."""

    def is_with(self, account: str | None, *, now: datetime) -> bool:
        """Whether this servicer has the conversation now, as far as we know."""
        if self.service_state != ServiceState.HUMAN or not account or self.active_at is None:
            return False
        return now - self.active_at < SESSION_LIVES and (
            (self.servicer or "").lower() == account.lower()
        )

    def heard(self, at: datetime) -> None:
        """The client's words: an ended or expired session begins anew with them."""
        has_expired = self.active_at is not None and at - self.active_at >= SESSION_LIVES
        if self.service_state == ServiceState.ENDED or has_expired:
            self.service_state, self.servicer = ServiceState.UNHANDLED, None
        if self.last_client_at is None or at >= self.last_client_at:
            self.last_client_at = at
        self.touched(at)

    def touched(self, at: datetime) -> None:
        self.active_at = at if self.active_at is None else max(self.active_at, at)
