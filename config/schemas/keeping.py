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
    link_hours: int = Field(gt=0)
    """How long a signed link opens."""
    archive_days: int | None = Field(default=None, gt=0)
    """Clients' chats; None: until they are erased."""
