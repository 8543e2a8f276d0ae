"""Linking many records at once with Splink, on DuckDB or on Spark: the extras `bulk` and `spark`.

Splink learns from the records themselves how much each field's agreement is worth and scores the
pairs; our guards judge what it proposes (`weighing.py`), by the same rules as online.
"""
