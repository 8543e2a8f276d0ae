"""What stands for a lead, and the timers that go with it.

Every fact that may change a deadline ends in `settle`: the timers are then what `deadlines` says,
whatever they were before.
"""

from dataclasses import dataclass
from typing import cast

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.settings import Settings
from crm_store import timers
from crm_store.facts import (
    ClientsMerged,
    ClientsUnmerged,
    FollowedUp,
    LeadAssigned,
    LeadPooled,
    LeadUnfolded,
    LeadViewed,
    MemberAway,
    MemberBack,
    MessageOut,
    MoreTimeGiven,
    Muted,
    PriorityRaised,
    ResultGiven,
    SupportAsked,
    Unmuted,
)
from crm_store.models import Lead, Member
from crm_store.queries import absences, leads, mutes
from crm_store.store import Transaction
from crm_store.view import View
from handlers.ladder.clocks import ANY, KINDS, Deadline, Owner, Times, deadlines, wakeups
from handlers.router import Router

router = Router("ladder")


@dataclass(frozen=True)
class Ladder:
    """The rungs, and by what time is counted."""

    rules: Rules
    times: Times

    @classmethod
    def of(cls, rules: Rules, calendar: WorkingCalendar, settings: Settings) -> "Ladder":
        return cls(rules, Times(calendar, settings.zone))

    async def standing(self, view: View, lead: Lead) -> tuple[Deadline, ...]:
        """What stands for the lead now."""
        if not lead.is_open or lead.owner_id is None:
            return ()
        owner = await owner_of(view, lead)
        return deadlines(lead, owner, self.rules.escalation.steps, self.times)

    async def settle(self, tx: Transaction, lead: Lead) -> None:
        """Sets, moves and cancels timers. The lead is held."""
        wanted = wakeups(await self.standing(tx, lead))
        set_now = {
            timer.kind: timer
            for timer in await timers.of_subject(tx.session, lead.ref)
            if timer.kind in KINDS
        }
        await tx.cancel_timers([kind for kind in set_now if kind not in wanted], lead.ref)
        for kind, (due, names) in wanted.items():
            data = {"owner_id": lead.owner_id, "rungs": list(names)}
            before = set_now.get(kind)
            if before is None or before.due_at != due or before.data != data:
                await tx.set_timer(kind, lead.ref, due, data=data)


async def owner_of(view: View, lead: Lead) -> Owner:
    member = await view.get(Member, lead.owner_id)
    return Owner(
        member,
        await absences.of_member(view, member.id, after=lead.assigned_at or view.now),
        await mutes.kinds(view, member.id, lead.client_id),
    )


async def _settle(tx: Transaction, lead_id: int | None, ladder: Ladder) -> None:
    await ladder.settle(tx, await tx.lock_lead(cast(int, lead_id)))


@router.on(LeadAssigned)
async def assigned(fact: LeadAssigned, tx: Transaction, ladder: Ladder) -> None:
    await _settle(tx, fact.lead_id, ladder)


@router.on(LeadPooled)
async def pooled(fact: LeadPooled, tx: Transaction, ladder: Ladder) -> None:
    await _settle(tx, fact.lead_id, ladder)


@router.on(LeadUnfolded)
async def unfolded(fact: LeadUnfolded, tx: Transaction, ladder: Ladder) -> None:
    await _settle(tx, fact.lead_id, ladder)


@router.on(LeadViewed)
async def viewed(fact: LeadViewed, tx: Transaction, ladder: Ladder) -> None:
    await _settle(tx, fact.lead_id, ladder)


@router.on(FollowedUp)
async def followed_up(fact: FollowedUp, tx: Transaction, ladder: Ladder) -> None:
    await _settle(tx, fact.lead_id, ladder)


@router.on(MessageOut)
async def answered(fact: MessageOut, tx: Transaction, ladder: Ladder) -> None:
    lead = await tx.get(Lead, fact.lead_id)
    if fact.by is not None and fact.by == lead.owner_id:
        await _settle(tx, fact.lead_id, ladder)


@router.on(PriorityRaised)
async def raised(fact: PriorityRaised, tx: Transaction, ladder: Ladder) -> None:
    await _settle(tx, fact.lead_id, ladder)


@router.on(SupportAsked)
async def supported(fact: SupportAsked, tx: Transaction, ladder: Ladder) -> None:
    await _settle(tx, fact.lead_id, ladder)


@router.on(MoreTimeGiven)
async def more_time(fact: MoreTimeGiven, tx: Transaction, ladder: Ladder) -> None:
    await _settle(tx, fact.lead_id, ladder)


@router.on(ResultGiven)
async def result_given(fact: ResultGiven, tx: Transaction, ladder: Ladder) -> None:
    await _settle(tx, fact.lead_id, ladder)


@router.on(Muted)
async def muted(fact: Muted, tx: Transaction, ladder: Ladder) -> None:
    await _settle_client(tx, fact.client_id, ladder)


@router.on(Unmuted)
async def unmuted(fact: Unmuted, tx: Transaction, ladder: Ladder) -> None:
    await _settle_client(tx, fact.client_id, ladder)


@router.on(ClientsMerged)
async def merged(fact: ClientsMerged, tx: Transaction, ladder: Ladder) -> None:
    await _settle_client(tx, fact.client_id, ladder)


@router.on(ClientsUnmerged)
async def parted(fact: ClientsUnmerged, tx: Transaction, ladder: Ladder) -> None:
    """What each lead's facts are has changed, and with them what stands."""
    await _settle_client(tx, fact.client_id, ladder)


async def _settle_client(tx: Transaction, client_id: int | None, ladder: Ladder) -> None:
    client = await tx.lock_client(cast(int, client_id))
    for lead in await leads.open_of_client(tx, client.id):
        await _settle(tx, lead.id, ladder)


@router.on(MemberAway)
async def away(fact: MemberAway, tx: Transaction) -> None:
    await _wake_all(tx, fact.member_id)


@router.on(MemberBack)
async def back(fact: MemberBack, tx: Transaction) -> None:
    await _wake_all(tx, fact.member_id)


async def _wake_all(tx: Transaction, member_id: str) -> None:
    """His leave moves his deadlines. Each of his leads is looked at in an event of its own: one
    transaction that holds many clients would stand in everybody's way."""
    for lead in await leads.open_of_owner(tx, member_id):
        await timers.set_timer(
            tx.session, ANY, lead.ref, tx.now, data={"owner_id": member_id, "rungs": []}
        )
