"""公海: how much of a pooled lead a member reads: of which lines, and whether who it is."""

from crm_store.models import Client, Member, Role
from handlers.rights import leads_people
from notifiers.cards.allocation import veiled

SELLS = frozenset({Role.REP, Role.MANAGER, Role.DIRECTOR})
"""Who is shown the pool at all."""


def lines_of(member: Member) -> list[str] | None:
    """The lines whose pool he sees; None: every line's. Who leads sees all of it."""
    if leads_people(member) or not member.lines:
        return None
    return list(member.lines)


def who_is_it(client: Client, *, is_whole: bool) -> str:
    """Whole to whoever governs the lead, else no more than the first character."""
    return client.display if is_whole else veiled(client.name or client.company)
