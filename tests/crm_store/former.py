"""Databases as former programs left them: recorded rows, put back under their revision's schema.

`old/revision_0001.json` was written by the program of that revision after a day's work of
tests/world.py's company. It is data: it never changes when the code does.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, column, insert, table, text
from sqlalchemy.types import TypeEngine

from crm_store import schema
from crm_store.database import Database
from crm_store.types import Json, Moment

_FOLDER = Path(__file__).parent / "old"


@dataclass(frozen=True)
class Former:
    """What was put back: the key that opens it, and when it was left."""

    key: str
    now: datetime
    rows: dict[str, int]


async def put_back(url: str, revision: str) -> Former:
    """Fills the empty database with what the program of `revision` left."""
    recorded = json.loads((_FOLDER / f"revision_{revision}.json").read_text(encoding="utf-8"))
    database = Database(url)
    try:
        await schema.upgrade(database, revision)
        async with database.writing() as session:
            for name, content in recorded["tables"].items():
                kinds = content["columns"]
                columns = [column(each, _type(kind)) for each, kind in kinds.items()]
                rows = [
                    {
                        each: _value(kind, v)
                        for (each, kind), v in zip(kinds.items(), row, strict=True)
                    }
                    for row in content["rows"]
                ]
                await session.execute(insert(table(name, *columns)), rows)
                if not database.is_sqlite and "id" in kinds and isinstance(rows[0]["id"], int):
                    serial = f"pg_get_serial_sequence('{name}', 'id')"
                    top = max(row["id"] for row in rows)
                    await session.execute(text(f"SELECT setval({serial}, {top})"))
    finally:
        await database.close()
    counts = {name: len(content["rows"]) for name, content in recorded["tables"].items()}
    return Former(recorded["key"], datetime.fromisoformat(recorded["now"]), counts)


def _type(kind: str) -> TypeEngine[Any] | None:
    match kind:
        case "moment":
            return Moment()
        case "bytes":
            return LargeBinary()
        case "json":
            return Json
    return None


def _value(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "moment":
        return datetime.fromisoformat(value)
    return base64.b64decode(value) if kind == "bytes" else value
