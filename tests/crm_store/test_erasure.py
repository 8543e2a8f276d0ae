"""忘记客户: his words are nowhere any more, and everything else goes on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from crm_store import inbox, outbox, timers
from crm_store.arrival import Arrival
from crm_store.erasure import Erasure, scour
from crm_store.models import (
    ChatMessage,
    Client,
    Conversation,
    Draft,
    Identity,
    IdentityKind,
    LeadField,
    Merge,
    Mute,
)
from crm_store.names import client_grams
from crm_store.queries import leads, members
from handlers.events import ClientMessage, MemberMessage, Platform, Speaker
from handlers.forgetting import forget
from handlers.telling import tell
from tests.databases import sqlite_only
from tests.handlers.test_intake import submits
from tests.handlers.test_merging import parts
from tests.world import STORY, Opens, World

PHONE = "+8613800001234"
ZHAO = "wmZhao0000000000000001"
WORDS = [
    "13800001234",
    "赵主任",
    ZHAO,
    "想了解CT设备的参数",
    "下周三前要招标文件",
    "还在等你们的回复",
]


@pytest.fixture
async def office(opens: Opens) -> AsyncIterator[World]:
    async with opens() as world:
        yield world


async def _forgets(office: World, client_id: int = 1) -> Erasure:
    async with office.store.transaction() as tx:
        client = await tx.lock(Client, client_id)
        erasure: Erasure = await office.dispatcher.act(tx, forget, {Client: client})
    return erasure


async def _has_a_story(office: World) -> None:
    await office.client_writes(ZHAO, STORY, nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.servicer_writes("lina", ZHAO, "赵主任您好，资料马上发您")
    await office.client_writes(ZHAO, "还在等你们的回复")
    await office.hears("lina", "静音 赵主任")
    await office.hears("lina", "跟进 赵主任 他说预算还能再加")


async def _waiting_words(office: World) -> None:
    """Words and a message that nobody has handled or carried yet."""
    message = ClientMessage(
        account="wkShop",
        client_ref=ZHAO,
        message_id="late",
        sent_at=office.clock.now(),
        speaker=Speaker.CLIENT,
        text="我姓赵，电话 138-0000-1234，还在等你们的回复",
    )
    other = MemberMessage(
        platform=Platform.WECOM,
        account="WangLei",
        message_id="other",
        sent_at=office.clock.now(),
        text="线索 13800001234 赵主任",
    )
    async with office.store.transaction() as tx:
        lane = f"kf:wkShop:{ZHAO}"
        await tx.arrive(
            [
                Arrival(message.kind, "wecom:kf:late", lane, message.model_dump(mode="json")),
                Arrival(other.kind, "wecom:msg:o", "member:x", other.model_dump(mode="json")),
            ]
        )
        await tx.call("kf/service_state/get", {}, lane=lane, account="wkShop", client_id=1)


def _words_in_files(folder: Path) -> list[str]:
    """Which of his words can be read in the database's files as they lie there."""
    content = b"".join(file.read_bytes() for file in folder.glob("genjin.db*"))
    return [word for word in WORDS if word.encode() in content]


@sqlite_only
async def test_the_database_file_holds_none_of_his_words(office: World, tmp_path: Path) -> None:
    await _has_a_story(office)
    await _waiting_words(office)
    assert _words_in_files(tmp_path) == ["赵主任", ZHAO]

    await _forgets(office)
    assert await scour(office.store.database)

    assert _words_in_files(tmp_path) == []


async def test_nothing_that_is_left_can_be_opened_to_his_words(office: World) -> None:
    await _has_a_story(office)
    await _waiting_words(office)

    await _forgets(office)

    async with office.store.view() as view:
        service = view.vault.service
        opened = []
        for table, purpose in ((inbox.inbox, inbox.PURPOSE), (outbox.outbox, outbox.PURPOSE)):
            rows = (await view.session.execute(select(table.c.payload))).scalars()
            opened += [service.open(row, purpose=purpose).decode() for row in rows if row]
        assert [word for word in WORDS for text in opened if word in text] == []
        messages = (await view.session.exec(select(ChatMessage))).all()
        assert len(messages) == 3
        for message in messages:
            text = await view.open(message.client_id, message.body, purpose="message")
            assert text == "（已删除）"
        for gone in (Identity, LeadField, Mute, Draft):
            assert (await view.session.exec(select(gone))).all() == []
        (conversation,) = (await view.session.exec(select(Conversation))).all()
        assert conversation.client_ref.startswith("erased:")


