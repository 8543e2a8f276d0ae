"""导出: everything in the clear for its owner, nothing that opens a door."""

import csv
import hashlib
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import LargeBinary
from sqlmodel import SQLModel

from crm_store import schema
from crm_store.export import (
    MANIFEST,
    SECRET_COLUMNS,
    SECRET_TABLES,
    Exported,
    ExportRefused,
    cell,
    export,
    without_secrets,
)
from crm_store.models import Client, Kin
from crm_store.sealed import BY_CLIENT, BY_SERVICE
from handlers.forgetting import forget
from tests.handlers.pairs import look_alike
from tests.handlers.test_intake import submits
from tests.handlers.test_merging import parts
from tests.world import STORY, Opens, World

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


@pytest.fixture
async def office(opens: Opens) -> AsyncIterator[World]:
    async with opens() as world:
        yield world


async def _export(office: World, folder: Path, **options: Any) -> dict[str, Exported]:
    return await export(office.store.database, office.store.vault, folder, now=NOW, **options)


def _rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_column_of_bytes_is_known_to_be_sealed() -> None:
    """A new sealed column that nobody listed would be exported unread and kept under an old key."""
    known = {sealed.name for sealed in (*BY_CLIENT, *BY_SERVICE)} | SECRET_COLUMNS
    found = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and table.name not in SECRET_TABLES
    }

    assert found <= known


async def test_all_tables_are_there_in_the_clear(office: World, tmp_path: Path) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    folder = tmp_path / "out"

    exported = await _export(office, folder)

    assert set(exported) == set(SQLModel.metadata.tables) - SECRET_TABLES
    assert [row["name"] for row in _rows(folder, "clients")] == ["赵主任"]
    assert [row["body"] for row in _rows(folder, "messages")] == [STORY]
    assert "'+8613800001234" in [row["value"] for row in _rows(folder, "identities")]
    budget = next(row for row in _rows(folder, "lead_fields") if row["name"] == "budget")
    assert orjson.loads(budget["value"])["value"]["max"] == 3_000_000
    assert any(STORY in row["payload"] for row in _rows(folder, "inbox"))
    assert any("赵主任" in row["payload"] for row in _rows(folder, "outbox"))


async def test_the_manifest_counts_and_hashes_every_file(office: World, tmp_path: Path) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    folder = tmp_path / "out"

    await _export(office, folder)

    manifest = orjson.loads((folder / MANIFEST).read_bytes())
    assert manifest["schema"] == schema.head()
    assert manifest["made_at"] == NOW.isoformat()
    listed = {table["file"] for table in manifest["tables"].values()}
    assert _names(folder) == listed | {MANIFEST}
    for name, table in manifest["tables"].items():
        content = (folder / table["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == table["sha256"]
        assert len(_rows(folder, name)) == table["rows"]


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_only_the_owner_may_read_the_files(office: World, tmp_path: Path) -> None:
    folder = tmp_path / "out"

    await _export(office, folder)

    assert _mode(folder) == 0o700
    assert {_mode(folder / name) for name in _names(folder)} == {0o600}


async def test_keys_tokens_and_codes_stay_behind(office: World, tmp_path: Path) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    folder = tmp_path / "out"

    exported = await _export(office, folder)

    assert exported["cards"].left_out == ["code"]
    assert "code" not in _rows(folder, "cards")[0]
    everything = b"".join((folder / name).read_bytes() for name in _names(folder))
    assert b"/t/" not in everything


def test_secrets_inside_an_event_are_taken_out() -> None:
    event = {"text": "好", "reply": {"url": "https://x", "expires_at": "1"}, "code": "RC", "n": [1]}

    assert without_secrets(event) == {
        "text": "好",
        "reply": {"url": None, "expires_at": "1"},
        "code": None,
        "n": [1],
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert cell(f"{start}1+1") == f"'{start}1+1"
    assert cell("好=1") == "好=1"
    assert cell(-3) == "-3"


async def test_one_persons_export_holds_nobody_else(office: World, tmp_path: Path) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.client_writes("wmQian", "想要CT设备，电话13900005678", nickname="钱院长")
    folder = tmp_path / "out"

    exported = await _export(office, folder, client_id=2)

    assert "members" not in exported
    assert [row["name"] for row in _rows(folder, "clients")] == ["钱院长"]
    assert "'+8613900005678" in [row["value"] for row in _rows(folder, "identities")]
    assert {row["lead_id"] for row in _rows(folder, "lead_fields")} == {"2"}
    everything = b"".join((folder / name).read_bytes() for name in _names(folder)).decode()
    assert "13800001234" not in everything
    assert "赵主任" not in everything


async def test_one_persons_export_tells_of_his_numbers_and_of_whom_he_was_parted_from(
    office: World, tmp_path: Path
) -> None:
    await submits(office, phone="13800001234", need="想要CT")
    await office.client_writes("wm2", "你好")
    await submits(office, external_id="f-2", phone="13800001234", name="王建国", need="DR")
    await look_alike(office, 1, 2)
    async with office.store.transaction() as tx:
        tx.add(Kin(a_id=1, b_id=2, since=tx.now))
        tx.audit("lina", "查", client_id=3)
    before, after = tmp_path / "before", tmp_path / "after"

    await _export(office, before, client_id=1)
    await parts(office, 1, 3)
    await _export(office, after, client_id=1)

    assert "3" in [row["client_id"] for row in _rows(before, "audit")]
    assert [(row["a_id"], row["b_id"]) for row in _rows(before, "reviews")] == [("1", "2")]
    assert [(row["a_id"], row["b_id"]) for row in _rows(before, "kin")] == [("1", "2")]
    assert [row["merged_id"] for row in _rows(after, "merges")] == ["3"]
    assert "restore" not in _rows(after, "merges")[0]


async def test_an_erased_client_shows_as_erased(office: World, tmp_path: Path) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    async with office.store.transaction() as tx:
        await office.dispatcher.act(tx, forget, {Client: await tx.get(Client, 1)})
    folder = tmp_path / "out"

    await _export(office, folder)

    assert [row["body"] for row in _rows(folder, "messages")] == ["（已删除）"]


async def test_a_folder_that_holds_something_is_refused(office: World, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "old.csv").touch()

    with pytest.raises(ExportRefused, match="不是空文件夹"):
        await _export(office, folder)

    assert _names(folder) == {"old.csv"}


async def test_an_export_that_fails_leaves_nothing_behind(office: World, tmp_path: Path) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    folder = tmp_path / "out"

    def breaks(table: str, rows: int) -> None:
        if table == "messages":
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await _export(office, folder, advance=breaks)

    assert _names(folder) == set()
