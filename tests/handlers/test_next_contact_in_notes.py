"""下次联系 out of a rep's own report: kept, said back, and taken back with the note."""

from datetime import timedelta

from crm_store.facts import NextContactSet
from tests.handlers.promised import facts
from tests.handlers.test_next_contact import a_client, agreed
from tests.world import World

CALLED = "跟进 赵主任 打了电话，他说这两天忙，后天下午三点再联系"


async def test_what_a_note_agrees_on_is_kept_and_said_back(office: World) -> None:
    await a_client(office)
    for words, at in (
        ("跟进 赵主任 昨天打过电话没接", None),
        ("跟进 赵主任 他说明天给我们发参数", None),
        ("跟进 赵主任 财务说下周再打款，月底再去申请", None),
        (CALLED, "03-12 15:00"),
        ("跟进 赵主任 约好周五见面", "03-13 00:00"),
        ("跟进 赵主任 跟他约了周一下午两点去他们那看机器", "03-16 14:00"),
        ("跟进 赵主任 电话没接，后天再打", "03-12 00:00"),
        ("跟进 赵主任 他让我下周再打给他", "03-16 00:00"),
    ):
        await office.passes(timedelta(minutes=5))
        await office.hears("lina", words)
        assert await agreed(office) == at, words

    told = [one for one in office.texts("lina") if "下次联系记在" in one]
    assert told[0].startswith("赵主任 · CT设备：下次联系记在 周四 03-12 15:00，到时提醒")
    assert len(told) == len(await facts(office, NextContactSet.kind)) == 5
    await office.passes(timedelta(hours=1))
    assert len([one for one in office.texts("lina") if "下次联系记在" in one]) == 5


async def test_it_goes_with_the_note(office: World) -> None:
    await a_client(office)
    await office.hears("lina", "赵主任 下次联系 周五")
    await office.passes(timedelta(minutes=5))
    await office.hears("lina", "刚给赵主任打了电话，他说这两天忙，后天下午三点再联系")
    kept = await agreed(office)

    await office.presses("lina", "撤销")

    assert (kept, await agreed(office)) == ("03-12 15:00", "03-13 00:00")
