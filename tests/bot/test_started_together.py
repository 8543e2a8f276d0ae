"""Several processes that start at the same moment on one database that is still empty."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import yaml
from sqlmodel import select

from bot.staff import follow_staff
from config.clock import SystemClock
from config.rules import RuleBook
from crm_store import schema
from crm_store.database import Database
from crm_store.keyring import open_vault
from crm_store.models import Member
from crm_store.store import Store
from crm_store.wakeup import LocalWakeup

KEY = bytes(range(32))
PROCESSES = 4

Together = Callable[[Callable[[Database], Awaitable[object]]], Awaitable[None]]


@pytest.fixture
async def together(empty_url: str) -> AsyncIterator[Together]:
    """`together(does)` lets every process do it at once."""
    processes = [Database(empty_url) for _ in range(PROCESSES)]

    async def run(does: Callable[[Database], Awaitable[object]]) -> None:
        await asyncio.gather(*map(does, processes))

    yield run
    for database in processes:
        await database.close()


async def test_the_schema_is_made_once(together: Together) -> None:
    await together(schema.upgrade)

    await together(schema.require_current)


async def test_one_says_that_it_made_the_schema_and_the_others_found_it(together: Together) -> None:
    found = list[str | None]()

    async def upgrades(database: Database) -> None:
        found.append(await schema.upgrade(database))

    await together(upgrades)

    assert sorted(found, key=str) == sorted([None, *[schema.head()] * (PROCESSES - 1)], key=str)


async def test_all_have_the_same_index_key(together: Together) -> None:
    hashes = set[str]()

    async def opens(database: Database) -> None:
        vault = await open_vault(database, [KEY])
        hashes.add(vault.lookup("phone", "13800001234"))

    await together(schema.upgrade)
    await together(opens)

    assert len(hashes) == 1


async def test_the_staff_is_written_once_and_followed_by_all(
    together: Together, tmp_path: Path
) -> None:
    """Over and over: edited rules are taken over by all processes at the same moment as well."""
    rules, stores = RuleBook(tmp_path), dict[Database, Store]()

    async def opens(database: Database) -> None:
        vault = await open_vault(database, [KEY])
        wakeup = LocalWakeup()
        stores[database] = Store(database, vault, SystemClock(), wakeup, fresh_id=lambda: "k")

    async def follows(database: Database) -> None:
        await follow_staff(stores[database], rules.current)

    await together(schema.upgrade)
    await together(opens)
    for edition in range(5):
        people = [
            {
                "id": f"m{number}",
                "name": f"员工{number}",
                "roles": ["rep"],
                "level": f"{edition}",
                "wecom": f"M{number}",
            }
            for number in range(40)
        ]
        # The order of the file says nothing about the order of the rows.
        people = people if edition % 2 else people[::-1]
        staff = yaml.safe_dump({"staff": people[edition:]}, allow_unicode=True)
        (tmp_path / "staff.yaml").write_text(staff, encoding="utf-8")
        assert rules.reload() == []
        await together(follows)

    async with next(iter(stores.values())).view() as view:
        members = (await view.session.exec(select(Member))).all()
    assert len(members) == 40
    assert {member.level for member in members if member.active} == {"4"}
