"""What a capability gives to the day's digests: a part for one member, or nothing.

    async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None

It stands in the list of handlers/rhythm/digest.py under the name that rhythm.yaml uses.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.models import Member
from crm_store.store import Transaction
from handlers.links import Links
from notifiers.card import Button, Row
from notifiers.pictures.picture import Picture


@dataclass(frozen=True)
class Around:
    """What a part may look at beside the records."""

    rules: Rules
    zone: ZoneInfo
    calendar: WorkingCalendar
    links: Links

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()


@dataclass(frozen=True)
class DigestPart:
    """Empty where it has neither rows nor text nor a picture."""

    title: str
    """What the rows below are: 近 7 天逾期."""
    rows: tuple[Row, ...] = ()
    text: str = ""
    buttons: tuple[Button, ...] = ()
    picture: Picture | None = None


Part = Callable[[Transaction, Member, Around], Awaitable[DigestPart | None]]
