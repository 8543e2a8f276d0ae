"""The clients among many records: by our rules alone, or by the rules and Splink together.

Splink learns and scores in a process of its own while the rules are applied.
"""

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from marshal import dumps, loads
from typing import Any

from config.schemas.identity import Identity
from crm_store.identity.blocking import pairs
from crm_store.identity.bulk.weighing import Weights, weigh, weighed
from crm_store.identity.calibrating import calibrated
from crm_store.identity.clustering import Clusters, Link, cluster, judged, united
from crm_store.identity.comparing import Shared, compare
from crm_store.identity.record import Record
from crm_store.identity.sharing import shared_among
from crm_store.identity.verdict import Verdict

STEPS = 4
"""How often `decide` calls its `step`."""
_FEW = 5_000
"""Fewer records teach nothing: the rules do it alone, in this process."""


@dataclass(frozen=True)
class Decided:
    records: Sequence[Record]
    clusters: Clusters
    weights: Weights
    """What Splink made of the pairs; empty without it."""
    rules: Identity

    def verdict_on(self, one: int, other: int) -> Verdict:
        """On the records at two places, with its reasons."""
        verdict = compare(self.records[one], self.records[other], self.clusters.shared, self.rules)
        return weigh(verdict, self.weights.get((min(one, other), max(one, other))), self.rules)


def has_splink() -> bool:
    """Whether the extra `bulk` is installed."""
    return find_spec("splink") is not None and find_spec("duckdb") is not None


def decide(
    records: Sequence[Record],
    rules: Identity,
    *,
    processes: int = 1,
    with_splink: bool | None = None,
    step: Callable[[], None] = lambda: None,
) -> Decided:
    """`with_splink`: None for where it is installed and there is enough to learn from."""
    if with_splink is None:
        with_splink = has_splink() and len(records) >= _FEW
    if not with_splink:
        clusters = cluster(records, rules, processes=processes if len(records) >= _FEW else 1)
        for _ in range(STEPS):
            step()
        return Decided(records, clusters, {}, rules)
    with without_collector():
        shared, links, weights = _both(records, rules, step, processes)
        together = weighed(records, links, weights, shared, rules)
        clusters = united(records, together, shared, rules)
        step()
    return Decided(records, clusters, weights, rules)


def _both(
    records: Sequence[Record], rules: Identity, step: Callable[[], None], processes: int
) -> tuple[Shared, list[Link], Weights]:
    from crm_store.identity.bulk.table import as_table  # noqa: PLC0415 (an extra)

    table = as_table(records)
    step()
    if processes < 2 or "fork" not in multiprocessing.get_all_start_methods():  # noqa: PLR2004
        weights = _by_splink(table)
        shared, links = _by_rules(records, rules)
        step()
        return shared, links, weights
    _given.append(table)
    try:
        # What it does not touch it shares with us: the records are in memory once.
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as aside:
            learning = aside.submit(_learn)
            shared, links = _by_rules(records, rules)
            step()
            weights = loads(learning.result())
    finally:
        _given.clear()
    step()
    return shared, links, weights


def _by_splink(table: Any) -> Weights:
    from crm_store.identity.bulk.linking import weights_of  # noqa: PLC0415 (an extra)

    return weights_of(table)


def _by_rules(records: Sequence[Record], rules: Identity) -> tuple[Shared, list[Link]]:
    candidates = pairs(records)
    shared = calibrated(records, candidates, shared_among(records, rules), rules)
    return shared, list(judged(records, candidates, shared, rules))


_given: list[Any] = []
"""The table that the forked process learns from: it inherits it, nothing is copied over."""


def _learn() -> bytes:
    """Marshalled: pickling as many tuples takes as long as scoring them."""
    return dumps(_by_splink(_given[-1]))


@contextmanager
def without_collector() -> Iterator[None]:
    """Millions of values that hold no circles: looking for some would take a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
