"""Many rows at once, handed to the driver as it takes them.

SQLAlchemy prepares every value of every row by itself, which costs more than the insert. Here the
statement is written once for a table and a dialect, and only what a driver does not take as it is
(moments on SQLite) is changed. SQLite gets a statement and its rows, PostgreSQL one statement with
an array for each column: one round trip, and the order of the rows is that of their ids.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, Integer, LargeBinary, String, Table
from sqlalchemy.ext.asyncio import AsyncConnection

Prepare = Callable[[Any], Any]


async def insert_new(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], *, key: str
) -> int:
    """Inserts rows that all have the same columns, in their order; those whose `key` is there
    already (or came earlier among them) are left out. How many were new."""
    if not rows:
        return 0
    dialect = connection.dialect
    statement = _statement(table, tuple(rows[0]), key, dialect.name)
    columns = [
        _prepared([row[name] for row in rows], _prepares(table.c[name], dialect))
        for name in rows[0]
    ]
    values: Any = tuple(columns)
    if not statement.takes_arrays:
        values = list(zip(*columns, strict=True))
    return (await connection.exec_driver_sql(statement.text, values)).rowcount


@dataclass(frozen=True)
class _Statement:
    text: str
    takes_arrays: bool


@cache
def _statement(table: Table, names: tuple[str, ...], key: str, dialect: str) -> _Statement:
    quoted = ", ".join(f'"{name}"' for name in names)
    into, skip = f'INSERT INTO "{table.name}" ({quoted})', f'ON CONFLICT ("{key}") DO NOTHING'
    if dialect != "postgresql":
        return _Statement(f"{into} VALUES ({', '.join('?' * len(names))}) {skip}", False)
    arrays = ", ".join(
        f"${place}::{_array(table.c[name])}" for place, name in enumerate(names, start=1)
    )
    new = f"unnest({arrays}) WITH ORDINALITY AS new ({quoted}, place)"
    return _Statement(f"{into} SELECT {quoted} FROM {new} ORDER BY place {skip}", True)


def _array(column: "Column[Any]") -> str:
    """The array type without a length: a cast to one would cut what is too long."""
    match getattr(column.type, "impl_instance", column.type):
        case LargeBinary():
            return "bytea[]"
        case String():
            return "text[]"
        case DateTime():
            return "timestamptz[]"
        case Integer():
            return "bigint[]"
    raise TypeError(f"{column} is of a type that is not inserted in bulk")


def _prepares(column: "Column[Any]", dialect: Dialect) -> Prepare | None:
    if isinstance(column.type, LargeBinary):
        return None  # every driver takes bytes
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _prepared(values: list[Any], prepare: Prepare | None) -> list[Any]:
    """A value that stands in many rows is prepared once."""
    if prepare is None:
        return values
    done: dict[int, Any] = {}
    for value in values:
        if id(value) not in done:
            done[id(value)] = prepare(value)
    return [done[id(value)] for value in values]
