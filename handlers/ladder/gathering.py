"""What waits to be told to somebody together, in timers of his.

A timer that has fired is an event on its way, and to set the same one again would call it
outdated: what it carries would be lost. So one that stands is held while something is added to it,
and whoever finds none begins another.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm_store import timers
from crm_store.models import Member
from crm_store.store import Transaction
from crm_store.timers import Timer

_LONGEST_NAME = 31


async def waiting(tx: Transaction, kind: str, member: Member) -> list[Timer]:
    """His timers of this kind, the earliest first, held: none fires before the commit. Nobody else
    begins one meanwhile."""
    await tx.turn(f"{kind}:{member.id}")
    found = await timers.held(tx.session, kind, _beginning(member))
    return [one for one in found if one.data["member_id"] == member.id]


async def gather(
    tx: Transaction,
    kind: str,
    member: Member,
    items: Sequence[Any],
    due: datetime,
    *,
    to: Timer | None,
    **more: Any,
) -> None:
    """Adds the items to one of those that wait, or begins another: due then. `more` is for the one
    that begins."""
    subject = to.subject if to else f"{_beginning(member)}{tx.fresh_id()}"[:64]
    data: dict[str, Any] = dict(to.data) if to else {"member_id": member.id, "items": [], **more}
    data["items"] = [*data["items"], *items]
    await tx.set_timer(kind, subject, due, data=data)


def _beginning(member: Member) -> str:
    return f"{member.id[:_LONGEST_NAME]}:"
