"""A day of the next contact is no hour of it, whether it was said or chosen on the page."""

from datetime import datetime, timedelta

import pytest

from crm_store.facts import NextContactSet
from handlers.promises.agreed import has_hour, is_an_hour
from tests.world import SHANGHAI, TUESDAY, World, in_plain


@pytest.mark.parametrize(
    ("source", "start", "end", "is_one"),
    [
        ("page", "09:00", None, False),
        ("chat", "00:00", None, False),
        ("chat", "09:00", None, True),
        ("client", "15:00", "15:00", True),
        ("client", "15:00", "17:00", True),
        ("chat", "06:00", "12:00", False),  # 上午
        ("client", "06:00", "09:00", False),  # 一早
        ("client", "12:00", "18:00", False),  # 下午
    ],
)
def test_only_what_was_said_to_the_hour_has_one(
    source: str, start: str, end: str | None, is_one: bool
) -> None:
    at, until = (
        datetime.fromisoformat(f"2026-03-11 {hour}").replace(tzinfo=SHANGHAI) if hour else None
        for hour in (start, end)
    )
    assert at is not None

    assert is_an_hour(at, until, source, SHANGHAI) is is_one


async def test_before_a_part_of_the_day_nobody_is_rung(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    await office.passes(timedelta(minutes=1))
    await office.hears("lina", "跟进 赵主任 电话聊过")
    await office.hears("lina", "赵主任 下次联系 明天上午")

    await office.passes(timedelta(hours=27))  # to one o'clock

    said = [in_plain(one.now) for one in office.screen("lina")]
    assert not any("马上要联系" in one for one in said)
    assert any("见了吗" in one for one in said)


async def test_a_day_of_the_page_is_kept_as_a_day(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    await office.passes(timedelta(minutes=1))
    morning = TUESDAY.astimezone(SHANGHAI).replace(hour=9, minute=0) + timedelta(days=1)
    async with office.store.transaction() as tx:
        lead = await tx.lock_lead(1)
        about = {"at": tx.now, "client_id": lead.client_id, "lead_id": lead.id, "by": "lina"}
        await tx.record(NextContactSet(next_at=morning, source="page", **about))
        await office.dispatcher.react(tx)
    async with office.store.view() as view:
        assert not await has_hour(view, await office.lead(1), SHANGHAI)
