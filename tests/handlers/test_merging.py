"""同一客户: numbers that turn out to be one client, and part again."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import col, select

from crm_store.identity.verdict import Effect, Evidence, Outcome, Verdict
from crm_store.models import (
    ChatMessage,
    Client,
    Collaborator,
    Lead,
    LeadField,
    LeadState,
    Merge,
    Mute,
    Review,
    ReviewState,
    TimelineEntry,
)
from crm_store.queries import aliases, fields, leads
from crm_store.store import Transaction
from handlers.forgetting import forget
from handlers.history import history_of
from handlers.merging import CannotMerge, merge
from handlers.unmerging import CannotPart, undo
from tests.crm_store.test_replay import differences
from tests.handlers.test_intake import submits
from tests.world import STORY, World

BY_HAND = Verdict(Outcome.SAME, 100, (Evidence("phone", Effect.AGREES, 100),))


@dataclass(frozen=True)
class Numbers:
    kept: int
    merged: int


async def merges(office: World, kept: int = 1, merged: int = 2) -> None:
    async with office.store.transaction() as tx:
        await office.dispatcher.act(tx, merge_these, {Numbers: Numbers(kept, merged)})
    await office.settle()


async def merge_these(numbers: Numbers, tx: Transaction) -> None:
    one, other = await tx.get(Client, numbers.kept), await tx.get(Client, numbers.merged)
    await merge(tx, one, other, BY_HAND, by="chen")


async def parts(office: World, kept: int = 1, merged: int = 2) -> None:
    async with office.store.transaction() as tx:
        await office.dispatcher.act(tx, part_these, {Numbers: Numbers(kept, merged)})
    await office.settle()


async def part_these(numbers: Numbers, tx: Transaction) -> None:
    query = select(Merge).where(Merge.kept_id == numbers.kept, Merge.merged_id == numbers.merged)
    await undo(tx, (await tx.session.exec(query)).one(), by="chen")


async def whose_words(office: World, client_id: int) -> list[str]:
    async with office.store.view() as view:
        query = select(ChatMessage).where(ChatMessage.client_id == client_id)
        rows = (await view.session.exec(query.order_by(col(ChatMessage.id)))).all()
        return [await view.open(client_id, row.body, purpose="message") for row in rows]


async def known_of(office: World, lead_id: int) -> dict[str, Any]:
    async with office.store.view() as view:
        lead = await view.get(Lead, lead_id)
        return {f.name: f.words for f in await fields.known(view, lead)}


async def two_clients(office: World) -> None:
    await office.client_writes("wm1", STORY, nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.client_writes("wm2", "想看看CT，预算500万", nickname="赵建国")
    await office.settle()


async def test_a_known_phone_joins_the_second_form_to_the_first(office: World) -> None:
    first = await submits(office, name="王建国", phone="13800001234", need="想要CT")
    second = await submits(
        office, external_id="f-2", name="王建国", phone="+86 138-0000-1234", need="DR也要"
    )

    async with office.store.view() as view:
        assert second.client == first.client
        (alias,) = await aliases.of_client(view, 1)
        assert alias.merged_into_id == 1
        row = await view.get(Merge, 1)
        assert row.is_new
        assert row.evidence[0]["field"] == "phone"


async def test_a_phone_left_in_the_chat_merges_two_histories(office: World) -> None:
    await submits(office, name="王建国", phone="13800001234", company="康源医疗", need="想要CT")
    await office.client_writes("wm1", "你好，CT有现货吗", nickname="王先生")
    await office.settle()

    await office.client_writes("wm1", "我的电话是13800001234")
    await office.settle()

    async with office.store.view() as view:
        assert (await aliases.live(view, 2)).id == 1
        (lead,) = await leads.open_of_client(view, 1)
        assert await leads.going_on(view, 2) == lead
    assert await whose_words(office, 1) == ["想要CT", "你好，CT有现货吗", "我的电话是13800001234"]
    assert await differences(office) == []


async def test_the_open_deal_goes_on_and_the_other_owner_collaborates(office: World) -> None:
    await two_clients(office)
    async with office.store.view() as view:
        first, second = await view.get(Lead, 1), await view.get(Lead, 2)
        assert first.owner_id == "lina"
        assert second.owner_id is not None
        other = second.owner_id

    await merges(office, kept=2, merged=1)

    async with office.store.view() as view:
        going_on, folded = await view.get(Lead, 1), await view.get(Lead, 2)
        assert (going_on.client_id, going_on.owner_id) == (2, "lina")
        assert (folded.state, folded.folded_into_id) == (LeadState.FOLDED, 1)
        helping = (await view.session.exec(select(Collaborator.member_id))).all()
        assert helping == ([other] if other != "lina" else [])
    assert await differences(office) == []


async def test_what_both_said_is_known_of_the_one_lead(office: World) -> None:
    await two_clients(office)

    await merges(office)

    assert "500万" in (await known_of(office, 1))["budget"]
    async with office.store.view() as view:
        assert (await view.get(Lead, 1)).budget == 5_000_000


async def test_the_history_tells_of_both(office: World) -> None:
    await two_clients(office)
    await merges(office)

    async with office.store.view() as view:
        told = await history_of(view, await view.get(Lead, 1))

    words = [happening.words for happening in told.timeline if happening.kind == "message_in"]
    assert words == [STORY, "想看看CT，预算500万"]
    assert "lead_folded" in [happening.kind for happening in told.timeline]


async def snapshot(office: World) -> dict[str, Any]:
    """All that is known of the two, but for the facts of merging and parting themselves."""
    async with office.store.view() as view:
        of_leads = {}
        for lead in (await view.session.exec(select(Lead).order_by(col(Lead.id)))).all():
            rows = await fields.known(view, lead)
            of_leads[lead.id] = (
                lead.client_id,
                lead.columns_by_fact(),
                (lead.line, lead.product, lead.budget, lead.tags, lead.priority),
                sorted((f.name, f.words) for f in rows),
            )
        entries = (await view.session.exec(select(TimelineEntry))).all()
        told = Counter(
            (entry.client_id, entry.lead_id, entry.kind)
            for entry in entries
            if entry.kind in ("message_in", "message_out", "assigned", "followed_up", "viewed")
        )
        mutes = {(m.member_id, m.client_id) for m in (await view.session.exec(select(Mute))).all()}
    words = {number: await whose_words(office, number) for number in (1, 2)}
    return {"leads": of_leads, "told": told, "mutes": mutes, "words": words}


async def test_undone_at_once_everything_is_as_it_was(office: World) -> None:
    await two_clients(office)
    await office.hears("lina", "静音 赵主任")
    before = await snapshot(office)

    await merges(office)
    await parts(office)

    assert await snapshot(office) == before
    assert await differences(office) == []


async def test_what_came_since_goes_to_whom_it_belongs(office: World) -> None:
    """The same is said to two offices; one of them takes the two for one client for a while."""
    await two_clients(office)
    await merges(office)

    await office.client_writes("wm2", "预算可以到800万，下周三前定")
    await office.client_writes("wm1", "参数表收到了，要2台")
    await office.servicer_writes("lina", "wm1", "好的，报价今天发您")
    await office.client_writes("wm2", "另外还要一台DR")
    await office.settle()
    assert "800万" in (await known_of(office, 1))["budget"]
    await parts(office)

    first, second = await whose_words(office, 1), await whose_words(office, 2)
    assert first[-2:] == ["参数表收到了，要2台", "好的，报价今天发您"]
    assert second[-2:] == ["预算可以到800万，下周三前定", "另外还要一台DR"]
    assert "800万" not in (await known_of(office, 1)).get("budget", "")
    assert "800万" in (await known_of(office, 2))["budget"]
    async with office.store.view() as view:
        assert (await view.get(Lead, 2)).budget == 8_000_000
        assert (await view.get(Lead, 1)).budget != 8_000_000
        entries = (await view.session.exec(select(TimelineEntry))).all()
        of = {lead.id: lead.client_id for lead in (await view.session.exec(select(Lead))).all()}
        assert all(of[e.lead_id] == e.client_id for e in entries if e.lead_id is not None)
        rows = (await view.session.exec(select(LeadField))).all()
        said = {m.id: m.client_id for m in (await view.session.exec(select(ChatMessage))).all()}
        assert all(
            said[row.message_id] == of[row.lead_id] for row in rows if row.message_id is not None
        )
    assert await differences(office) == []


async def test_a_form_that_was_joined_by_mistake_is_a_client_of_its_own_again(
    office: World,
) -> None:
    await submits(office, name="王建国", phone="13800001234", need="想要CT")
    await submits(office, external_id="f-2", name="王建国", phone="13800001234", need="血透机报价")

    await parts(office)

    assert await whose_words(office, 1) == ["想要CT"]
    assert await whose_words(office, 2) == ["血透机报价"]
    async with office.store.view() as view:
        (lead,) = await leads.open_of_client(view, 2)
        assert lead.owner_id is not None


async def test_neither_merging_nor_parting_happens_twice(office: World) -> None:
    await two_clients(office)
    await merges(office)

    with pytest.raises(CannotMerge):
        await merges(office)
    await parts(office)
    with pytest.raises(CannotPart):
        await parts(office)


async def test_an_inner_merge_can_be_taken_back_while_the_outer_stands(office: World) -> None:
    await two_clients(office)
    await office.client_writes("wm3", "CT多少钱", nickname="钱院长")
    await office.settle()
    await merges(office, kept=2, merged=3)
    await merges(office, kept=1, merged=2)

    await parts(office, kept=2, merged=3)

    assert await whose_words(office, 3) == ["CT多少钱"]
    assert len(await whose_words(office, 1)) == 2
    await parts(office)
    assert await whose_words(office, 2) == ["想看看CT，预算500万"]
    assert await differences(office) == []


async def test_erased_nothing_is_left_to_find_him_by(office: World) -> None:
    await submits(office, name="王建国", phone="13800001234", company="康源医疗", need="想要CT")
    await submits(office, external_id="f-2", phone="13800001234", need="DR")
    async with office.store.transaction() as tx:
        await office.dispatcher.act(tx, forget, {Client: await tx.lock(Client, 1)})

    again = await submits(office, external_id="f-3", phone="13800001234", need="CT")

    assert again.client == "C3"
    async with office.store.view() as view:
        assert [client.name for client in await aliases.of_client(view, 1)] == [""]
        assert await view.keys_of(1) == []


async def test_the_words_that_showed_it_go_back_with_who_said_them(office: World) -> None:
    """What is still done in the very event that merges the two came by the one who said it."""
    await submits(office, name="王建国", phone="13800001234", need="想要CT")
    await office.client_writes("wm1", "你好", nickname="王先生")
    await office.client_writes("wm1", "我的电话是13800001234，CT要3台")
    await office.settle()

    await parts(office)

    assert await whose_words(office, 1) == ["想要CT"]
    assert await whose_words(office, 2) == ["你好", "我的电话是13800001234，CT要3台"]
    assert "3台" in (await known_of(office, 2))["quantity"]
    assert "quantity" not in await known_of(office, 1)
    assert await differences(office) == []


async def test_a_form_that_shows_two_to_be_one_keeps_its_own_number(office: World) -> None:
    await submits(office, name="王建国", phone="13800001234", need="想要CT")
    await submits(office, external_id="f-2", email="wang@kangyuan.cn", need="CT价格")
    await submits(
        office,
        external_id="f-3",
        name="王建国",
        phone="13800001234",
        email="wang@kangyuan.cn",
        need="CT几台",
    )
    async with office.store.view() as view:
        assert (await aliases.live(view, 2)).id == 1

    await parts(office)

    assert await whose_words(office, 2) == ["CT价格"]
    assert await whose_words(office, 1) == ["想要CT", "CT几台"]


async def test_a_lead_opened_since_is_not_stood_beside(office: World) -> None:
    await two_clients(office)
    await merges(office)
    await office.hears("lina", "赢单 L1")
    await office.client_writes("wm2", "CT还要再来一台")
    await office.settle()

    await parts(office)

    async with office.store.view() as view:
        (going_on,) = await leads.open_of_client(view, 2)
        folded = await view.get(Lead, 2)
        assert (folded.state, folded.folded_into_id) == (LeadState.FOLDED, going_on.id)
        assert (await view.get(Lead, 1)).state == LeadState.WON
    assert await differences(office) == []


async def test_a_region_that_came_by_the_other_leaves_with_him(office: World) -> None:
    await office.client_writes("wm1", "想看看CT", nickname="赵主任")
    await office.client_writes("wm2", "我们在杭州西湖区，想看看CT", nickname="钱院长")
    await office.settle()

    await merges(office)
    await parts(office)

    async with office.store.view() as view:
        assert (await view.get(Lead, 1)).region == ""
        assert "西湖" in (await view.get(Lead, 2)).region


async def test_a_collaborator_adds_and_does_not_end(office: World) -> None:
    await two_clients(office)
    await office.hears("chen", "转派 L2 给 王磊")
    await merges(office)

    seen = await office.hears("wanglei", "归档 L1 客户说预算已批")
    refused = await office.hears("wanglei", "输单 L1 太贵")
    moved = await office.hears("wanglei", "转派 L1 给 王磊")
    others = {
        deed: await office.hears("wanglei", f"{deed} L1{why}")
        for deed, why in (
            ("放回公海", " 没人跟"),
            ("再等一天", ""),
            ("升级", ""),
            ("接管", " 我来"),
        )
    }

    assert {deed: f"{deed}要由主管来做" for deed in others} == others
    assert seen.startswith("已归档到")
    assert "由李娜负责" in refused
    assert "已将" not in moved
    assert (await office.lead(1)).owner_id == "lina"
    assert (await office.lead(1)).is_open


async def names_of(office: World) -> list[tuple[str, str]]:
    async with office.store.view() as view:
        rows = (await view.session.exec(select(Client).order_by(col(Client.id)))).all()
        return [(client.name, client.company) for client in rows]


async def three_firms(office: World) -> None:
    """One with a firm, one of whom only the chat is known, one with another firm."""
    await submits(office, name="王一", company="甲和医疗", phone="13800001111", need="CT")
    await office.client_writes("wm2", "想看CT，预算500万", nickname="")
    await submits(
        office, external_id="f-3", name="李三", company="丙元医疗", phone="13800003333", need="CT"
    )
    await office.settle()


async def test_each_keeps_his_own_names_whatever_is_undone_first(office: World) -> None:
    await three_firms(office)
    before, words = await names_of(office), await snapshot(office)
    await merges(office, kept=2, merged=3)
    await merges(office, kept=1, merged=2)

    await parts(office, kept=2, merged=3)

    assert await names_of(office) == before
    assert "13800003333" not in (await known_of(office, 1)).values()
    await parts(office, kept=1, merged=2)
    assert await names_of(office) == before
    assert (await snapshot(office))["leads"] == words["leads"]
    assert await differences(office) == []


async def test_two_leads_that_went_into_a_third_wake_as_one(office: World) -> None:
    await two_clients(office)
    await office.client_writes("wm3", "CT多少钱", nickname="钱院长")
    await office.settle()
    async with office.store.view() as view:
        owner = (await view.get(Lead, 2)).owner_id
    assert owner is not None
    await office.hears(owner, "跟进 L2 打过电话")
    await merges(office, kept=1, merged=2)
    await merges(office, kept=1, merged=3)

    await parts(office, kept=1, merged=2)

    async with office.store.view() as view:
        (going_on,) = await leads.open_of_client(view, 1)
        assert await leads.going_on(view, 1) == going_on
        assert await leads.going_on(view, 3) == going_on
    assert await differences(office) == []


async def test_words_that_come_while_the_two_part_go_to_who_said_them(office: World) -> None:
    await two_clients(office)
    await merges(office)

    await asyncio.gather(parts(office), office.client_writes("wm2", "现在还有货吗"))
    await office.settle()

    assert "现在还有货吗" in await whose_words(office, 2)
    assert await differences(office) == []


async def test_a_record_that_says_less_does_not_settle_what_a_person_is_asked(
    office: World,
) -> None:
    await submits(office, name="张建国", phone="13800001234", need="CT")
    await submits(office, external_id="f-2", name="赵小梅", phone="13800001234", need="DR")

    await submits(office, external_id="f-3", phone="13800001234", need="CT几台")

    async with office.store.view() as view:
        (review,) = (await view.session.exec(select(Review))).all()
        assert review.state == ReviewState.OPEN
        assert (await aliases.live(view, 2)).id == 2
