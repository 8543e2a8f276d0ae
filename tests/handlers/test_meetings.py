"""A call that is agreed for before a meeting does not take the meeting's place."""

from datetime import timedelta

from tests.handlers.test_next_contact import a_client, agreed
from tests.world import World

CALLED = "跟进 赵主任 打了电话，他说这两天忙，后天下午三点再联系"


async def test_a_call_before_a_meeting_leaves_the_meeting_standing(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "那下周二下午来我们科室面谈吧")
    await office.passes(timedelta(minutes=5))
    met = await agreed(office)
    await office.hears("lina", CALLED)
    call = await agreed(office)

    await office.passes(timedelta(days=2, hours=9))

    assert (met, call, await agreed(office)) == ("03-17 12:00", "03-12 15:00", "03-17 12:00")


async def test_what_was_moved_or_called_off_does_not_come_back(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "那下周二下午来我们科室面谈吧")
    await office.passes(timedelta(minutes=5))
    await office.hears("lina", "赵主任 下次联系 周四下午三点")
    await office.passes(timedelta(days=2, hours=9))
    moved = await agreed(office)
    await office.hears("lina", "跟进 赵主任 打了电话，他说这两天忙，周一下午三点再联系")
    await office.hears("lina", "取消下次联系 赵主任")
    await office.passes(timedelta(days=4))

    assert moved != "03-17 12:00"
    assert await agreed(office) is None
