"""导出: every table as CSV in the clear, for its owner; with a manifest that says what is there.

    DIR/clients.csv, leads.csv, …   UTF-8, a header line, moments in UTC; recordings in base64
    DIR/manifest.json               rows and sha256 of each file, the schema, the time

Rows are streamed from one consistent view of the database: on SQLite from a snapshot, so that a
working assistant is not held up. Keys, tokens and codes are not exported.
"""

import base64
import csv
import hashlib
import io
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from sqlalchemy import Column, ColumnElement, Select, Table, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from crm_store import schema
from crm_store.database import Database
from crm_store.errors import CrmError
from crm_store.lanes import lanes_of
from crm_store.queries import aliases
from crm_store.sealed import BY_CLIENT, BY_SERVICE
from crm_store.vault import Cipher, Unreadable, Vault
from crm_store.view import GONE

MANIFEST = "manifest.json"
_SNAPSHOT = ".snapshot.db"
_AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

SECRET_TABLES = frozenset(
    {"client_grams", "client_keys", "keyring", "record_keys", "spoken", "tokens"}
)
SECRET_COLUMNS = frozenset(
    {"cards.code", "client_records.veiled", "identities.lookup", "outbox.body_hash"}
)
OF_OTHERS = frozenset({"merges.restore"})
"""Not for one person's export: what whoever he was parted from is called."""
SECRET_FIELDS = frozenset({"token", "code", "welcome_code", "url", "ticket"})
"""In events and orders: what opens a door at a platform, or one of our own pages."""

_NUMBERED = {
    "clients": ("id",),
    "kin": ("a_id", "b_id"),
    "merges": ("kept_id", "merged_id"),
    "reviews": ("a_id", "b_id"),
}
"""Where a client's number stands under another name."""

Advance = Callable[[str, int], None]
"""Told of a table's name and of how many rows of it were written just now."""


class ExportRefused(CrmError):
    """The folder cannot be used; the message says why."""


@dataclass(frozen=True)
class Exported:
    """One table's file."""

    file: str
    rows: int
    sha256: str
    left_out: list[str]


@dataclass
class _Folder:
    """The folder being filled; what was written is taken back where the export fails."""

    path: Path
    written: list[Path] = field(default_factory=list)

    @classmethod
    def claim(cls, path: Path) -> "_Folder":
        """Raises ExportRefused."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise ExportRefused(f"{path} 不是空文件夹，请另选一个：旧的导出不会被覆盖")
            path.chmod(0o700)
        except OSError as failed:
            raise ExportRefused(f"写不了 {path}（{failed.strerror}），请另选一个文件夹") from None
        return cls(path)

    def create(self, name: str) -> BinaryIO:
        """A new file that only its owner may read."""
        target = self.path / name
        opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self.written.append(target)
        return os.fdopen(opened, "wb")

    def take_back(self) -> None:
        for path in self.written:
            path.unlink(missing_ok=True)
        self.written.clear()

    def drop(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)


class _Sheet:
    """A CSV file being written, hashed as it grows."""

    def __init__(self, file: BinaryIO, header: Sequence[str]) -> None:
        self._file = file
        self._text = io.StringIO(newline="")
        self._csv = csv.writer(self._text)
        self._digest = hashlib.sha256()
        self.rows = 0
        self._csv.writerow(header)

    def write(self, rows: Iterable[Sequence[object]]) -> None:
        for row in rows:
            self._csv.writerow([cell(value) for value in row])
            self.rows += 1
        self._flush()

    def finish(self) -> str:
        """Makes the rows durable; the file's sha256."""
        self._flush()
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._digest.hexdigest()

    def _flush(self) -> None:
        content = self._text.getvalue().encode("utf-8", "replace")
        self._text.seek(0)
        self._text.truncate()
        self._file.write(content)
        self._digest.update(content)


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool | int | float):
        return str(value)
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{text}" if text.startswith(_FORMULA) else text


async def row_counts(database: Database) -> dict[str, int]:
    """Roughly how much there is to do, for showing progress."""
    async with database.reading() as session:
        return {
            table.name: (
                await session.execute(select(func.count()).select_from(table))
            ).scalar_one()
            for table in _tables()
        }


