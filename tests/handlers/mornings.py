"""Leads with a past, and mornings, for the tests of the day's rhythm."""

from datetime import datetime, timedelta
from typing import Any

from crm_store.facts import Fact, FollowedUp, FollowUpWithdrawn, LeadAssigned
from crm_store.models import Client, Lead
from crm_store.queries import leads
from handlers.events import SlotDue
from handlers.opening import lead_for
from tests.world import SHANGHAI, World

MONDAY = datetime(2026, 3, 9, 8, 0, tzinfo=SHANGHAI)


async def furnish(
    office: World,
    name: str,
    *owners: str,
    at: datetime | None = None,
    source: str = "微信客服",
    region: str = "",
    **columns: Any,
) -> Lead:
    """A client with a lead that went through these hands, an hour each from `at` on."""
    at = at or office.clock.now()
    async with office.store.transaction() as tx:
        client = await tx.new_client(name=name)
        lead, _ = await lead_for(tx, client, product=None, source=source)
        lead.region, lead.opened_at = region, at
        for column, value in columns.items():
            setattr(lead, column, value)
        before = None
        for hour, owner in enumerate(owners):
            await tx.record(
                LeadAssigned(
                    at=at + timedelta(hours=hour),
                    client_id=client.id,
                    lead_id=lead.id,
                    owner_id=owner,
                    previous_id=before,
                    automatic=True,
                    reason="first",
                    why={"candidates": []},
                )
            )
            before = owner
        tx.add(lead)
        return lead


async def recorded(
    office: World, kind: type[Fact], lead: Lead, at: datetime, **fields: Any
) -> None:
    async with office.store.transaction() as tx:
        about = {"at": at, "client_id": lead.client_id, "lead_id": lead.id}
        await tx.record(kind(**about, **fields))


async def withdrawn(office: World, lead: Lead, at: datetime) -> None:
    """撤销 of the lead's newest follow-up."""
    async with office.store.view() as view:
        (entry,) = await leads.entries(view, lead, FollowedUp.kind, last=1)
    await recorded(office, FollowUpWithdrawn, lead, at, follow_up_id=entry.id, stands={})


async def looks(office: World) -> None:
    """The look that sets the timers of the day's digests."""
    await office.happens(
        SlotDue(job="planning.plan", slot=office.clock.now()), lane="cron:planning.plan"
    )


async def until(office: World, hour: int, minute: int = 0, *, days: int = 0) -> None:
    """Time goes on to this time of day."""
    now = office.clock.now().astimezone(SHANGHAI)
    then = now.replace(hour=hour, minute=minute) + timedelta(days=days)
    await office.passes(then - now)


async def named(office: World, lead: Lead) -> str:
    async with office.store.view() as view:
        return (await view.get(Client, lead.client_id)).display
