"""Many rows of several tables at once, numbered beforehand, so that they can point at each other.

What the session's own rows cost each (a tenth of a millisecond and more) an import of a hundred
thousand clients cannot pay. The rows go in table by table; nothing of them is held afterwards.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count
from typing import Any

import orjson
from sqlalchemy import JSON, Column, Dialect, LargeBinary, Table, bindparam, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

import crm_store.tables  # noqa: F401 (the metadata must be complete)

_AT_LEAST = 1_000
"""Numbers that are drawn at once where they come from a sequence."""


@dataclass(frozen=True, eq=False)
class Into:
    """A table, and the columns that rows for it give, in their order."""

    table: Table
    columns: tuple[str, ...]

    @classmethod
    def of(cls, table: str, *columns: str) -> "Into":
        return cls(SQLModel.metadata.tables[table], columns)


class Numbers:
    """The next numbers of a table's rows. Nobody else is given them."""

    def __init__(self, connection: AsyncConnection, table: str) -> None:
        self._connection = connection
        self._table = SQLModel.metadata.tables[table].name
        self._drawn: Iterator[int] | None = None
        self._left = 0

    async def ensure(self, wanted: int) -> None:
        """So many can be taken."""
        if self._connection.dialect.name == "sqlite":
            # One writer: until the commit nobody else numbers anything.
            if self._drawn is None:
                newest = text(f'SELECT coalesce(max(id), 0) FROM "{self._table}"')
                self._drawn = count((await self._connection.execute(newest)).scalar_one() + 1)
        elif self._left < wanted:
            drawn = (await self._connection.execute(_DRAW, self._draws(wanted))).scalars().all()
            self._drawn = iter([*(self._drawn or ()), *drawn])
            self._left += len(drawn)

    def _draws(self, wanted: int) -> dict[str, Any]:
        return {"table": self._table, "wanted": max(wanted, _AT_LEAST)}

    def take(self) -> int:
        self._left -= 1
        assert self._drawn is not None, "ensure() comes first"
        return next(self._drawn)


_DRAW = text(
    "SELECT nextval(pg_get_serial_sequence(:table, 'id'))"
    " FROM generate_series(1, CAST(:wanted AS integer))"
)


async def put(connection: AsyncConnection, into: Into, rows: Sequence[Sequence[Any]]) -> None:
    """Inserts rows as `into` says what stands where."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        named = [dict(zip(into.columns, row, strict=True)) for row in rows]
        await connection.execute(insert(into.table), named)
        return
    prepares = _prepares(into, connection.dialect)
    await connection.exec_driver_sql(_statement(into), [_prepared(row, prepares) for row in rows])


async def change(
    connection: AsyncConnection, into: Into, rows: Sequence[Sequence[Any]], *, key: str = "id"
) -> None:
    """Sets columns of rows that are there; the last value of a row is its `key`."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        statement = into.table.update().where(into.table.c[key] == _bound(key))
        statement = statement.values({name: _bound(name) for name in into.columns[:-1]})
        named = [
            {f"new_{name}": v for name, v in zip(into.columns, row, strict=True)} for row in rows
        ]
        await connection.execute(statement, named)
        return
    sets = ", ".join(f'"{name}" = ?' for name in into.columns[:-1])
    prepares = _prepares(into, connection.dialect)
    await connection.exec_driver_sql(
        f'UPDATE "{into.table.name}" SET {sets} WHERE "{key}" = ?',
        [_prepared(row, prepares) for row in rows],
    )


def _bound(name: str) -> Any:
    return bindparam(f"new_{name}")


@cache
def _statement(into: Into) -> str:
    quoted = ", ".join(f'"{name}"' for name in into.columns)
    marks = ", ".join("?" * len(into.columns))
    return f'INSERT INTO "{into.table.name}" ({quoted}) VALUES ({marks})'


def _as_json(value: Any) -> str:
    return orjson.dumps(value).decode()


Prepare = Callable[[Any], Any]


@cache
def _prepares(into: Into, dialect: Dialect) -> list[tuple[int, Prepare]]:
    """The columns whose values SQLite's driver does not take as they are."""
    found = []
    for place, name in enumerate(into.columns):
        prepare = _prepare(into.table.c[name], dialect)
        if prepare is not None:
            found.append((place, prepare))
    return found


def _prepare(column: "Column[Any]", dialect: Dialect) -> Prepare | None:
    if isinstance(column.type, LargeBinary):
        return None
    if isinstance(column.type, JSON):
        return _as_json
    prepare: Prepare | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    # Most moments of a batch are the same one; what takes a text or a number does nothing here.
    return lru_cache(maxsize=1024)(prepare) if prepare is not None else None


def _prepared(row: Sequence[Any], prepares: Sequence[tuple[int, Prepare]]) -> tuple[Any, ...]:
    if not prepares:
        return tuple(row)
    values = list(row)
    for place, prepare in prepares:
        values[place] = prepare(values[place])
    return tuple(values)