async def export(
    database: Database,
    vault: Vault,
    folder: Path,
    *,
    now: datetime,
    client_id: int | None = None,
    advance: Advance = lambda table, rows: None,
) -> dict[str, Exported]:
    """Writes every table, or one client's rows of those that have any, into an empty folder.

    Raises ExportRefused where the folder cannot be used; then nothing is left in it.
    """
    into = _Folder.claim(folder)
    try:
        async with _one_moment(database, into) as connection:
            person = await _Person.find(connection, client_id) if client_id is not None else None
            exported = {}
            rings = await _rings(connection)
            for table in _tables():
                if person is not None and person.rows_of(table) is None:
                    continue
                exported[table.name] = await _export_table(
                    connection, _Opener(vault, table, rings, person), into, person, advance
                )
        _write_manifest(into, exported, now=now, client_id=client_id)
    except BaseException:
        into.take_back()
        raise
    return exported


def _tables() -> list[Table]:
    every = SQLModel.metadata.tables
    return [table for name, table in sorted(every.items()) if name not in SECRET_TABLES]


@asynccontextmanager
async def _one_moment(database: Database, into: _Folder) -> AsyncIterator[AsyncConnection]:
    """A connection that sees the database as it is now, however long it is read from."""
    if not database.is_sqlite:
        async with database.engine.connect() as connection:
            yield await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        return
    into.create(_SNAPSHOT).close()
    try:
        async with database.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            await driver.execute("VACUUM INTO ?", (str(into.path / _SNAPSHOT),))
        snapshot = Database(f"sqlite+aiosqlite:///{into.path / _SNAPSHOT}")
        try:
            async with snapshot.reader.connect() as connection:
                yield connection
        finally:
            await snapshot.close()
    finally:
        into.drop(_SNAPSHOT)


@dataclass(frozen=True)
class _Person:
    """One client, and what leads to the rows about him."""

    client_id: int
    numbers: list[int]
    """His own, and those that were merged into it."""
    lead_ids: list[int]
    lanes: list[str]

    @classmethod
    async def find(cls, connection: AsyncConnection, client_id: int) -> "_Person":
        tables = SQLModel.metadata.tables
        leads, conversations = tables["leads"], tables["conversations"]
        of_leads = select(leads.c.id).where(leads.c.client_id == client_id)
        lead_ids = list((await connection.execute(of_leads)).scalars())
        of_conversations = select(conversations.c.account, conversations.c.client_ref).where(
            conversations.c.client_id == client_id
        )
        lanes = []
        for account, ref in (await connection.execute(of_conversations)).all():
            lanes += [f"kf:{account}:{ref}", f"profile:{ref}"]
        numbers = await aliases.numbers_of(connection, client_id)
        lanes += [lane for number in numbers for lane in lanes_of(number)]
        return cls(client_id, numbers, lead_ids, lanes)

    def rows_of(self, table: Table) -> ColumnElement[bool] | None:
        """Which rows of the table are about him; None where none can be."""
        if table.name in _NUMBERED:
            columns = [table.c[name] for name in _NUMBERED[table.name]]
            return or_(*(column.in_(self.numbers) for column in columns))
        if table.name in ("inbox", "outbox"):
            return or_(table.c.client_id.in_(self.numbers), table.c.lane.in_(self.lanes))
        if "client_id" in table.c:
            return table.c.client_id.in_(self.numbers)
        if "lead_id" in table.c:
            return table.c.lead_id.in_(self.lead_ids)
        if table.name == "timers":
            return table.c.subject.in_([f"L{number}" for number in self.lead_ids])
        return None


async def _export_table(
    connection: AsyncConnection,
    opener: "_Opener",
    into: _Folder,
    person: _Person | None,
    advance: Advance,
) -> Exported:
    table, columns = opener.table, opener.columns
    left_out = [str(c.name) for c in table.columns if c not in set(columns)]
    query = opener.query().order_by(*table.primary_key)
    if person is not None:
        rows_of_his = person.rows_of(table)
        assert rows_of_his is not None
        query = query.where(rows_of_his)
    name = f"{table.name}.csv"
    with into.create(name) as file:
        sheet = _Sheet(file, [column.name for column in columns])
        result = await connection.stream(query)
        async for rows in result.partitions(_AT_ONCE):
            sheet.write(opener.opened(row) for row in rows)
            advance(table.name, len(rows))
        return Exported(name, sheet.rows, sheet.finish(), left_out)


