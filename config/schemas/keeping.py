"""How long things are kept: keeping.yaml."""

from pydantic import Field

from config.checking import Strict


class Keeping(Strict):
    inbox_payload_days: int = Field(gt=0)
    """After the event is done."""
    inbox_key_days: int = Field(gt=0)
    """How long a replay is recognised."""
    outbox_days: int = Field(gt=0)
    dead_letter_days: int = Field(gt=0)
    reminder_days: int = Field(default=30, gt=0)
    """A colleague's reminder after it came or was called off."""
    promise_days: int = Field(default=365, gt=0)
    """A promise after it was kept or dropped; the timeline goes on telling of it."""
    question_days: int = Field(default=365, gt=0)
    """A colleague's question after it was answered."""
    offer_days: int = Field(default=365, gt=0)
    """What talk track was brought to whom: they are ordered by this."""
    absence_days: int = Field(default=730, gt=0)
    """Leave after it is over: reports of that time count by it."""
    link_hours: int = Field(gt=0)
    """How long a signed link opens."""
    archive_days: int | None = Field(default=None, gt=0)
    """Clients' chats; None: until they are erased."""
