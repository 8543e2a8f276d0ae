"""客户身份: one way to recognise and reach a client: a phone, a mailbox, an id on a platform."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment


class IdentityKind(StrEnum):
    KF = "kf"
    """external_userid of 微信客服 and 客户联系."""
    UNIONID = "unionid"
    PHONE = "phone"
    EMAIL = "email"
    WECHAT = "wechat"
    CREDIT_CODE = "credit_code"
    FORM = "form"
    """`source:external_id` of an intake source."""


_IS_HIS_ALONE = text("kind IN ('kf', 'unionid', 'form')")
"""What a platform or a source made for one client. A phone, a mailbox, a WeChat id and a firm's
code may be several clients': a front desk, a shared mailbox, two people of one firm."""


class Identity(SQLModel, table=True):
    __tablename__ = "identities"
    __table_args__ = (
        Index(
            "one_client_an_identity",
            "kind",
            "lookup",
            unique=True,
            sqlite_where=_IS_HIS_ALONE,
            postgresql_where=_IS_HIS_ALONE,
        ),
        Index("identities_by_value", "kind", "lookup", "client_id"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    kind: str = Field(max_length=16)
    lookup: str = Field(max_length=64)
    """Keyed hash of the normalised value (Vault.lookup)."""
    value: bytes
    """The value itself, sealed with the client's key."""
    added_at: datetime = Field(sa_type=Moment)