async def test_the_facts_stay_and_the_timeline_says_what_was_deleted(office: World) -> None:
    await _has_a_story(office)

    erasure = await _forgets(office)

    assert (erasure.leads, erasure.closed, erasure.messages) == (1, 1, 3)
    async with office.store.view() as view:
        lead = await office.lead()
        assert lead.state == "invalid"
        names = await members.names(view)
        told = [await tell(view, entry, names) for entry in await leads.timeline(view, lead)]
        assert "客户来信：（已删除）" in told
        assert "李娜记录跟进：（已删除）" in told
        assert "分配给李娜" in told
        assert await timers.of_subject(view.session, lead.ref) == []
    assert ("command", "forget") in await office.audited()


async def test_his_card_on_the_reps_screen_is_blanked(office: World) -> None:
    await _has_a_story(office)

    await _forgets(office)
    await office.settle()

    assert [card.title for card in office.cards("lina")][-1] == "客户资料已删除"
    lead_cards = [card for card in office.cards("lina") if card.rows or card.quote]
    assert lead_cards == []


async def test_who_writes_again_is_a_new_client(office: World) -> None:
    await _has_a_story(office)
    await _forgets(office)

    await office.client_writes(ZHAO, STORY, nickname="赵主任")

    async with office.store.view() as view:
        rows = (await view.session.exec(select(Client).order_by(col(Client.id)))).all()
        assert [(row.name, row.erased_at is None) for row in rows] == [
            ("", False),
            ("赵主任", True),
        ]
        identity = await view.identity(IdentityKind.PHONE, PHONE)
        assert identity is not None
        assert identity.client_id == 2


async def test_a_replay_of_his_messages_brings_nothing_back(office: World) -> None:
    await _has_a_story(office)
    await _waiting_words(office)
    await _forgets(office)

    await _waiting_words(office)
    await office.settle()

    async with office.store.view() as view:
        assert len((await view.session.exec(select(Client))).all()) == 1


async def test_others_keep_what_is_theirs(office: World) -> None:
    await _has_a_story(office)
    await office.client_writes("wmQian", "我想要一台CT设备，电话13900005678", nickname="钱院长")

    await _forgets(office)
    await office.client_writes("wmQian", "请尽快联系我")
    await office.passes(timedelta(minutes=5))

    async with office.store.view() as view:
        client = await view.get(Client, 2)
        assert client.name == "钱院长"
        words = await leads.last_words(view, 2, last=5)
        assert [text for _, text in words][-1] == "请尽快联系我"
        assert await inbox.dead_letters(view.session) == []


async def test_a_command_about_him_is_refused_in_words(office: World) -> None:
    await _has_a_story(office)
    await _forgets(office)

    assert await office.hears("lina", "跟进 赵主任 再问问") == "没有找到您名下的客户“赵主任”"
    assert await office.hears("lina", "跟进 L1 再问问") == "客户 C1的线索已经关闭"


async def test_forgetting_twice_changes_nothing_more(office: World) -> None:
    await _has_a_story(office)
    await _forgets(office)

    again = await _forgets(office)

    assert again.closed == 0
    async with office.store.view() as view:
        facts = await leads.timeline(view, await office.lead())
    assert [fact.kind for fact in facts].count("closed") == 1


@pytest.mark.parametrize("is_parted", [False, True], ids=["one client", "parted before"])
async def test_what_a_merge_filled_in_is_forgotten_with_him(office: World, is_parted: bool) -> None:
    await submits(office, phone="13800001234", need="想要CT")
    await submits(office, external_id="f-2", phone="13800001234", name="王建国", need="DR")
    if is_parted:
        await parts(office)

    await _forgets(office, 2 if is_parted else 1)

    async with office.store.view() as view:
        (merge,) = (await view.session.exec(select(Merge))).all()
        assert "王建国" not in str(merge.restore)
        of_names = select(client_grams.c.gram).where(client_grams.c.number == 2)
        assert (await view.session.execute(of_names)).all() == []
