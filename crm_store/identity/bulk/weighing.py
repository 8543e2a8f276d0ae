"""What our rules found, weighed against what Splink learnt from all the records together.

The rules know what proves nothing and what excludes; Splink knows how common a name is and how much
the small things say together. So its weight moves a verdict up where the rules only lacked points,
and down where a firm's name alone carried it; a veto stands, whatever the weight.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from config.schemas.identity import Identity
from crm_store.identity.clustering import Link
from crm_store.identity.comparing import Shared, compare
from crm_store.identity.record import Record
from crm_store.identity.verdict import Effect, Evidence, Outcome, Verdict

SURE = 9.0
"""Match weight (log2 of the odds) from which the whole of two records is proof: 1 in 500."""
DOUBTFUL = 0.0
"""Below even odds a firm's name alone is no proof."""
_KEYS = frozenset(("phone", "email", "wechat", "credit_code"))
Weights = dict[tuple[int, int], float]
"""Of pairs of positions, the smaller first, the match weight."""


class TooLarge(Exception):
    """Splink cannot weigh as many records in the memory and on the disk that it may take."""


_WHICH_FIRM = frozenset(("company", "street", *_KEYS))
_TOGETHER = frozenset((Effect.AGREES, Effect.CLOSE, Effect.SHARED))


def weighed(
    records: Sequence[Record],
    links: Iterable[Link],
    weights: Weights,
    shared: Shared,
    rules: Identity,
) -> list[Link]:
    """The links as both see them; those that only Splink saw among them."""
    found = {(link.one, link.other): link for link in links}
    for pair, weight in weights.items():
        known = found.get(pair)
        if known is None:
            if weight < SURE:
                continue
        elif known.outcome is Outcome.SAME:
            if weight >= DOUBTFUL:
                continue
        elif weight < SURE:
            continue
        plain = compare(records[pair[0]], records[pair[1]], shared, rules)
        verdict = weigh(plain, weight, rules)
        if verdict is not plain:
            found[pair] = Link(*pair, verdict.score, verdict.outcome)
    return list(found.values())


def weigh(verdict: Verdict, weight: float | None, rules: Identity) -> Verdict:
    """The verdict itself where the weight changes nothing."""
    if weight is None:
        return verdict
    if verdict.outcome is Outcome.SAME:
        if weight < DOUBTFUL and not _has_key(verdict):
            return _moved(verdict, Outcome.REVIEW, rules.merge_at - 1, Effect.DIFFERS)
    elif weight >= SURE and _may_rise(verdict):
        return _moved(verdict, Outcome.SAME, rules.merge_at, Effect.CLOSE)
    return verdict


def _has_key(verdict: Verdict) -> bool:
    return any(one.effect is Effect.AGREES and one.field in _KEYS for one in verdict.evidence)


def _may_rise(verdict: Verdict) -> bool:
    """Something says which firm it is, and nothing that it is another."""
    is_told = False
    for one in verdict.evidence:
        if one.effect is Effect.VETOES or (
            one.effect is Effect.DIFFERS and one.field in ("company", "legal_person")
        ):
            return False
        if one.field in _WHICH_FIRM and one.effect in _TOGETHER:
            is_told = True
    return is_told


def _moved(verdict: Verdict, outcome: Outcome, score: int, effect: Effect) -> Verdict:
    return replace(
        verdict,
        outcome=outcome,
        score=score,
        evidence=(*verdict.evidence, Evidence("overall", effect, score - verdict.score)),
    )
