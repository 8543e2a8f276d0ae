"""A row whose lease ran out is carried by two: neither stops the other."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import text

from crm_store import outbox
from crm_store.models import Member
from crm_store.outbox import LEASE, Claimed
from crm_store.store import Transaction
from notifiers.card import Text
from notifiers.outcomes import Arrived, write_down
from tests.databases import postgresql_only
from tests.eventually import eventually
from tests.world import Opens, World

pytestmark = pytest.mark.both


async def claim(tx: Transaction) -> list[Claimed]:
    rows = await outbox.heads(tx.session, now=tx.now, vault=tx.vault)
    return await outbox.lease(tx.session, rows, now=tx.now)


@postgresql_only
async def test_who_settles_late_and_who_takes_over_do_not_wait_for_each_other(
    opens: Opens,
) -> None:
    """The late one held the tries and asked for the row, the other one the other way round."""
    async with opens() as office:
        async with office.store.transaction() as tx:
            await tx.notify(await tx.get(Member, "lina"), Text(text="一"))
        async with office.store.transaction() as tx:
            (late,) = await claim(tx)
        office.clock.forward(LEASE)

        async with office.store.transaction() as tx:
            rows = await outbox.heads(tx.session, now=tx.now, vault=tx.vault)
            settling = asyncio.create_task(settle(office, late))
            await eventually(partial(somebody_waits, office))
            await outbox.lease(tx.session, rows, now=tx.now)
        await settling

        async with office.store.transaction() as tx:
            assert await claim(tx) == []


async def settle(office: World, row: Claimed) -> None:
    async with office.store.transaction() as tx:
        await write_down(tx, [Arrived(row)])


async def somebody_waits(office: World) -> bool:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    async with office.store.view() as view:
        return bool((await view.session.execute(waiting)).scalar_one())
