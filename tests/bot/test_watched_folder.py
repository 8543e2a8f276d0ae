"""收件文件夹: what is laid into it is imported once, whole, and put away."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.alarms import Alarms
from bot.watched_folder import WatchedFolder
from config.settings import WatchedFolder as Watched
from crm_store.models import Lead
from tests.handlers.test_bulk import everything
from tests.world import World, company

GOOD = "姓名,手机\n王建国,13800001234\n李明芳,12\n"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[World]:
    async with company(tmp_path) as world:
        yield world


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "收件").mkdir()
    return tmp_path / "收件"


def watcher(office: World, folder: Path) -> WatchedFolder:
    return WatchedFolder(office, Watched(path=folder, leads="assign"), Alarms(office.store))


def names(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


async def test_a_file_is_taken_once_it_lies_still(office: World, folder: Path) -> None:
    file, watch = folder / "名单.csv", watcher(office, folder)
    file.write_text("姓名,手机\n", encoding="utf-8")
    await watch.look()
    file.write_text(GOOD, encoding="utf-8")

    assert await watch.look() == 0
    assert await watch.look() == 1
    await office.settle()

    assert names(folder) == ["done/名单.csv", "failed/名单.csv.rejected.csv"]
    (lead,) = await everything(office, Lead)
    assert (lead.source, lead.owner_id is not None) == ("收件文件夹", True)


async def test_what_cannot_be_read_is_put_aside_and_told(office: World, folder: Path) -> None:
    (folder / "a.csv").write_text("王,1\n李,2\n", encoding="utf-8")
    (folder / "b.xlsx").write_bytes(b"PK\x03\x04 nothing")
    (folder / "~$c.xlsx").write_bytes(b"somebody edits")
    (folder / "d.csv.part").write_bytes(b"half")
    watch, alarms = watcher(office, folder), Alarms(office.store)
    watch._alarms = alarms

    await watch.look()
    assert await watch.look() == 2
    await alarms.close()
    await office.settle()

    aside = ["failed/a.csv", "failed/a.csv.txt", "failed/b.xlsx", "failed/b.xlsx.txt"]
    assert names(folder) == ["d.csv.part", *aside, "~$c.xlsx"]
    assert "认不出表头" in (folder / "failed" / "a.csv.txt").read_text(encoding="utf-8")
    assert any("a.csv 没有导入" in text for text in office.texts("root"))


async def test_two_processes_take_a_file_once(office: World, folder: Path) -> None:
    (folder / "名单.csv").write_text(GOOD, encoding="utf-8")
    both = [watcher(office, folder), watcher(office, folder)]
    for watch in both:
        await watch.look()

    taken = await asyncio.gather(*(watch.look() for watch in both))

    assert sum(taken) == 1
    assert len(await everything(office, Lead)) == 1


async def test_the_same_name_again_does_not_overwrite(office: World, folder: Path) -> None:
    watch = watcher(office, folder)
    for phone in ("13800001234", "13900005678"):
        (folder / "名单.csv").write_text(f"姓名,手机\n王,{phone}\n", encoding="utf-8")
        os.utime(folder / "名单.csv", ns=(int(phone), int(phone)))
        await watch.look()
        assert await watch.look() == 1

    assert names(folder) == ["done/名单-2.csv", "done/名单.csv"]


async def test_running_numbers_that_were_taken_for_ids_are_told(
    office: World, folder: Path
) -> None:
    watch, alarms = watcher(office, folder), Alarms(office.store)
    watch._alarms = alarms
    for day, phone in enumerate(("13800001234", "13900005678")):
        file = folder / f"第{day}天.csv"
        file.write_text(f"序列号,手机\n1,{phone}\n", encoding="utf-8")
        await watch.look()
        assert await watch.look() == 1
    await alarms.close()
    await office.settle()

    assert "failed/第1天.csv.rejected.csv" in names(folder)
    assert any("第1天.csv 有 1 行没有导入" in text for text in office.texts("root"))


async def test_a_folder_that_is_gone_is_waited_for(office: World, folder: Path) -> None:
    watch = watcher(office, folder / "later")
    assert await watch.look() == 0

    folder = folder / "later"
    await asyncio.to_thread(folder.mkdir)
    (folder / "名单.csv").write_text(GOOD, encoding="utf-8")
    await watch.look()

    assert await watch.look() == 1