_Rings = Mapping[int, Sequence[tuple[int, bytes]]]
"""By the client who holds them, the keys that were drawn for others."""


async def _rings(connection: AsyncConnection) -> _Rings:
    keys = SQLModel.metadata.tables["client_keys"]
    query = select(keys.c.holder_id, keys.c.client_id, keys.c.wrapped).where(
        keys.c.holder_id != keys.c.client_id
    )
    rings: dict[int, list[tuple[int, bytes]]] = {}
    for holder, drawn_for, wrapped in (await connection.execute(query)).all():
        rings.setdefault(holder, []).append((drawn_for, wrapped))
    return rings


class _Opener:
    """Reads a table's rows together with what opens their sealed column."""

    def __init__(self, vault: Vault, table: Table, rings: _Rings, person: _Person | None) -> None:
        self._vault = vault
        self.table = table
        kept_back = SECRET_COLUMNS if person is None else SECRET_COLUMNS | OF_OTHERS
        self.columns: list[Column[Any]] = [
            c for c in table.columns if f"{table.name}.{c.name}" not in kept_back
        ]
        self._rings = rings
        self._by_client = {s.column.name: s for s in BY_CLIENT if s.table is table}
        self._by_service = {s.column.name: s.purpose for s in BY_SERVICE if s.table is table}
        self._cipher = lru_cache(maxsize=1_000)(self._cipher_of)

    def query(self) -> Select[Any]:
        if not self._by_client:
            return select(*self.columns)
        tables = SQLModel.metadata.tables
        keys, leads = tables["client_keys"], tables["leads"]
        if "client_id" in self.table.c:
            source = self.table.outerjoin(keys, keys.c.client_id == self.table.c.client_id)
        else:
            source = self.table.join(leads, leads.c.id == self.table.c.lead_id).outerjoin(
                keys, keys.c.client_id == leads.c.client_id
            )
        key = [keys.c.client_id.label("_key_of"), keys.c.wrapped.label("_wrapped")]
        return select(*self.columns, *key).select_from(source)

    def _cipher_of(self, client_id: int, wrapped: bytes) -> Cipher:
        return self._vault.client_cipher([(client_id, wrapped), *self._rings.get(client_id, ())])

    def opened(self, row: Any) -> list[object]:
        values: Mapping[str, Any] = row._mapping
        return [self._open(column.name, values[column.name], values) for column in self.columns]

    def _open(self, name: str, value: Any, row: Mapping[str, Any]) -> object:
        if value is None:
            return None
        if name in self._by_client:
            if row["_wrapped"] is None:
                return GONE
            cipher: Cipher = self._cipher(row["_key_of"], row["_wrapped"])
            sealed = self._by_client[name]
            plain = cipher.open(value, purpose=sealed.purpose)
            text = plain if sealed.is_text else base64.b64encode(plain)
            return text.decode("utf-8", "replace")
        if name in self._by_service:
            return self._of_service(value, self._by_service[name])
        return value

    def _of_service(self, value: bytes, purpose: str) -> object:
        try:
            plain = self._vault.service.open(value, purpose=purpose)
        except Unreadable:
            return "（密钥不在设置里，读不出）"
        try:
            return without_secrets(orjson.loads(plain))
        except orjson.JSONDecodeError:
            return plain.decode("utf-8", "replace")


def without_secrets(value: Any) -> Any:
    """The same JSON, with nothing in the fields that hold secrets."""
    if isinstance(value, dict):
        return {
            key: None if key in SECRET_FIELDS else without_secrets(inner)
            for key, inner in value.items()
        }
    return [without_secrets(inner) for inner in value] if isinstance(value, list) else value


def _write_manifest(
    into: _Folder, exported: Mapping[str, Exported], *, now: datetime, client_id: int | None
) -> None:
    manifest = {
        "made_at": now.isoformat(),
        "schema": schema.head(),
        "client": None if client_id is None else f"C{client_id}",
        "encoding": "utf-8",
        "formulas": "cells that would be taken for a formula begin with '",
        "left_out": sorted(SECRET_TABLES),
        "tables": {
            str(name): {
                "file": table.file,
                "rows": table.rows,
                "sha256": table.sha256,
                "left_out": table.left_out,
            }
            for name, table in exported.items()
        },
    }
    with into.create(MANIFEST) as file:
        file.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
