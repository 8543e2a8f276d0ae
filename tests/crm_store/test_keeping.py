"""保存期限: what is over its time goes, what waits stays."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import SQLModel, col, select

from config.rules import load_rules
from crm_store import inbox, outbox
from crm_store.arrival import Arrival, Route
from crm_store.keeping import let_go
from crm_store.models import (
    Absence,
    ChatMessage,
    DeskAlert,
    DocumentOffer,
    LeadField,
    Promise,
    Question,
    Reminder,
    Talk,
)
from handlers.events import SlotDue
from handlers.housekeeping import apply_keeping
from tests.world import STORY, Opens, World

KEEPING = load_rules().keeping
DAY = timedelta(days=1)


@pytest.fixture
async def office(opens: Opens) -> AsyncIterator[World]:
    async with opens() as world:
        yield world


async def _tidies(office: World, *, batch: int = 1_000, archive_days: int | None = None) -> bool:
    keeping = KEEPING.model_copy(update={"archive_days": archive_days})
    async with office.store.transaction() as tx:
        return await let_go(tx.session, keeping, now=tx.now, batch=batch)


async def _inbox(office: World) -> list[tuple[str, bool]]:
    """(state, whether the body is there), oldest first."""
    async with office.store.view() as view:
        query = select(inbox.inbox.c.state, inbox.inbox.c.payload).order_by(inbox.inbox.c.id)
        return [(state, body is not None) for state, body in await view.session.execute(query)]


async def _count(office: World, table: object) -> int:
    async with office.store.view() as view:
        return len((await view.session.execute(select(table))).all())  # type: ignore[call-overload]


async def test_a_handled_event_loses_its_body_after_a_week_and_goes_after_ninety_days(
    office: World,
) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    handled = len(await _inbox(office))

    office.clock.forward(6 * DAY)
    await _tidies(office)
    assert await _inbox(office) == [("done", True)] * handled

    office.clock.forward(2 * DAY)
    await _tidies(office)
    assert await _inbox(office) == [("done", False)] * handled

    office.clock.forward(83 * DAY)
    await _tidies(office)
    assert await _inbox(office) == []


async def test_what_waits_is_never_touched(office: World) -> None:
    async with office.store.transaction() as tx:
        await tx.arrive([Arrival("client_message", "k1", "lane", {"text": "等着"})])
        await tx.call("kf/service_state/get", {}, lane="lane", account="wk", client_id=None)

    office.clock.forward(400 * DAY)
    await _tidies(office, archive_days=1)

    assert await _inbox(office) == [("waiting", True)]
    assert await _count(office, outbox.outbox) == 1


async def test_what_was_sent_goes_after_thirty_days_with_its_tries(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    assert await _count(office, outbox.outbox_tries) > 0

    office.clock.forward(29 * DAY)
    await _tidies(office)
    assert await _count(office, outbox.outbox) > 0

    office.clock.forward(2 * DAY)
    await _tidies(office)
    assert await _count(office, outbox.outbox) == 0
    assert await _count(office, outbox.outbox_tries) == 0


async def test_a_dead_letter_stays_for_ninety_days(office: World) -> None:
    async with office.store.transaction() as tx:
        await tx.arrive([Arrival("?", "k1", "lane", {"raw": "<xml"}, Route.DEAD, "unreadable")])

    office.clock.forward(89 * DAY)
    await _tidies(office)
    assert await _inbox(office) == [("dead", True)]

    office.clock.forward(2 * DAY)
    await _tidies(office)
    assert await _inbox(office) == []


async def test_chats_go_only_where_a_number_of_days_is_set(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    office.clock.forward(31 * DAY)

    await _tidies(office)
    assert await _count(office, ChatMessage) == 1

    await _tidies(office, archive_days=30)
    assert await _count(office, ChatMessage) == 0
    async with office.store.view() as view:
        fields = (await view.session.exec(select(LeadField))).all()
    assert fields
    assert {field.message_id for field in fields} == {None}


async def test_the_night_works_in_batches_until_nothing_is_left(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    office.clock.forward(8 * DAY)

    rounds = 1
    while await _tidies(office, batch=1):
        rounds += 1

    assert rounds == len(await _inbox(office)) + 1
    assert not any(has_body for _, has_body in await _inbox(office))


async def test_a_blanked_event_cannot_be_retried_and_breaks_nothing(office: World) -> None:
    async with office.store.transaction() as tx:
        await tx.arrive([Arrival("client_message", "k1", "lane", {"text": "坏的"})])
        row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
        assert row is not None
        await inbox.failed(tx.session, row, now=tx.now, error="broken", holds=timedelta())
        await tx.session.execute(inbox.inbox.update().values(payload=None))

    async with office.store.transaction() as tx:
        assert await inbox.retry(tx.session, [row.id], now=tx.now) == []
        assert len(await inbox.dead_letters(tx.session)) == 1


async def test_more_than_a_batch_becomes_another_event(office: World) -> None:
    async with office.store.transaction() as tx:
        rows = [Arrival("x", f"k{number}", "lane", {}) for number in range(1_001)]
        await tx.arrive(rows)
        await tx.session.execute(inbox.inbox.update().values(state="done", settled_at=tx.now))
    office.clock.forward(8 * DAY)
    slot = SlotDue(job="housekeeping.apply_keeping", slot=office.clock.now())

    async with office.store.transaction() as tx:
        await apply_keeping(slot, tx, KEEPING)
    assert Counter(await _inbox(office)) == {
        ("done", True): 1,
        ("done", False): 1_000,
        ("waiting", True): 1,
    }


def _of_colleagues(now: datetime) -> list[SQLModel]:
    """One of each that is over, and one that still waits; the first are all long ago."""
    long_ago = now - 800 * DAY
    lead: dict[str, Any] = {"client_id": 1, "lead_id": 1}
    reminder: dict[str, Any] = {"member_id": "lina", "asked_by": "lina", "words": b"x"}
    reminder["created_at"] = long_ago
    promise = {**lead, "owner_id": "lina", "action": "quote", "words": b"x", "made_at": long_ago}
    asked = {**lead, "asker_id": "chen", "asked_id": "lina", "words": b"x", "asked_at": long_ago}
    alert = {**lead, "member_id": "lina", "created_at": long_ago, "due_at": long_ago}
    leave: dict[str, Any] = {
        "member_id": "lina",
        "starts_at": long_ago,
        "noted_at": long_ago,
        "by": "lina",
    }
    offer: dict[str, Any] = {"document": "d", "member_id": "lina", "reason": "asked"}
    return [
        Reminder(**reminder, due_at=long_ago, state="done"),
        Reminder(**reminder, due_at=now + 800 * DAY, state="off"),
        Reminder(**reminder, due_at=now + DAY),
        Promise(**promise, state="kept", settled_at=long_ago),
        Promise(**promise, state="late", due_at=long_ago),
        Question(**asked, answered_at=long_ago),
        Question(**asked),
        DocumentOffer(**offer, offered_at=long_ago),
        DocumentOffer(**offer, offered_at=now),
        Absence(**leave, ends_at=long_ago + DAY),
        Absence(**leave, ends_at=now + DAY),
        DeskAlert(**alert, assigned_at=long_ago),
        DeskAlert(**{**alert, "created_at": now}, assigned_at=now),
        Talk(member_id="lina", number=7, named=b"x", named_at=long_ago),
        Talk(member_id="chen", number=3, question=b"x", asked_at=now),
    ]


async def test_what_colleagues_asked_and_promised_goes_when_it_is_over(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    kinds = (Reminder, Promise, Question, DocumentOffer, Absence, DeskAlert)
    async with office.store.transaction() as tx:
        await tx.session.execute(delete(DeskAlert))
        for row in _of_colleagues(tx.now):
            tx.add(row)
    before = [await _count(office, kind) for kind in kinds]

    await _tidies(office)

    assert before == [3, 2, 2, 2, 2, 2]
    assert [await _count(office, kind) for kind in kinds] == [1, 1, 1, 1, 1, 1]
    async with office.store.view() as view:
        talks = (await view.session.exec(select(Talk).order_by(col(Talk.member_id)))).all()
        waiting = (await view.session.exec(select(Reminder))).one()
    assert [(one.number, one.named, one.question) for one in talks] == [
        (3, None, b"x"),
        (7, None, None),
    ]
    assert waiting.state == "waiting"
