"""What an attacker tried: other people's clients, roles that changed, forged buttons."""

from datetime import timedelta

from crm_store.models import LeadState
from handlers.events import CardPress, Platform
from notifiers.card import Card
from notifiers.errors import Retryable, Undeliverable
from tests.world import STORY, TEAM, Opens, World, in_plain


async def _forged(office: World, member: str, action: str) -> str:
    """A press that no card of his offers; what he is answered."""
    before = len(office.screen(member))
    press = CardPress(
        platform=Platform.WECOM,
        account=str(office.staff[member]["wecom"]),
        card_key="forged",
        action=action,
        pressed_at=office.clock.now(),
        code="RC-forged",
    )
    await office.happens(press, lane=f"member:wecom:{member}")
    return "\n".join(in_plain(shown.message) for shown in office.screen(member)[before:])


async def test_another_product_line_does_not_open_anothers_client(office: World) -> None:
    """撞单: the words are filed and the owner told; the rep learns neither name nor words."""
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    answer = await office.hears("wanglei", "线索 13800001234 想要雅思冲刺班")

    assert "赵主任" not in answer
    assert answer == "这位客户已有同事在跟进，内容已归到档案，并告诉了负责人"
    assert office.cards("wanglei") == []
    assert any("王磊录入了您的客户赵主任" in text for text in office.texts("lina"))


async def test_a_lead_is_given_to_nobody_who_does_not_sell(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    answer = await office.hears("chen", "转派 赵主任 给 财务小周")

    assert answer == "财务小周不能接手客户，请换一位销售或主管"
    assert (await office.lead()).owner_id == "lina"


async def test_who_sells_no_more_reads_his_former_clients_no_more(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.becomes("lina", "finance")

    for words in ("今天该先打哪个电话", "我的线索", "为什么给我"):
        answer = await office.hears("lina", words)
        assert "赵主任" not in answer
        assert "13800001234" not in answer
    await office.presses("lina", "已联系")

    assert (await office.lead()).first_touched_at is None


async def test_a_pooled_lead_is_tried_again_when_the_client_writes(opens: Opens) -> None:
    only_root = [row for row in TEAM if row["id"] == "root"]
    async with opens(team=only_root) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")
        await office.hires(TEAM[0])

        await office.client_writes("wmZhao", "急需报价")

        lead = await office.lead()
        assert (lead.owner_id, lead.state) == ("lina", LeadState.ASSIGNED)
        assert any(isinstance(shown.now, Card) for shown in office.wecom.screens["LiNa"])


async def test_a_forged_press_reveals_neither_client_nor_owner(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")

    answers = {await _forged(office, "fin", f"contacted:{ref}") for ref in ("L1", "L7", "L²", "x")}

    assert answers == {"这条线索现在不由您负责，这一步没有生效"}


async def test_a_manager_of_another_team_is_not_sent_what_he_may_not_open(opens: Opens) -> None:
    team = [
        {key: value for key, value in row.items() if key != "manager"}
        for row in TEAM
        if row["id"] in ("lina", "chen", "root")
    ]
    async with opens(team=team) as office:
        await office.client_writes("wmZhao", STORY, nickname="赵主任")
        await office.presses("lina", "已联系")
        await office.passes(timedelta(hours=48))

        assert office.screen("chen") == []
        assert any("没有主管可以通知" in text for text in office.texts("root"))


async def test_a_card_settled_while_it_waited_does_not_fall_back(opens: Opens) -> None:
    team = [{**row, **({"dingtalk": "lina01"} if row["id"] == "lina" else {})} for row in TEAM]
    async with opens(team=team) as office:
        office.wecom.only_for["LiNa"] = Retryable("busy", after=timedelta(minutes=5))
        await office.client_writes("wmZhao", STORY, nickname="赵主任")
        await office.hears("chen", "转派 赵主任 给 王磊")
        office.wecom.only_for["LiNa"] = Undeliverable("gone", code="60111")

        await office.passes(timedelta(minutes=30))

        # The other platform only rang, and says since who has it.
        (rung,) = office.dingtalk.screens["lina01"]
        assert isinstance(rung.now, Card)
        assert rung.now.status == "已转给王磊"
        assert "13800001234" not in in_plain(rung.now)


async def test_a_name_that_did_not_come_is_asked_for_again(office: World) -> None:
    office.wecom.refused["kf/customer/batchget"] = Undeliverable("no right", code="48001")
    await office.client_writes("wmZhao", STORY)
    assert office.cards("lina")[0].title == "一位客户 · CT设备"
    del office.wecom.refused["kf/customer/batchget"]

    await office.client_writes("wmZhao", "在吗", nickname="赵主任")

    assert "不再提醒您跟进赵主任" in await office.hears("lina", "静音 赵主任")
