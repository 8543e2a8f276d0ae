"""重建身份: all that is known of all clients is compared at once, as if it came today: for what was
there before the index, and after the rules were changed. Done again it changes nothing.

Merges and doubtful pairs go the way of a record that comes by itself (identifying.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crm_store.identity.index import Match
from crm_store.identity.verdict import Outcome, Verdict
from crm_store.models import ReviewState
from crm_store.queries import aliases, reviews
from crm_store.store import Transaction
from handlers.identifying import note_as_known, settle


@dataclass(frozen=True, slots=True)
class Finding:
    """Two numbers, and what the comparison of all records came to."""

    one: int
    other: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Findings:
    """Those of one transaction."""

    pairs: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Unindexed:
    """Numbers that were there before the index was."""

    numbers: Sequence[int]


@dataclass(slots=True)
class Rebuilt:
    """What was changed."""

    indexed: int = 0
    merged: int = 0
    asked: int = 0


async def fill_index(unindexed: Unindexed, tx: Transaction) -> Rebuilt:
    """Notes of each number what its client's columns and identifiers say."""
    done = Rebuilt()
    for number in unindexed.numbers:
        done.indexed += await note_as_known(tx, number)
    return done


async def carry_out(findings: Findings, tx: Transaction) -> Rebuilt:
    """Merges who is the same, and has a person asked of who may be."""
    done = Rebuilt()
    for finding in findings.pairs:
        await _carry_out(tx, finding, done)
    return done


async def _carry_out(tx: Transaction, finding: Finding, done: Rebuilt) -> None:
    ids = [await aliases.live_id(tx, number) for number in (finding.one, finding.other)]
    # The lower number first, as everybody holds two clients.
    one, other = [await tx.lock_client(client_id) for client_id in sorted(ids)]
    if one.id == other.id or one.erased_at is not None or other.erased_at is not None:
        return
    asked = await reviews.of_both(
        tx,
        await aliases.numbers_of(tx.session, one.id),
        await aliases.numbers_of(tx.session, other.id),
    )
    if any(review.state == ReviewState.DISTINCT for review in asked):
        return
    is_same = finding.verdict.outcome is Outcome.SAME
    if not is_same and any(review.state in reviews.WAITING for review in asked):
        return
    await settle(tx, one, [Match(other.id, finding.other, finding.verdict)])
    done.merged += is_same
    done.asked += not is_same
