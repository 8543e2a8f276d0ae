"""Which card a rung is told on, where it rings, and whom its words name."""

from datetime import timedelta
from typing import Any

from notifiers.card import Card
from tests.handlers.rungs import HOUR, escalating, facts, rungs, since, zhao
from tests.world import TEAM, Opens, Shown, World, in_plain

BOTH = [{**row, "dingtalk": "lina-dd"} if row["id"] == "lina" else row for row in TEAM]


def second(office: World) -> list[Shown]:
    return office.dingtalk.screens.get("lina-dd", [])


async def test_a_strong_rung_rings_again_beside_its_card_until_it_is_seen(opens: Opens) -> None:
    rules = escalating(nudge={"channel": "strong"})
    async with opens(team=BOTH, rules=rules) as office:
        await zhao(office)
        await office.hears("lina", "结果 赵主任 继续跟进")
        (first,) = second(office)
        assert isinstance(first.now, Card)
        assert first.now.status

        await office.passes(24 * HOUR)

        rung = second(office)[-1]
        assert len(second(office)) == 2
        assert isinstance(rung.now, Card)
        assert rung.now.subtitle == "已经 24 小时没有跟进"
        assert "已经 24 小时没有跟进" in in_plain(office.cards("lina")[-1])
        await office.hears("lina", "为什么 赵主任")
        assert isinstance(rung.now, Card)
        assert rung.now.status == "已查看"


async def test_a_strong_rung_rings_for_a_lead_on_the_list_too(opens: Opens) -> None:
    rules = escalating(nudge={"channel": "strong"})
    rules["escalation"]["most_cards"] = 1
    async with opens(team=BOTH, rules=rules) as office:
        for words in ("赵主任 13812345671 想要CT设备", "钱主任 13812345672 想要CT设备"):
            await office.hears("lina", f"线索 {words}")
        for number in (1, 2):
            await office.hears("lina", f"跟进 L{number} 打过电话")
            await office.hears("lina", f"结果 L{number} 继续跟进")
        before = len(second(office))

        await office.passes(24 * HOUR)

        rang = [shown.now for shown in second(office)[before:]]
        assert [card.subtitle for card in rang if isinstance(card, Card)] == [
            "已经 24 小时没有跟进"
        ] * 2


async def test_without_a_card_of_its_own_a_rung_is_a_line_of_the_list(opens: Opens) -> None:
    rules = escalating(nudge={"card": "none"}, quiet={"card": "none"}, takeover={"active": False})
    async with opens(rules=rules) as office:
        await zhao(office)
        await office.hears("lina", "结果 赵主任 继续跟进")
        before = {member: len(office.screen(member)) for member in ("chen", "lina")}

        await office.passes(49 * HOUR)

        assert await rungs(office) == [("quiet", "12 10:00")]
        news = {who: [in_plain(s.now) for s in since(office, who, n)] for who, n in before.items()}
        (listed,) = news["chen"]
        assert listed.startswith("有 1 条线索：\n1. 赵主任 · CT设备（L1）李娜 48 小时没有跟进\n")
        assert news["lina"][0] == "有 1 条线索：\n1. 赵主任 · CT设备（L1）24 小时没有跟进"


async def test_the_result_is_asked_on_the_leads_card_where_the_rules_want_that(
    opens: Opens,
) -> None:
    async with opens(rules=escalating(result={"card": "lead"})) as office:
        await zhao(office)

        await office.passes(HOUR)

        card = office.cards("lina")[-1]
        assert "请回复：结果 L1 继续跟进 / 需要报价 / 暂不考虑" in card.text
        assert card.buttons[0].text == "已联系"


async def test_who_leads_and_has_nobody_above_decides_himself(office: World) -> None:
    await zhao(office)
    await office.hears("chen", "转派 赵主任 给 高总")
    assert [b.text for b in office.cards("gao")[-1].buttons][-1] == "转派"
    await office.hears("gao", "跟进 赵主任 打过电话")
    before = {member: len(office.screen(member)) for member in ("gao", "root")}

    await office.passes(48 * HOUR)

    assert (await facts(office, "escalated"))[-1]["to"] is None
    assert "「赵主任 · CT设备」再过 10 分钟还没有跟进，就会请您来决定" in office.texts("gao")
    card = office.cards("gao")[-1]
    assert "48 小时没有跟进" in card.subtitle
    assert [button.text for button in card.buttons] == ["转派", "全部历史"]
    assert since(office, "root", before["root"]) == []
    await office.presses("gao", "转派")
    assert (await office.lead()).owner_id == "wanglei"


async def test_the_list_names_who_did_not_look_and_who_has_the_lead_now(opens: Opens) -> None:
    async with opens(rules=escalating(most_cards=1)) as office:
        for number in range(4):
            await office.client_writes(f"wm{number}", "想看CT设备", nickname=f"客户{number}")
        first = [(await office.lead(number)).owner_id for number in (1, 2, 3, 4)]

        await office.passes(timedelta(minutes=20))

        names: dict[Any, str] = {"lina": "李娜", "wanglei": "王磊"}
        (listed,) = (text for text in office.texts("chen") if "另有" in text)
        for number in (2, 3, 4):
            was, now = names[first[number - 1]], names[(await office.lead(number)).owner_id]
            assert was != now
            assert f"（L{number}）{was} 15 分钟未查看，已转给{now}" in listed
