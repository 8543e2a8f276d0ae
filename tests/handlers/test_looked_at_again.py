"""Nothing outdated acts: what was due, planned or pressed is looked at again in its turn."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from crm_store.models import LeadState
from crm_store.queries import fields
from tests.world import SHANGHAI, STORY, TEAM, Opens, World, in_plain

NIGHT = datetime(2026, 3, 10, 23, 30, tzinfo=SHANGHAI)


def _with(member: str, **changes: Any) -> list[dict[str, Any]]:
    return [{**row, **(changes if row["id"] == member else {})} for row in TEAM]


async def test_a_second_tap_is_no_second_follow_up(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    card = office.screen("lina")[0]

    await office.presses("lina", "已联系", card=card)
    drawn = card.drawings.copy()
    card.drawings.clear()  # the second tap was on its way before the card changed
    await office.presses("lina", "已联系", card=card)
    card.drawings[:0] = drawn

    assert (await office.lead()).state == LeadState.CONTACTED


async def test_a_second_tap_on_reassign_moves_the_lead_once(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.passes(timedelta(hours=48))
    card = office.screen("chen")[-1]
    await office.presses("chen", "转派", card=card)
    card.drawings.clear()

    await office.presses("chen", "转派", card=card)

    lead = await office.lead()
    assert lead.owner_id == "wanglei"
    assert lead.tried == ["lina", "wanglei"]


async def test_an_escalation_that_was_decided_elsewhere_loses_its_buttons(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.passes(timedelta(hours=48))

    await office.hears("gao", "转派 赵主任 给 王磊")

    assert office.cards("chen")[-1].status == "已转给王磊"


async def test_what_a_client_says_at_half_past_midnight_counts_from_that_day(
    opens: Opens,
) -> None:
    async with opens(start=NIGHT + timedelta(hours=1)) as office:
        await office.client_writes("wmZhao", "今天能发CT设备的报价吗", nickname="赵主任")

        async with office.store.view() as view:
            known = {f.name: f for f in await fields.known(view, await office.lead())}
        assert known["time"].value["start"].startswith("2026-03-11T00:00:00+08:00")


async def test_a_card_that_waits_for_morning_is_withdrawn_when_the_lead_goes_on(
    opens: Opens,
) -> None:
    """The old owner must not wake up to phone and words of a client who is another's."""
    team = _with("lina", quiet_hours="22:00-07:00")
    async with opens(team=team, start=NIGHT) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")
        await office.hears("chen", "转派 赵主任 给 王磊")

        await office.passes(timedelta(hours=10))

        assert office.screen("lina") == []
        assert office.cards("wanglei")


async def test_the_fifteen_minutes_begin_when_the_owner_may_be_told(opens: Opens) -> None:
    team = _with("lina", quiet_hours="22:00-09:30")
    async with opens(team=team, start=NIGHT) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")

        await office.passes(timedelta(hours=10))  # 09:30, and ten minutes of working time before
        assert (await office.lead()).owner_id == "lina"
        await office.passes(timedelta(minutes=16))

        assert (await office.lead()).owner_id == "wanglei"


async def test_a_nameless_entered_lead_reaches_its_owner_at_once(office: World) -> None:
    await office.hears("chen", "线索 13800001234 想要CT设备")

    (card,) = office.cards("lina")
    assert "13800001234" in in_plain(card)


async def test_an_owner_who_left_hears_no_more_of_the_client(opens: Opens) -> None:
    async with opens() as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")
        await office.presses("lina", "已联系")
        office.wecom.service_state["wmZhao"] = (4, "")
        before = len(office.screen("lina"))
        await office.dismisses("lina")

        await office.client_writes("wmZhao", "在吗？合同什么时候能签")
        await office.passes(timedelta(days=1))

        assert len(office.screen("lina")) == before
        assert any("合同什么时候能签" in text for text in office.texts("chen"))


async def test_two_lines_in_one_message_are_two_leads(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备，另外雅思冲刺班也报个价", nickname="赵主任")

    first, second = await office.lead(1), await office.lead(2)
    assert {(lead.product, lead.line) for lead in (first, second)} == {
        ("CT设备", "医疗设备"),
        ("雅思冲刺班", "教育培训"),
    }


async def test_a_second_product_of_the_line_is_a_need_of_the_same_lead(office: World) -> None:
    await office.client_writes("wmZhao", "想了解CT设备和彩超的参数", nickname="赵主任")

    (card,) = office.cards("lina")
    assert card.title == "赵主任 · CT设备"
    assert "彩超" in {row.name: row.value for row in card.rows}["需求"]


async def test_a_lead_that_nobody_can_take_is_told_to_the_admins(opens: Opens) -> None:
    only_root = [row for row in TEAM if row["id"] == "root"]
    async with opens(team=only_root) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")

        assert "没有人可以分" in office.texts("root")[0]
        assert (await office.lead()).state == LeadState.POOLED


async def test_without_any_manager_an_unseen_lead_still_goes_on(opens: Opens) -> None:
    reps = [
        {key: value for key, value in row.items() if key != "manager"}
        for row in TEAM
        if row["id"] in ("lina", "wanglei")
    ]
    async with opens(team=reps) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")

        await office.passes(timedelta(minutes=15))

        assert (await office.lead()).owner_id == "wanglei"


async def test_high_intent_and_deadline_come_before_mere_waiting(office: World) -> None:
    await office.client_writes("wmA", "彩超有货吗", nickname="甲主任")
    await office.passes(timedelta(minutes=10))
    await office.client_writes("wmB", "CT设备急需报价，明天要", nickname="乙主任")
    for number in (1, 2):
        if (await office.lead(number)).owner_id != "lina":
            await office.hears("chen", f"转派 L{number} 给 李娜")

    answer = await office.hears("lina", "今天先打谁")

    assert answer.index("乙主任") < answer.index("甲主任")
    assert "客户要求最晚 03-11" in answer


@pytest.mark.parametrize("words", ["线索 13800001234 想要CT设备", "录入 13800001234"])
async def test_finance_enters_no_leads(office: World, words: str) -> None:
    answer = await office.hears("fin", words)

    assert "没有听懂" in answer
    with pytest.raises(LookupError):
        await office.lead()


async def test_what_the_manager_is_shown_masks_the_phone(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.hears("lina", "跟进 赵主任 电话 13800001234 打通了")

    await office.passes(timedelta(hours=48))

    card = in_plain(office.cards("chen")[-1])
    assert "打通了" in card
    assert "13800001234" not in card
    assert ("chen", "escalation") in await office.audited()
