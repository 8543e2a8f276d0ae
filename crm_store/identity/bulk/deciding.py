"""The clients among many records: by our rules alone, or by the rules and Splink together.

Splink learns and scores in a process of its own while the rules are applied. Where its memory does
not suffice the rules decide alone.
"""

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from marshal import dumps, loads
from pathlib import Path
from typing import Any

from config.schemas.identity import Identity
from crm_store.identity.blocking import pairs
from crm_store.identity.bulk.weighing import TooLarge, Weights, weigh, weighed
from crm_store.identity.calibrating import calibrated
from crm_store.identity.clustering import Clusters, Link, cluster, judged, united
from crm_store.identity.comparing import Shared, compare
from crm_store.identity.record import Record
from crm_store.identity.sharing import shared_among
from crm_store.identity.verdict import Verdict

STEPS = 4
"""How often `decide` calls its `step`."""
MEGABYTES = 1_500
"""What all of it may hold together with Splink."""
_FEW = 5_000
"""Fewer records are not worth a second process."""
_BESIDE_DUCKDB = 350
_LEAST = 150
"""Megabytes: what is held besides the records and DuckDB's buffers, and what DuckDB
cannot do without."""


@dataclass(frozen=True)
class Decided:
    records: Sequence[Record]
    clusters: Clusters
    weights: Weights
    """What Splink made of the pairs; empty without it."""
    rules: Identity
    lacked_memory: bool = False
    """Splink was asked for and had to give up: the rules decided alone."""

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
    with_splink: bool = False,
    megabytes: int = MEGABYTES,
    step: Callable[[], None] = lambda: None,
) -> Decided:
    """`with_splink` wants the extra; `megabytes`: what everything may hold together with it."""
    if not with_splink:
        clusters = cluster(records, rules, processes=processes if len(records) >= _FEW else 1)
        for _ in range(STEPS):
            step()
        return Decided(records, clusters, {}, rules)
    with without_collector():
        shared, links, found = _both(records, rules, step, processes, megabytes)
        weights = found or {}
        together = weighed(records, links, weights, shared, rules)
        clusters = united(records, together, shared, rules)
        step()
    return Decided(records, clusters, weights, rules, lacked_memory=found is None)


def _both(
    records: Sequence[Record],
    rules: Identity,
    step: Callable[[], None],
    processes: int,
    megabytes: int,
) -> tuple[Shared, list[Link], Weights | None]:
    """What the rules found, and Splink's weights: None where its memory did not suffice."""
    from crm_store.identity.bulk.table import as_table  # noqa: PLC0415 (an extra)

    table = as_table(records)
    limit = max(_LEAST, megabytes - _held() - _BESIDE_DUCKDB)
    step()
    weights: Weights | None = None
    if processes < 2 or "fork" not in multiprocessing.get_all_start_methods():  # noqa: PLR2004
        with suppress(TooLarge):
            weights = _by_splink(table, limit)
        shared, links = _by_rules(records, rules)
        step()
        return shared, links, weights
    _given.append(table)
    try:
        # What it does not touch it shares with us: the records are in memory once.
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as aside:
            learning = aside.submit(_learn, limit)
            shared, links = _by_rules(records, rules)
            step()
            with suppress(TooLarge, BrokenProcessPool):  # Broken: the system killed it.
                weights = loads(learning.result())
    finally:
        _given.clear()
    step()
    return shared, links, weights


def _held() -> int:
    """Megabytes that this process holds; 0 where the system does not tell."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) // 1024
    return 0


def _by_splink(table: Any, megabytes: int) -> Weights:
    from crm_store.identity.bulk.linking import weights_of  # noqa: PLC0415 (an extra)

    return weights_of(table, megabytes=megabytes)


def _by_rules(records: Sequence[Record], rules: Identity) -> tuple[Shared, list[Link]]:
    candidates = pairs(records)
    shared = calibrated(records, candidates, shared_among(records, rules), rules)
    return shared, list(judged(records, candidates, shared, rules))


_given: list[Any] = []
"""The table that the forked process learns from: it inherits it, nothing is copied over."""


def _learn(megabytes: int) -> bytes:
    """Marshalled: pickling as many tuples takes as long as scoring them."""
    return dumps(_by_splink(_given[-1], megabytes))


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
