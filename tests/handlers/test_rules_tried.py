"""A rule is tried on many leads at once, and sees of each what it would see of it alone."""

from config.calendar import WorkingCalendar
from crm_store.models import Lead
from handlers.plain_rules.situation import situations_of
from nlp.ruling.rule import Fact
from tests.counting import selects
from tests.world import SHANGHAI, World

EVERY = frozenset(Fact)


async def test_many_leads_take_no_more_statements_than_one(school: World) -> None:
    for number in range(1, 5):
        words = f"我是江北第{number}医院的，想买{number}台CT设备，太贵了"
        await school.client_writes(f"wm{number}", words, nickname=f"客户{number}")
        await school.client_writes(f"wm{number}", f"有{number}份招标文件")
    await school.hears("gao", "赢单 L1")
    await school.hears("gao", "输单 L2 不买了")
    for number in (1, 2):
        await school.client_writes(f"wm{number}", "还想要CT设备", nickname=f"客户{number}")
    calendar = WorkingCalendar(school.rules.current.calendar, SHANGHAI)

    counted = []
    for some in ([3], [3, 4, 5, 6]):
        async with school.store.view() as view:
            leads = [await view.get(Lead, number) for number in some]
            with selects(school) as asked:
                seen = [one.facts for one in await situations_of(view, leads, EVERY, calendar)]
            counted.append(len(asked))

    assert counted[0] == counted[1] > 0
    assert [(one["known"], one["won"]) for one in seen] == [
        *[("no", "no")] * 2,
        ("yes", "yes"),
        ("yes", "no"),
    ]
    assert [one["quantity"] for one in seen[:2]] == [3, 4]
    assert ["招标" in str(one["words"]) for one in seen] == [True, True, False, False]
    assert "3份" in str(seen[0]["words"])
    assert str(seen[1]["company"]).endswith("第4医院")
    assert seen[1]["objection"] == ["price"]
