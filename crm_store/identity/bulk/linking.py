"""Splink at work: learns from all records how much each field says, and scores the pairs."""

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on
from splink.internals.splink_dataframe import SplinkDataFrame

from crm_store.identity.bulk import model
from crm_store.identity.bulk.weighing import TooLarge, Weights

TABLE = "records"
_MOST_LIKELY = 0.01
_NO_ROOM = (MemoryError, duckdb.OutOfMemoryException, duckdb.IOException)


def weights_of(table: pa.Table, *, megabytes: int) -> Weights:
    """Of all pairs of the table (`as_table`) that are worth a look; none where there is too little
    to learn from. `megabytes`: what DuckDB may hold; what it can it does in a temporary folder.

    Raises TooLarge."""
    try:
        with tempfile.TemporaryDirectory(prefix="genjin-") as folder:
            return _weights_of(table, folder, megabytes)
    except Exception as failed:
        if _lacks_room(failed):
            raise TooLarge from None
        raise


def _lacks_room(error: BaseException | None) -> bool:
    """Splink wraps what its database says."""
    while error is not None:
        if isinstance(error, _NO_ROOM):
            return True
        error = error.__cause__ or error.__context__
    return False


def _weights_of(table: pa.Table, folder: str, megabytes: int) -> Weights:
    options: dict[str, str | bool | int | float | list[str]] = {
        "threads": os.cpu_count() or 1,
        "memory_limit": f"{megabytes}MB",
        "temp_directory": folder,
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
