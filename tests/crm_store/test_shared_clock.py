"""Machines whose clocks differ agree on what time it is: the database tells them."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from crm_store import outbox
from crm_store.database import Database
from crm_store.outbox import LEASE, Claimed
from crm_store.shared_clock import SharedClock, shared_clock
from crm_store.store import Store
from tests.crm_store.conftest import Spine
from tests.crm_store.test_outbox import order, post
from tests.databases import postgresql_only

pytestmark = postgresql_only
MINUTE = timedelta(minutes=1)


class Machine:
    """Its own clock, which stands where the test puts it and does not run."""

    def __init__(self, shows: float) -> None:
        self.shows = shows

    def seconds(self) -> float:
        return self.shows


async def read(database: Database) -> datetime:
    async with database.reading() as session:
        told: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
        return told


async def test_it_shows_what_the_database_shows(spine: Spine) -> None:
    earlier = await read(spine.database)
    clock = await shared_clock(spine.database)
    shown = clock.now()
    later = await read(spine.database)

    # A round trip's worth of doubt, and no more.
    doubt = later - earlier
    assert earlier - doubt <= shown <= later + doubt


async def test_a_machine_that_is_half_a_minute_ahead_takes_nothing_that_another_carries(
    spine: Spine,
) -> None:
    row = await post(spine, order(spine))
    ours, theirs = Machine(0.0), Machine(LEASE.total_seconds() + 1)
    here = SharedClock(spine.database, monotonic=ours.seconds)
    there = SharedClock(spine.database, monotonic=theirs.seconds)
    await here.set()
    await there.set()

    assert [claimed.id for claimed in await claim(spine, here)] == [row]
    assert await claim(spine, there) == []

    theirs.shows += (LEASE + MINUTE).total_seconds()
    assert [claimed.id for claimed in await claim(spine, there)] == [row]


async def test_a_machine_that_slept_is_set_right_at_the_next_look(spine: Spine) -> None:
    machine = Machine(0.0)
    clock = SharedClock(spine.database, monotonic=machine.seconds)
    await clock.set()
    machine.shows -= MINUTE.total_seconds()
    assert clock.now() < await read(spine.database) - MINUTE / 2

    await clock.set()

    assert clock.now() > await read(spine.database) - MINUTE / 2


async def claim(spine: Spine, clock: SharedClock) -> list[Claimed]:
    store = Store(spine.database, spine.vault, clock, spine.wakeup, fresh_id=lambda: "x")
    async with store.transaction() as tx:
        rows = await outbox.heads(tx.session, now=tx.now, vault=tx.vault)
        return await outbox.lease(tx.session, rows, now=tx.now)
