"""The same linking on Spark, for what outgrows a machine: the extra `spark`, and a Java."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from splink.internals.spark.database_api import SparkAPI

from crm_store.identity.bulk import model
from crm_store.identity.bulk.linking import TABLE, hushed, scored

_WRITTEN = "written"


def weights_on(session: SparkSession, records: DataFrame) -> DataFrame | None:
    """Of `records` (the columns of `model.FIELDS`, and the id) the pairs that are worth a look:
    unique_id_l, unique_id_r, match_weight. None where there is too little to learn from."""
    records.createOrReplaceTempView(_WRITTEN)
    prepared = session.sql(model.preparing(_WRITTEN)).cache()
    prepared.createOrReplaceTempView(TABLE)

    def ask(query: str) -> Sequence[Any]:
        rows: Sequence[Any] = session.sql(query).collect()
        return rows

    with hushed():
        database = SparkAPI(  # type: ignore[no-untyped-call]
            spark_session=session, break_lineage_method="persist"
        )
        found = scored(database, ask, prepared.count())
    if found is None:
        return None
    return found.as_spark_dataframe().select("unique_id_l", "unique_id_r", "match_weight")
