"""What came of it: a follow-up, a result or a won deal within some days of using a document."""

from datetime import timedelta

from config.rules import Rules
from crm_store.facts import Fact, FollowedUp, LeadClosed, ResultGiven
from crm_store.models import LeadState
from crm_store.queries import offers
from crm_store.store import Transaction
from handlers.router import Router

router = Router("talk_progress")


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
        row.progressed_at = tx.now
        tx.add(row)
