"""和江北医院类似的客户怎么成交的: deals like this one, in what they are like, and their stories."""

from datetime import timedelta

from crm_store.facts import FollowedUp, LeadAssigned, LeadClosed
from crm_store.models import Client, Lead, LeadState
from handlers.memory.likeness import BUDGET, LINE, PRODUCT, REGION, TRADE, Deal, likeness
from handlers.opening import lead_for
from notifiers.card import Card
from tests.handlers.mornings import withdrawn
from tests.world import World

OURS = Deal("医疗设备", "CT设备", "医院", "上海", 3_000_000)


def test_the_more_two_deals_share_the_liker_they_are_and_it_is_said_in_what() -> None:
    same = likeness(OURS, OURS)
    other_product = likeness(OURS, Deal("医疗设备", "彩超", "医院", "江苏", 400_000))
    other_house = likeness(OURS, Deal("医疗设备", "CT设备", "诊所", "", None))

    assert same.points == LINE + PRODUCT + TRADE + BUDGET + REGION
    assert same.reasons == ("同是CT设备", "都是医院", "预算相近", "都在上海")
    assert other_product.reasons == ("同是医疗设备", "都是医院")
    assert other_house.reasons == ("同是CT设备",)


def test_region_and_money_alone_make_nobody_like_another() -> None:
    other = likeness(OURS, Deal("教育培训", "雅思冲刺班", "学校", "上海", 3_000_000))

    assert not other.is_like
    assert other.reasons == ()


async def _deal(
    office: World,
    company: str,
    *,
    owner: str = "lina",
    days: int = 30,
    reason: str = "",
    product: tuple[str, str] = ("CT设备", "医疗设备"),
    is_won: bool = True,
    budget: int = 2_600_000,
) -> None:
    async with office.store.transaction() as tx:
        client = await tx.new_client(name="", company=company, region="上海")
        lead, _ = await lead_for(tx, client, product=product, source="test")
        lead.opened_at, lead.budget = tx.now - timedelta(days=days), budget
        tx.add(lead)
        about = {"at": tx.now, "client_id": client.id, "lead_id": lead.id}
        await tx.record(LeadAssigned(owner_id=owner, automatic=True, reason="first", **about))
        for _ in range(3):
            await tx.record(FollowedUp(how="note", by=owner, words="电话", **about))
        if is_won:
            outcome = LeadState.WON.value
            await tx.record(LeadClosed(by=owner, outcome=outcome, words=reason or None, **about))


async def test_how_like_clients_were_won_is_told_with_why_they_are_like(office: World) -> None:
    await _deal(office, "江北医院", is_won=False, budget=3_000_000)
    await _deal(office, "江南人民医院", days=32, reason="响应快，售后放心")
    await _deal(office, "第二实验小学", product=("雅思冲刺班", "教育培训"))

    told = await office.hears("lina", "和江北医院类似的客户怎么成交的")

    assert told == (
        "和江北医院类似的成交：您能看到的有 1 个。数量少，仅供参考。\n"
        "· 江南人民医院 · CT设备：2026-03-10 成交，历时 32 天，往来 3 次，李娜经手\n"
        "  像在：同是CT设备、都是医院、预算相近、都在上海；预算 260万\n"
        "  成交原因：响应快，售后放心"
    )


async def test_a_note_that_was_taken_back_is_no_contact(office: World) -> None:
    await _deal(office, "江北医院", is_won=False)
    await _deal(office, "江南人民医院", reason="响应快")
    async with office.store.view() as view:
        won = await view.get(Lead, 2)

    await withdrawn(office, won, office.clock.now())

    assert "往来 2 次" in await office.hears("lina", "和江北医院类似的客户怎么成交的")


async def test_deals_of_colleagues_are_neither_told_nor_counted(office: World) -> None:
    await _deal(office, "江北医院", is_won=False)
    await _deal(office, "江南人民医院", owner="wanglei")

    told = await office.hears("lina", "江北医院类似客户")

    assert told == "您能看到的成交里，没有和江北医院类似的（按CT设备、医院、上海比较）。"
    assert "江南人民医院" in await office.hears("chen", "江北医院类似客户")
    assert await office.hears("wanglei", "江北医院类似客户") == "没有找到您名下的客户“江北医院”"


async def test_many_of_them_come_in_pages_the_likest_first(office: World) -> None:
    await _deal(office, "江北医院", is_won=False)
    for number in range(6):
        await _deal(office, f"第{number}人民医院", budget=2_600_000 if number else 100_000_000)

    await office.hears("lina", "和江北医院类似的客户怎么成交的")
    first = office.cards("lina")[-1]
    await office.presses("lina", "更多")

    assert isinstance(first, Card)
    assert len(first.rows) == 4
    assert "您能看到的有 6 个" in first.text
    assert "第0人民医院" not in str(first.rows)
    assert "· 第0人民医院" in office.texts("lina")[-1]


async def test_an_erased_client_is_no_example_any_more(office: World) -> None:
    await _deal(office, "江北医院", is_won=False)
    await _deal(office, "江南人民医院")
    async with office.store.transaction() as tx:
        gone = await tx.get(Client, (await tx.get(Lead, 2)).client_id)
        gone.erased_at = tx.now
        tx.add(gone)

    assert "没有和江北医院类似的" in await office.hears("lina", "江北医院类似客户")
