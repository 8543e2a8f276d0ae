"""记得: what a client told of himself, shown to whoever works with him and to nobody else."""

from datetime import timedelta

from crm_store.models import Collaborator
from notifiers.card import Card
from tests.databases import sqlite_only
from tests.world import STORY, World

DAUGHTER = "最近忙，女儿在学编程，周末都要接送"


async def _zhao(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.client_writes("wmZhao", DAUGHTER)


def _remembered(card: Card) -> str:
    return next((row.value for row in card.rows if row.name == "记得"), "")


async def test_who_opens_a_client_is_reminded_of_what_he_told_of_himself(office: World) -> None:
    await _zhao(office)
    await office.client_writes("wmZhao", "我对海鲜过敏")
    await office.client_writes("wmZhao", "下周三前要招标文件")
    await office.client_writes("wmZhao", "我女儿要中考了，陪她去看学校")

    await office.hears("lina", "查 赵主任")

    assert _remembered(office.cards("lina")[-1]) == (
        "03-10 我女儿要中考了，陪她去看学校；03-10 我对海鲜过敏"
    )


async def test_the_card_of_whoever_gets_him_reminds_of_it(office: World) -> None:
    await _zhao(office)
    await office.hears("chen", "转派 赵主任 给 王磊")

    card = next(card for card in office.cards("wanglei") if card.title == "赵主任 · CT设备")

    assert _remembered(card) == f"03-10 {DAUGHTER}"


@sqlite_only
async def test_who_only_may_see_him_is_not_told(office: World) -> None:
    await _zhao(office)

    for who in ("chen", "gao"):
        await office.hears(who, "查 赵主任")
        assert _remembered(office.cards(who)[-1]) == "", who

    async with office.store.transaction() as tx:
        tx.add(Collaborator(lead_id=1, member_id="wanglei", since=tx.now))
    await office.hears("wanglei", "查 赵主任")
    assert _remembered(office.cards("wanglei")[-1]) == f"03-10 {DAUGHTER}"


@sqlite_only
async def test_who_gave_him_away_is_told_no_more(office: World) -> None:
    await _zhao(office)
    await office.hears("chen", "转派 赵主任 给 王磊")
    await office.passes(timedelta(minutes=1))

    await office.hears("wanglei", "查 赵主任")

    assert _remembered(office.cards("wanglei")[-1]) == f"03-10 {DAUGHTER}"
    assert "没有找到" in await office.hears("lina", "查 赵主任")
    for card in office.cards("lina"):
        assert _remembered(card) == "" or not card.status


@sqlite_only
async def test_business_is_no_remark(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.client_writes("wmZhao", "住院部要换监护仪，病人家属住院了怎么办")

    await office.hears("lina", "查 赵主任")

    assert _remembered(office.cards("lina")[-1]) == ""
