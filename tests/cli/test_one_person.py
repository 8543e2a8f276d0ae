"""One person's data on each kind of database: shown to him, proved whole, erased."""

import asyncio
import hashlib
from pathlib import Path

import orjson
import pytest

from bot.commands.doctor import examine
from bot.commands.ground import opened_store
from crm_store.models import IdentityKind
from tests.cli.installation import Installation
from tests.cli.test_doctor import nobody_at_the_door

PHONE = "+8613800001234"


@pytest.fixture
def ready(home: Installation, empty_url: str) -> Installation:
    home.write(database_url=empty_url)
    assert home.genjin("migrate").status == 0

    async def add_client() -> None:
        async with opened_store(home.loaded) as store, store.transaction() as tx:
            client = await tx.new_client(name="赵主任")
            await tx.add_identity(client.id, IdentityKind.PHONE, PHONE)

    asyncio.run(add_client())
    return home


def _is_whole(folder: Path) -> bool:
    """Every file is the one that the manifest names, and there is no other."""
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    files = {path.name for path in folder.iterdir()} - {"manifest.json"}
    named = {f"{name}.csv": entry["sha256"] for name, entry in manifest["tables"].items()}
    sums = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sorted(files)
    }
    return sums == named


def test_one_persons_data_is_exported_whole_and_then_erased(ready: Installation) -> None:
    his = ready.folder / "his"
    assert ready.genjin("export", str(his), "--person", "138 0000 1234").status == 0
    assert _is_whole(his)
    assert PHONE in (his / "identities.csv").read_text(encoding="utf-8")

    said = ready.genjin("forget", "--person", "13800001234", "--yes")

    assert (said.status, said.err) == (0, "")
    assert "已删除客户 C1 的资料" in said.out
    gone = ready.genjin("export", str(ready.folder / "gone"), "--person", "13800001234")
    assert gone.status == 1
    assert "没有客户留过这个电话" in gone.complaint
    everything = ready.folder / "everything"
    assert ready.genjin("export", str(everything)).status == 0
    assert _is_whole(everything)
    assert not any(
        word in file.read_text(encoding="utf-8")
        for file in everything.iterdir()
        for word in ("赵主任", "13800001234")
    )


def test_doctor_finds_the_database_in_order(ready: Installation) -> None:
    async def said() -> list[str]:
        return [str(found) async for found in examine(ready.config, door=nobody_at_the_door)]

    found = asyncio.run(said())

    assert any(line.startswith("✓ 数据库能连上") for line in found)
    assert "✓ 密钥能打开数据库" in found
    if "postgresql" in ready.loaded.database_url:
        assert "✓ 本机时钟与数据库的一致" in found


def test_a_phone_that_several_share_names_nobody(ready: Installation) -> None:
    async def add_another() -> None:
        async with opened_store(ready.loaded) as store, store.transaction() as tx:
            client = await tx.new_client(name="钱院长")
            await tx.add_identity(client.id, IdentityKind.PHONE, PHONE)

    asyncio.run(add_another())

    refused = ready.genjin("forget", "--person", "13800001234", "--yes")
    told = ready.genjin("forget", "--person", "c2", "--yes")

    assert refused.status == 2
    assert "C1（赵主任）、C2（钱院长）" in refused.complaint
    assert "已删除客户 C2 的资料" in told.out
