"""What came of it: a follow-up, a result or a won deal within some days of using a document."""

from datetime import datetime, timedelta

from config.rules import Rules
from crm_store.facts import Fact, FollowedUp, FollowUpWithdrawn, LeadClosed, ResultGiven
from crm_store.models import Lead, LeadState, TimelineEntry
from crm_store.queries import leads, offers
from crm_store.store import Transaction
from handlers.router import Router

router = Router("talk_progress")

_MOST = 50


@router.on(FollowedUp)
async def upon_a_follow_up(fact: FollowedUp, tx: Transaction, rules: Rules) -> None:
    await _progressed(fact, tx, rules)


@router.on(ResultGiven)
async def upon_a_result(fact: ResultGiven, tx: Transaction, rules: Rules) -> None:
    await _progressed(fact, tx, rules)


@router.on(LeadClosed)
async def upon_the_end(fact: LeadClosed, tx: Transaction, rules: Rules) -> None:
    if fact.outcome == LeadState.WON:
        await _progressed(fact, tx, rules)


async def _progressed(fact: Fact, tx: Transaction, rules: Rules) -> None:
    """The first progress counts, and each use once."""
    if fact.lead_id is None:
        return
    since = tx.now - timedelta(days=rules.prompts.progress_within_days)
    for row in await offers.used_on(tx, fact.lead_id, since=since):
        row.progressed_at = fact.at
        tx.add(row)


@router.on(FollowUpWithdrawn)
async def upon_its_withdrawal(fact: FollowUpWithdrawn, tx: Transaction, rules: Rules) -> None:
    """What only that follow-up was progress of has seen none; or what came after it."""
    if fact.lead_id is None:
        return
    entry = await tx.get(TimelineEntry, fact.follow_up_id)
    rows = await offers.progressed_at(tx, fact.lead_id, entry.at)
    if not rows:
        return
    lead = await tx.lock_lead(fact.lead_id)
    later = await _progress_since(tx, lead, entry)
    within = timedelta(days=rules.prompts.progress_within_days)
    for row in rows:
        counts = later is not None and row.used_at is not None and later - row.used_at <= within
        row.progressed_at = later if counts else None
        tx.add(row)


async def _progress_since(tx: Transaction, lead: Lead, entry: TimelineEntry) -> datetime | None:
    """When the next progress was noted, where any was."""
    gone = {
        one.data["follow_up_id"]
        for one in await leads.entries(tx, lead, FollowUpWithdrawn.kind, last=_MOST)
    }
    steps = [
        *await leads.entries(tx, lead, FollowedUp.kind, last=_MOST),
        *await leads.entries(tx, lead, ResultGiven.kind, last=_MOST),
    ]
    return min(
        (one.at for one in steps if one.at >= entry.at and one.id not in {entry.id, *gone}),
        default=None,
    )
