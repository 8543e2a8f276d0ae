"""A day of the next contact is no hour of it, whether it was said or chosen on the page."""

from datetime import timedelta

import pytest

from crm_store.facts import NextContactSet
from handlers.promises.agreed import has_hour
from tests.world import SHANGHAI, TUESDAY, World


@pytest.mark.parametrize(
    ("source", "hour", "is_one"),
    [("page", 9, False), ("chat", 0, False), ("chat", 9, True), ("client", 15, True)],
)
async def test_only_what_was_said_to_the_hour_has_one(
    office: World, source: str, hour: int, is_one: bool
) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    await office.passes(timedelta(minutes=1))
    morning = TUESDAY.astimezone(SHANGHAI).replace(hour=hour, minute=0) + timedelta(days=1)
    async with office.store.transaction() as tx:
        lead = await tx.lock_lead(1)
        about = {"at": tx.now, "client_id": lead.client_id, "lead_id": lead.id, "by": "lina"}
        await tx.record(NextContactSet(next_at=morning, source=source, **about))
        await office.dispatcher.react(tx)
    async with office.store.view() as view:
        assert await has_hour(view, await office.lead(1), SHANGHAI) is is_one
