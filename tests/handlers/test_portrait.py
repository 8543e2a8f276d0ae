"""查: everything known of a client on one card, and how much of it for whom."""

from crm_store.facts import LeadAssigned
from crm_store.identity.verdict import Outcome, Verdict
from crm_store.models import Client, LeadState
from crm_store.queries import leads
from handlers.merging import merge
from handlers.opening import lead_for
from handlers.router import compile_pattern
from notifiers.card import Card, Link
from tests.databases import sqlite_only
from tests.handlers.mornings import withdrawn
from tests.world import STORY, World

NOT_HIS = "没有找到您名下的客户“{}”"


async def _zhao(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.servicer_writes("lina", "wmZhao", "周五前给您报价")


def _rows(card: Card) -> dict[str, str]:
    return {row.name: row.value for row in card.rows}


async def test_the_owner_sees_all_there_is(office: World) -> None:
    await _zhao(office)

    await office.hears("lina", "查 赵主任")

    card = office.cards("lina")[-1]
    assert (card.title, card.subtitle) == ("赵主任", "C1")
    assert _rows(card) == {
        "线索": "CT设备 已联系（您） 300万 最晚 03-17",
        "联系方式": "13800001234、微信客服",
        "约定": "李娜答应报价，最晚 03-12",
        "已知": "需求 参数、招标文件；时间 下周三前",
        "往来": "来信 1、回复 1，2026-03-10",
    }
    assert card.quote == "03-10 李娜：周五前给您报价"
    assert card.text.startswith("来源：微信客服\n03-10 赵主任：你好")
    assert [button.text for button in card.buttons if isinstance(button, Link)] == ["完整历史"]
    assert (await office.lead()).state == LeadState.CONTACTED
    assert await office.audited() == []


async def test_a_note_that_was_taken_back_is_no_contact_and_is_not_found(office: World) -> None:
    await _zhao(office)
    await office.hears("lina", "跟进 赵主任 院长对编程培训感兴趣")
    await office.hears("lina", "查 赵主任")
    assert "跟进 1" in _rows(office.cards("lina")[-1])["往来"]
    assert "院长对编程" in await office.hears("lina", "找 编程")

    await withdrawn(office, await office.lead(), office.clock.now())

    await office.hears("lina", "查 赵主任")
    assert "跟进" not in _rows(office.cards("lina")[-1])["往来"]
    assert "没有找到" in await office.hears("lina", "找 编程")


@sqlite_only
async def test_what_was_said_last_and_when_to_talk_next_stand_first(office: World) -> None:
    await _zhao(office)
    await office.hears("lina", "跟进 赵主任 他这两天忙，电话13800001234")
    await office.presses("lina", "预约拜访")
    await office.hears("lina", "赵主任 下次联系 周四下午")

    for who, words in (("lina", "电话13800001234"), ("chen", "138****1234")):
        await office.hears(who, "查 赵主任")
        first, second, *_ = office.cards(who)[-1].rows
        assert (first.name, first.value) == ("下次联系", "03-12 下午")
        assert second.name == "最近跟进"
        assert second.value.startswith("03-10 李娜：他这两天忙")
        assert words in second.value


@sqlite_only
async def test_whoever_does_not_own_him_sees_him_masked_or_not_at_all(office: World) -> None:
    await _zhao(office)

    asked = {who: await office.hears(who, "查 赵主任") for who in ("chen", "gao", "wanglei", "fin")}

    assert asked["wanglei"] == asked["fin"] == NOT_HIS.format("赵主任")
    for who in ("chen", "gao"):
        assert "138****1234" in asked[who]
        assert "13800001234" not in office.cards(who)[-1].model_dump_json()
    assert await office.audited() == [("chen", "read_client"), ("gao", "read_client")]


@sqlite_only
async def test_he_is_found_by_phone_and_by_number(office: World) -> None:
    await _zhao(office)

    for name in ("13800001234", "+86 138 0000 1234", "C1", "l1"):
        assert (await office.hears("lina", f"查 {name}")).startswith("赵主任\nC1\n"), name
        assert await office.hears("wanglei", f"查客户{name}") == NOT_HIS.format(name)


async def test_a_merged_number_and_its_names_lead_to_the_live_client(office: World) -> None:
    await _zhao(office)
    async with office.store.transaction() as tx:
        other = await tx.new_client(name="老赵", company="上海康源医疗器械有限公司")
        merged = Verdict(outcome=Outcome.SAME, score=100)
        await merge(tx, await tx.get(Client, 1), other, merged, by=None)

    for words in ("查 C2", "查 老赵", "查 康源医疗"):
        await office.hears("lina", words)
        card = office.cards("lina")[-1]
        assert card.subtitle == "C1 · 含 C2"
        assert card.title == "赵主任 · 上海康源医疗器械有限公司"
        assert "又名：老赵" in card.text


@sqlite_only
async def test_two_of_a_name_are_asked_about(office: World) -> None:
    await _zhao(office)
    await office.client_writes("wmOther", STORY.replace("0001234", "0005678"), nickname="赵主任")

    await office.hears("chen", "查 赵主任")
    asked = office.cards("chen")[-1]
    await office.presses("chen", asked.buttons[0].text)

    assert asked.title == "说的是哪一位赵主任？"
    assert asked.buttons[0].text.startswith("C1 赵主任 · 03-10 ")
    assert office.cards("chen")[-1].subtitle == "C1"


@sqlite_only
async def test_a_colleagues_lead_of_the_same_client_stays_closed(office: World) -> None:
    await _zhao(office)
    async with office.store.transaction() as tx:
        client = await tx.get(Client, 1)
        lead, _ = await lead_for(tx, client, product=("雅思冲刺班", "教育培训"), source="录入")
        about = {"at": tx.now, "client_id": client.id, "lead_id": lead.id}
        await tx.record(
            LeadAssigned(owner_id="wanglei", automatic=True, reason="first", why={}, **about)
        )

    answer = await office.hears("wanglei", "查 C1")

    assert "线索 雅思冲刺班 已查看（您）" in answer
    assert "另有线索由李娜负责" in answer
    for closed in ("CT设备", "300万", "报价", "招标文件"):
        assert closed not in answer
    assert "13800001234" in answer
    assert (await office.lead(2)).state == LeadState.VIEWED


@sqlite_only
async def test_service_sees_who_bought(office: World) -> None:
    await _zhao(office)
    before = await office.hears("svc", "查 赵主任")
    await office.hears("lina", "赢单 赵主任")

    answer = await office.hears("svc", "查 赵主任")

    assert before == NOT_HIS.format("赵主任")
    assert "已结 CT设备 赢单" in answer
    assert "138****1234" in answer


def test_a_verb_of_one_character_stands_apart() -> None:
    pattern = compile_pattern("查 {client}")

    assert pattern.fullmatch("查 康源")
    assert pattern.fullmatch("查：康源")
    assert not pattern.fullmatch("查收一下附件")


async def test_names_are_found_by_any_part_of_them(office: World) -> None:
    firm = "苏州宏远仪器仪表有限公司"
    async with office.store.transaction() as tx:
        client = await tx.new_client(name="Tom 王", company=firm)
        await lead_for(tx, client, product=None, source="test")
        gone = await tx.new_client(name="宏大")
        await lead_for(tx, gone, product=None, source="test")
        gone.name = "小林"
        tx.add(gone)

    async def found(words: str) -> list[str]:
        async with office.store.view() as view:
            rows = await leads.named(view, words, owners=None, with_won=False)
            return [row.name for row, _ in rows]

    for words in (firm, "宏远", "宏远仪器", "仪器仪表有限公司", "tom王", "TOM", "T"):
        assert await found(words) == ["Tom 王"], words
    assert await found("宏大") == []
    assert await found("小林") == ["小林"]
    assert await found("%") == []
