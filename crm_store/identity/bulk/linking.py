"""Splink at work: learns from all records how much each field says, and scores the pairs."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on
from splink.internals.splink_dataframe import SplinkDataFrame

from crm_store.identity.bulk import model
from crm_store.identity.bulk.weighing import Weights

TABLE = "records"
_MOST_LIKELY = 0.01
_MEGABYTES, _KILOBYTES_A_RECORD = 700, 3
"""What DuckDB may hold; more of its work goes to a temporary folder."""


def weights_of(table: pa.Table) -> Weights:
    """Of all pairs of the table (`as_table`) that are worth a look; none where there is too little
    to learn from."""
    most = max(_MEGABYTES, table.num_rows * _KILOBYTES_A_RECORD // 1000)
    options: dict[str, str | bool | int | float | list[str]] = {
        "threads": os.cpu_count() or 1,
        "memory_limit": f"{most}MB",
    }
    with duckdb.connect(config=options) as base, hushed():
        base.execute("SET enable_progress_bar = false")
        base.execute("SET preserve_insertion_order = false")
        base.register("written", table)
        base.execute(f"CREATE TABLE {TABLE} AS {model.preparing('written')}")
        base.unregister("written")
        found = scored(
            DuckDBAPI(connection=base),
            lambda asked: base.execute(asked).fetchall(),
            table.num_rows,
        )
        if found is None:
            return {}
        rows = base.execute(
            f"SELECT unique_id_l, unique_id_r, match_weight FROM {found.physical_name}"
        ).fetchall()
    return {(min(one, other), max(one, other)): weight for one, other, weight in rows}


def scored(
    database: Any,
    ask: Callable[[str], Iterable[Sequence[Any]]],
    count: int,
) -> SplinkDataFrame | None:
    """The pairs of the prepared table `records` with their weights, on whatever engine it is."""
    lesson = model.lesson({name: float(pairs) for name, pairs in ask(model.counting_pairs(TABLE))})
    if lesson is None:
        return None
    alike = {name: share and float(share) for name, share in ask(model.counting(TABLE))}
    chance = min(lesson.expected / (count * (count - 1) / 2), _MOST_LIKELY)
    linker = Linker(database.register(TABLE), model.settings(alike, chance), log_level=None)
    for rule in lesson.rules:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*rule),
            estimate_without_term_frequencies=True,
            max_pairs=model.MOST_LEARNT,
            record_sample_proportion=0.3,
        )
    return linker.inference.predict(warning_mode="never")


@contextmanager
def hushed() -> Iterator[None]:
    """Splink tells everything it does; who runs a command has a progress bar."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
