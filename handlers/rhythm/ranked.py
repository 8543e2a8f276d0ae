"""A rep's leads as they should be gone for: the same order as 「今天该先打哪个电话」."""

from dataclasses import dataclass

from crm_store.models import Lead, Member
from crm_store.queries import fields, leads
from crm_store.view import View
from handlers.memory.call_first import urgency
from handlers.rhythm.parts import Around
from handlers.rights import scope_of
from handlers.showing import budget_of, title_of
from notifiers.cards.wording import money


@dataclass(frozen=True)
class Ranked:
    lead: Lead
    title: str
    reasons: tuple[str, ...]


async def ranked(view: View, member: Member, around: Around, *, most: int) -> list[Ranked]:
    """His open leads that he may see, the first ones first."""
    scope = await scope_of(view, member)
    own = [lead for lead in await leads.open_of_owner(view, member.id) if scope.covers(lead)]
    judged = [(urgency(lead, view.now, around.zone, "").rank, lead.id, lead) for lead in own]
    judged.sort(key=lambda row: row[:2])
    return [await _told(view, lead, around) for _, _, lead in judged[:most]]


async def reasons_of(view: View, lead: Lead, around: Around) -> tuple[str, ...]:
    return (await _told(view, lead, around)).reasons


async def _told(view: View, lead: Lead, around: Around) -> Ranked:
    budget = budget_of((await fields.latest(view, lead)).get("budget"))
    said = urgency(lead, view.now, around.zone, money(budget) if budget else "")
    return Ranked(lead, await title_of(view, lead), said.reasons)
