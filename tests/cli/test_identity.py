"""`genjin identity rebuild`: who was there before, compared with everybody at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from bot.app import Bot
from bot.commands.ground import opened_store
from bot.commands.identity import _carry_out
from crm_store.models import Client, IdentityKind, Merge, Review, ReviewState
from handlers.rebuilding import Rebuilt
from tests.cli.installation import Installation

PHONE, OTHER_PHONE = "+8613651012233", "+8613752019876"
CLIENTS = (
    ("赵立", "上海云杉医疗器械有限公司", PHONE),
    ("钱芸", "杭州青禾软件有限公司", OTHER_PHONE),
    ("赵主任", "云杉医疗器械", PHONE),
    ("钱芸", "宁波白露食品有限公司", OTHER_PHONE),
    ("赵立", "上海云杉医疗器械有限公司", PHONE),
)


@pytest.fixture
def ready(home: Installation) -> Installation:
    home.migrated()

    async def add_clients() -> None:
        async with opened_store(home.loaded) as store, store.transaction() as tx:
            for name, company, phone in CLIENTS:
                client = await tx.new_client(name=name, company=company)
                await tx.add_identity(client.id, IdentityKind.PHONE, phone)

    asyncio.run(add_clients())
    return home


def state_of(home: Installation) -> tuple[dict[int, int | None], list[Merge], list[Review]]:
    """Who was merged into whom, the merges and the doubtful pairs."""

    async def look() -> tuple[dict[int, int | None], list[Merge], list[Review]]:
        async with opened_store(home.loaded) as store, store.view() as view:
            clients = (await view.session.exec(select(Client).order_by(col(Client.id)))).all()
            merges = (await view.session.exec(select(Merge))).all()
            asked = (await view.session.exec(select(Review))).all()
            return {c.id: c.merged_into_id for c in clients}, list(merges), list(asked)

    return asyncio.run(look())


def test_who_was_there_before_is_compared_and_a_second_run_changes_nothing(
    ready: Installation,
) -> None:
    said = ready.genjin("identity", "rebuild")

    assert (said.status, said.err) == (0, "")
    assert "合并 2 处，请主管看 1 对" in said.out
    into, merges, asked = state_of(ready)
    assert into == {1: None, 2: None, 3: 1, 4: None, 5: 1}
    assert all(merge.by is None and merge.evidence for merge in merges)
    assert [(review.a_id, review.b_id) for review in asked] == [(2, 4)]

    again = ready.genjin("identity", "rebuild")

    assert "没有要改的" in again.out
    assert state_of(ready) == (into, merges, asked)


def test_a_dry_run_says_what_would_be_done(ready: Installation) -> None:
    ready.genjin("identity", "rebuild")
    into, merges, asked = state_of(ready)

    said = ready.genjin("identity", "rebuild", "--dry-run")

    assert "会合并 0 处" in said.out
    assert state_of(ready) == (into, merges, asked)


def test_what_a_person_said_not_to_be_one_stays_apart(ready: Installation) -> None:
    async def say() -> None:
        async with opened_store(ready.loaded) as store, store.transaction() as tx:
            for a_id, b_id in ((1, 3), (3, 5)):
                tx.add(
                    Review(
                        a_id=a_id,
                        b_id=b_id,
                        outcome="review",
                        score=70,
                        state=ReviewState.DISTINCT,
                        created_at=tx.now,
                    )
                )

    asyncio.run(say())

    ready.genjin("identity", "rebuild")

    into, _, _ = state_of(ready)
    assert into == {1: None, 2: None, 3: None, 4: None, 5: 1}


class _Deadlock(Exception):
    sqlstate = "40P01"


class _Crowded:
    """A bot whose first transactions are thrown out."""

    def __init__(self, times: int) -> None:
        self.store = self.dispatcher = self
        self.times, self.begun = times, 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        self.begun += 1
        if self.begun <= self.times:
            raise DBAPIError("UPDATE", None, _Deadlock())
        yield

    async def act(self, *_about: object) -> Rebuilt:
        return Rebuilt(merged=1)


async def test_pairs_that_were_thrown_out_of_a_deadlock_are_carried_out_again() -> None:
    crowded = _Crowded(2)

    done = await _carry_out(cast("Bot", crowded), [])

    assert (done.merged, crowded.begun) == (1, 3)


async def test_a_deadlock_without_an_end_is_told() -> None:
    with pytest.raises(DBAPIError):
        await _carry_out(cast("Bot", _Crowded(100)), [])
