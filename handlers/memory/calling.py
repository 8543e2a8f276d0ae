"""Whom to call first, of any number of owners at once: what is read for it, and in what order
they come. TOP5 and the stand-up ask the same."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from config.schemas.ranking import Ranking
from crm_store.models import Client, Lead, Member, Promise
from crm_store.queries import calls, promises
from crm_store.view import View
from handlers.fields import local_phone
from handlers.memory.ranking import Ranked, Situation, ranked
from handlers.rights import scope_of
from handlers.showing import budget_of, text_of
from notifiers.cards.wording import joined

_TOLD = frozenset({"budget", "phone"})


@dataclass(frozen=True)
class Call:
    lead: Lead
    client: Client
    reasons: tuple[str, ...]
    phone: str = ""
    points: float | None = None

    @property
    def title(self) -> str:
        """赵主任 · CT设备"""
        return joined(self.client.display, self.lead.product or "")


async def calls_of(
    view: View, member: Member, ranking: Ranking, zone: ZoneInfo, *, most: int | None = None
) -> list[Call]:
    """His open leads as far as he may see them, the first to be called first; `most`: so many."""
    scope = await scope_of(view, member)
    own = [
        (lead, client)
        for lead, client in await calls.open_with_clients(view, [member.id])
        if scope.covers(lead)
    ]
    return (await _in_order(view, {member.id: own}, ranking, zone, most))[member.id]


async def calls_of_all(
    view: View, owners: Collection[str], ranking: Ranking, zone: ZoneInfo, *, most: int
) -> Mapping[str, list[Call]]:
    """By owner; the statements that it takes do not grow with the owners or their leads."""
    by_owner: dict[str, list[tuple[Lead, Client]]] = {owner: [] for owner in owners}
    for lead, client in await calls.open_with_clients(view, owners):
        by_owner[lead.owner_id or ""].append((lead, client))
    return await _in_order(view, by_owner, ranking, zone, most)


async def calls_about(
    view: View, leads: Collection[tuple[Lead, Client]], ranking: Ranking, zone: ZoneInfo
) -> Mapping[int, Call]:
    """These leads, whosever they are, with their reasons, by their numbers."""
    by_owner: dict[str, list[tuple[Lead, Client]]] = {}
    for lead, client in leads:
        by_owner.setdefault(lead.owner_id or "", []).append((lead, client))
    found = await _in_order(view, by_owner, ranking, zone, None)
    return {call.lead.id: call for calls in found.values() for call in calls}


async def _in_order(
    view: View,
    by_owner: Mapping[str, Sequence[tuple[Lead, Client]]],
    ranking: Ranking,
    zone: ZoneInfo,
    most: int | None,
) -> dict[str, list[Call]]:
    nearest = await _nearest_promises(view, by_owner)
    clients = {lead.id: client for own in by_owner.values() for lead, client in own}
    first: dict[str, list[Ranked]] = {}
    for owner, own in by_owner.items():
        situations = [Situation(lead, nearest.get(lead.id)) for lead, _ in own]
        first[owner] = ranked(situations, ranking, now=view.now, zone=zone)[:most]
    shown = [one.lead for some in first.values() for one in some]
    known = await calls.values_in_force(view, shown, _TOLD) if shown else {}
    told: dict[str, list[Call]] = {}
    for owner, some in first.items():
        again = [
            Situation(
                one.lead, nearest.get(one.lead.id), budget_of(known[one.lead.id].get("budget"))
            )
            for one in some
        ]
        told[owner] = [
            Call(
                one.lead,
                clients[one.lead.id],
                one.reasons,
                local_phone(text_of(known[one.lead.id].get("phone"))),
                one.points,
            )
            for one in ranked(again, ranking, now=view.now, zone=zone)
        ]
    return told


async def _nearest_promises(view: View, owners: Collection[str]) -> dict[int, Promise]:
    nearest: dict[int, Promise] = {}
    for promise in await promises.pending_of_owners(view, [owner for owner in owners if owner]):
        if promise.lead_id is not None:
            nearest.setdefault(promise.lead_id, promise)
    return nearest
