"""The same linking on a small local Spark, where the extra `spark` and a Java are installed."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from bot.dedupe.normalising import record_from
from crm_store.identity.bulk.model import FIELDS, ID
from tests.benchmarks.crowd import crowd

pyspark = pytest.importorskip("pyspark")
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark wants a Java"),
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore"),  # Spark's own, of its last ten versions
]


@pytest.fixture
def session() -> Iterator[Any]:
    from pyspark.sql import SparkSession  # noqa: PLC0415 (an extra)

    made = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    made.sparkContext.setLogLevel("ERROR")
    yield made
    made.stop()


def test_spark_finds_the_pairs_that_duckdb_finds(session: Any) -> None:
    from crm_store.identity.bulk.linking import weights_of  # noqa: PLC0415 (an extra)
    from crm_store.identity.bulk.spark import weights_on  # noqa: PLC0415
    from crm_store.identity.bulk.table import as_table  # noqa: PLC0415

    made = crowd(5, count=1_900, records=3_000)
    records = [record_from(row[1:]) for row in made.rows]
    table = as_table(records)
    rows = table.to_pylist()
    frame = session.createDataFrame(
        [tuple(row[name] for name in (ID, *FIELDS)) for row in rows],
        ", ".join((f"{ID} long", *(f"{name} string" for name in FIELDS))),
    )

    found = weights_on(session, frame)

    assert found is not None
    weights = {(min(row[0], row[1]), max(row[0], row[1])): row[2] for row in found.collect()}
    here = weights_of(table, megabytes=500)
    assert set(weights) == set(here)
    assert all(abs(weights[pair] - here[pair]) < 0.5 for pair in here)
