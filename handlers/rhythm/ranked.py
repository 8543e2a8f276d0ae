"""A rep's leads as they should be gone for: the same order as 「今天该先打哪个电话」."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from crm_store.models import Lead, Member
from crm_store.queries.figures_stays import with_clients
from crm_store.view import View
from handlers.memory.calling import Call, calls_about, calls_of
from handlers.rhythm.parts import Around


@dataclass(frozen=True)
class Ranked:
    lead: Lead
    title: str
    reasons: tuple[str, ...]


async def ranked(view: View, member: Member, around: Around, *, most: int) -> list[Ranked]:
    """His open leads that he may see, the first ones first."""
    found = await calls_of(view, member, around.rules.ranking, around.zone, most=most)
    return [_told(call) for call in found]


async def about(view: View, leads: Collection[int], around: Around) -> Mapping[int, Ranked]:
    """These leads by their numbers, in a few statements however many they are."""
    known = (await with_clients(view, leads)).values()
    found = await calls_about(view, known, around.rules.ranking, around.zone)
    return {number: _told(call) for number, call in found.items()}


def _told(call: Call) -> Ranked:
    return Ranked(call.lead, call.title, call.reasons)
