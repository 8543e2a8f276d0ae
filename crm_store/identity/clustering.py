"""A whole file's records into clients: candidates, verdicts, and unions that are guarded."""

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.schemas.identity import Identity
from crm_store.identity.blocking import pairs
from crm_store.identity.calibrating import calibrated
from crm_store.identity.comparing import Shared, compare
from crm_store.identity.record import Record
from crm_store.identity.sharing import shared_among
from crm_store.identity.unions import Unions
from crm_store.identity.verdict import Outcome, Verdict

_FEWEST, _MOST = 500, 20_000
"""Pairs that a process judges at a time."""

_A_HANDFUL = 20
"""Doubtful pairs that a person is shown however short the list is."""


@dataclass(frozen=True, slots=True)
class Link:
    """Two records, by their positions, and how sure it is that they are one client."""

    one: int
    other: int
    score: int
    outcome: Outcome


@dataclass(frozen=True)
class Clusters:
    """What became of some records."""

    heads: list[int]
    """Of each record the position of the first of its client."""
    merged: list[Link]
    """What the clients were put together by."""
    review: list[Link]
    """What a person should look at, the likeliest first."""
    shared: Shared


def cluster(records: Sequence[Record], rules: Identity, *, processes: int = 1) -> Clusters:
    """The clients among the records; a pair that was merged never stands in review."""
    candidates = pairs(records, processes=processes)
    shared = calibrated(records, candidates, shared_among(records, rules), rules)
    found = list(judged(records, candidates, shared, rules, processes=processes))
    return united(records, found, shared, rules)


def united(
    records: Sequence[Record], found: Sequence[Link], shared: Shared, rules: Identity
) -> Clusters:
    """The clients by links that were judged, by whatever engine."""
    unions = Unions(records, rules)
    doubtful: list[Link] = []
    merged: list[Link] = []
    for link in sorted(found, key=lambda one: (-one.score, one.one, one.other)):
        if link.outcome is not Outcome.SAME:
            doubtful.append(link)
        elif unions.head(link.one) != unions.head(link.other):
            (merged if unions.unite(link.one, link.other, link.score) else doubtful).append(link)
    heads = [unions.head(at) for at in range(len(records))]
    return Clusters(heads, merged, _for_review(doubtful, heads, rules), shared)


def verdict_on(
    records: Sequence[Record], link: Link, clusters: Clusters, rules: Identity
) -> Verdict:
    """A link with its reasons."""
    return compare(records[link.one], records[link.other], clusters.shared, rules)


def _for_review(links: Sequence[Link], heads: Sequence[int], rules: Identity) -> list[Link]:
    """One link between two clients, and no more than people can look at."""
    most = max(_A_HANDFUL, int(len(heads) * rules.review_share))
    kept: dict[tuple[int, int], Link] = {}
    for link in sorted(links, key=lambda one: (-one.score, one.one, one.other)):
        ends = heads[link.one], heads[link.other]
        if ends[0] != ends[1] and len(kept) < most:
            kept.setdefault((min(ends), max(ends)), link)
    return list(kept.values())


@dataclass(frozen=True)
class _Bench:
    records: Sequence[Record]
    shared: Shared
    rules: Identity

    def judge(self, candidates: Sequence[int]) -> list[tuple[int, int, Outcome]]:
        """Of pairs, those that are not apart: the pair, its score and the outcome."""
        records, shared, rules, count = self.records, self.shared, self.rules, len(self.records)
        found: list[tuple[int, int, Outcome]] = []
        for pair in candidates:
            one, other = divmod(pair, count)
            verdict = compare(records[one], records[other], shared, rules)
            if verdict.outcome is not Outcome.APART:
                found.append((pair, verdict.score, verdict.outcome))
        return found


_BENCH: list[_Bench] = []
"""What a forked process judges by."""


def judged(
    records: Sequence[Record],
    candidates: Sequence[int],
    shared: Shared,
    rules: Identity,
    *,
    processes: int = 1,
) -> Iterator[Link]:
    """The links among candidates (`pairs`)."""
    bench = _Bench(records, shared, rules)
    size = min(_MOST, max(_FEWEST, len(candidates) // (4 * processes)))
    chunks = [candidates[at : at + size] for at in range(0, len(candidates), size)]
    count = len(records)
    if processes == 1 or len(chunks) <= 1:
        results = map(bench.judge, chunks)
        yield from (_link(found, count) for part in results for found in part)
        return
    forked = multiprocessing.get_context("fork")
    with forked.Pool(processes, initializer=_BENCH.append, initargs=(bench,)) as pool:
        for part in pool.imap_unordered(_judge, chunks):
            yield from (_link(found, count) for found in part)


def _judge(candidates: Sequence[int]) -> list[tuple[int, int, Outcome]]:
    return _BENCH[0].judge(candidates)


def _link(found: tuple[int, int, Outcome], count: int) -> Link:
    pair, score, outcome = found
    return Link(*divmod(pair, count), score, outcome)
