"""A rep's leads as they should be gone for: the same order as 「今天该先打哪个电话」."""

from dataclasses import dataclass

from crm_store.models import Lead, Member
from crm_store.view import View
from handlers.memory.calling import call_about, calls_of
from handlers.rhythm.parts import Around


@dataclass(frozen=True)
class Ranked:
    lead: Lead
    title: str
    reasons: tuple[str, ...]


async def ranked(view: View, member: Member, around: Around, *, most: int) -> list[Ranked]:
    """His open leads that he may see, the first ones first."""
    found = await calls_of(view, member, around.rules.ranking, around.zone, most=most)
    return [Ranked(call.lead, call.title, call.reasons) for call in found]


async def reasons_of(view: View, lead: Lead, around: Around) -> tuple[str, ...]:
    return (await call_about(view, lead, around.rules.ranking, around.zone)).reasons
