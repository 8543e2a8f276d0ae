"""A record against a client who has several: what is shared, which evidence decides, who vetoes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from config.schemas.identity import Identity
from crm_store.identity.comparing import Shared, compare
from crm_store.identity.record import Record
from crm_store.identity.verdict import Effect, Evidence, Outcome, Verdict

_ORDER = {Outcome.SAME: 3, Outcome.FAMILY: 2, Outcome.REVIEW: 1, Outcome.APART: 0}


def rank(verdict: Verdict) -> tuple[int, int]:
    """Greater is nearer to being one client."""
    return _ORDER[verdict.outcome], verdict.score


def judge(
    record: Record,
    theirs: Sequence[Record],
    ours: Sequence[Record],
    shared: Shared,
    rules: Identity,
) -> tuple[int, Verdict]:
    """Which of their records decides, and the verdict on the two clients; `ours` is what else is
    known of the record's own client.

    The best evidence decides, but a veto between any two of their records keeps them apart.
    """
    verdicts = [compare(record, one, shared, rules) for one in theirs]
    at = max(range(len(verdicts)), key=lambda place: rank(verdicts[place]))
    best = verdicts[at]
    if best.outcome is not Outcome.SAME:
        return at, best
    others = (compare(own, one, shared, rules) for own in ours for one in theirs)
    veto = next(_vetoes(chain(verdicts, others)), None)
    if veto is None:
        return at, best
    return at, replace(best, outcome=Outcome.REVIEW, evidence=(*best.evidence, veto))


def _vetoes(verdicts: Iterable[Verdict]) -> Iterator[Evidence]:
    for verdict in verdicts:
        for evidence in verdict.evidence:
            if evidence.effect is Effect.VETOES:
                yield evidence
