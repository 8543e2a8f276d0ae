"""What SQLAlchemy spells by dialect, or hides, though both databases mean the same."""

from typing import Any

from sqlalchemy import CursorResult, Result, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(table: Table, dialect: str) -> "postgresql.Insert | sqlite.Insert":
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def changed_rows(result: Result[Any]) -> int:
    """How many rows an INSERT, UPDATE or DELETE changed.

    `execute` is typed to return what a SELECT does, and only the result of the others counts.
    """
    assert isinstance(result, CursorResult)
    return result.rowcount
