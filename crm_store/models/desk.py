"""强提醒: what rings on the second channel until it is seen, and who sits before a page for it."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from crm_store.types import BigId, Moment

_RINGS = text("seen_at IS NULL")


class DeskAlert(SQLModel, table=True):
    """One assignment that its owner is strongly reminded of. What it says is drawn when it is read:
    no word of the client stands here."""

    __tablename__ = "desk_alerts"
    __table_args__ = (
        UniqueConstraint("lead_id", "member_id", "assigned_at", name="one_alert_an_assignment"),
        Index(
            "ringing_alerts_of_a_member",
            "member_id",
            "due_at",
            sqlite_where=_RINGS,
            postgresql_where=_RINGS,
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    lead_id: int = Field(sa_type=BigId, foreign_key="leads.id")
    member_id: str = Field(max_length=64)
    assigned_at: datetime = Field(sa_type=Moment)
    """Of the lead: its next owner, or the same one again, has an alert of his own."""
    created_at: datetime = Field(sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    """From when on it rings: a delay, quiet hours."""
    seen_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    """Since when it is silent, whyever."""
    card_key: str | None = Field(default=None, max_length=100)
    """The card on his other platform, where he has one."""


class DeskSeat(SQLModel, table=True):
    """Whose links to his desk page open: those of the present number."""

    __tablename__ = "desk_seats"

    member_id: str = Field(primary_key=True, max_length=64)
    seat: int = 1
    open_at: datetime | None = Field(default=None, sa_type=Moment)
    """When a page of his was last known to be open."""
