"""However many rungs and leads come at once, each person hears of them in few messages."""

from datetime import timedelta

from notifiers.card import Text
from tests.handlers.rungs import FRIDAY, HOUR, escalating, facts, rungs, since, zhao
from tests.world import TEAM, Opens, in_plain

ALONE = [row for row in TEAM if row["id"] != "wanglei"]
"""李娜 is the only one who sells."""


async def test_silence_and_takeover_that_are_due_at_once_are_one_card(opens: Opens) -> None:
    """Both fall on Monday at nine, where `after_rung` does not keep them apart."""
    rules = escalating(takeover={"after": 1})
    async with opens(start=FRIDAY.replace(hour=9), rules=rules) as office:
        await zhao(office)
        before = len(office.screen("chen"))

        await office.passes(timedelta(days=3))

        assert await rungs(office) == [("quiet", "16 09:00"), ("takeover", "16 09:00")]
        (card,) = (shown.now for shown in since(office, "chen", before))
        assert "48 小时没有跟进；1 个工作日没有跟进" in in_plain(card)


async def test_a_nudge_and_an_announcement_at_once_are_one_message(opens: Opens) -> None:
    soon = {"after": 24, "announce_before": 60}
    rules = escalating(quiet=soon, nudge={"after": 23})
    async with opens(rules=rules) as office:
        await zhao(office)
        await office.hears("lina", "结果 赵主任 继续跟进")
        before = len(office.screen("lina"))

        await office.passes(23 * HOUR)

        (card,) = (shown.now for shown in since(office, "lina", before))
        assert "已经 23 小时没有跟进；再过 60 分钟还没有跟进，就会告诉主管" in in_plain(card)


async def test_after_a_weekend_five_cards_and_one_list(opens: Opens) -> None:
    async with opens(start=FRIDAY, rules=escalating(takeover={"active": False})) as office:
        for number in range(9):
            await office.client_writes(f"wm{number}", "想看CT设备", nickname=f"客户{number}")
            await office.hears("chen", f"转派 L{number + 1} 给 李娜")
            await office.hears("lina", f"跟进 L{number + 1} 打过电话")
            await office.hears("lina", f"结果 L{number + 1} 继续跟进")
        before = {member: len(office.screen(member)) for member in ("chen", "lina")}

        await office.passes(timedelta(days=3))

        assert {at for _, at in await rungs(office, "reminded")} == {"16 09:00"}
        assert {at for _, at in await rungs(office)} == {"16 09:00"}
        assert len(await facts(office, "escalated")) == 9
        assert len(await facts(office, "reminded")) == 9
        for member, says in (("chen", "李娜 48 小时没有跟进"), ("lina", "24 小时没有跟进")):
            news = [shown.now for shown in since(office, member, before[member])]
            cards = [one for one in news if "没有跟进" in in_plain(one) and one.form == "card"]
            lists = [one for one in news if isinstance(one, Text) and "另有" in one.text]
            assert len(cards) == 5, member
            (listed,) = lists
            assert "另有 4 条线索" in listed.text
            assert listed.text.count(says) == 4


async def test_what_was_followed_up_meanwhile_is_not_on_the_list(opens: Opens) -> None:
    rules = escalating(most_cards=1)
    async with opens(start=FRIDAY, rules=rules) as office:
        for number in range(3):
            await office.client_writes(f"wm{number}", "想看CT设备", nickname=f"客户{number}")
            await office.hears("chen", f"转派 L{number + 1} 给 李娜")
            await office.hears("lina", f"跟进 L{number + 1} 打过电话")
        await office.passes(timedelta(days=2, hours=23))

        await office.hears("lina", "跟进 L3 打过电话")
        await office.passes(timedelta(minutes=10))

        (listed,) = (text for text in office.texts("chen") if "另有" in text)
        assert "客户1" in listed
        assert "客户2" not in listed


async def test_what_is_about_to_happen_to_many_leads_is_told_in_one_text(opens: Opens) -> None:
    """And what follows within minutes in a second one; who looked meanwhile is left out."""
    async with opens(team=ALONE) as office:
        for number in range(9):
            await office.client_writes(f"wm{number}", "想看CT设备", nickname=f"客户{number}")
            if number == 6:
                await office.passes(timedelta(minutes=1))
        await office.passes(timedelta(minutes=5))
        await office.hears("lina", "为什么 客户8")

        await office.passes(timedelta(minutes=6))

        coming = [text for text in office.texts("lina") if "再过" in text]
        assert len(coming) == 2
        first, *leads = coming[0].split("\n")
        assert first == "有 7 条线索再过 10 分钟还没有查看，就会交给主管："
        assert [line.partition("（")[2] for line in leads] == [f"L{n}）" for n in range(1, 8)]
        assert coming[1] == "「客户7 · CT设备」再过 6 分钟还没有查看，就会交给主管"
        assert len(await facts(office, "rung_announced")) == 9


async def test_what_is_announced_while_a_text_is_on_its_way_is_lost_with_no_tick(
    opens: Opens,
) -> None:
    """The timer of the first ones has fired, and waits in the inbox behind the others."""
    async with opens(team=ALONE) as office:
        office.one_by_one = True
        for number in range(3):
            await office.client_writes(f"wm{number}", "想看CT设备", nickname=f"客户{number}")
        office.clock.turn_to(office.clock.now() + timedelta(minutes=5))
        await office.scheduler.tick()

        for _ in range(3):
            await office.worker.handle_one()
            await office.scheduler.tick()
        await office.settle()

        said = "\n".join(text for text in office.texts("lina") if "再过" in text)
        for number in range(3):
            assert said.count(f"客户{number}") == 1
