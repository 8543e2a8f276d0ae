"""/d/{token}: somebody's own page of new leads, and the events that keep it up to date."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, FormData, web
from sqlmodel import select

from bot.app import running_bot
from bot.web.desk import BOARD, DeskPage
from bot.web.desk_board import Board, State, Watcher
from bot.web.listener import Listener
from bot.web.pages import set_up_pages
from bot.web.server import build_web
from crm_store.models import DeskAlert, DeskSeat, Member
from handlers.allocation.assignment import give
from tests.eventually import eventually
from tests.web.house import House, house

NEED = "CT设备坏了，急需维保，电话13800001234"
PATIENCE = 20.0
"""Seconds that a slow machine may take; a quick one waits for nothing."""


async def sits(office: House, member: str = "lina") -> str:
    """The path of his desk page."""
    async with office.bot.store.transaction() as tx:
        seat = await tx.find(DeskSeat, member) or DeskSeat(member_id=member)
        tx.add(seat)
        who = await tx.get(Member, member)
        url = office.bot.links.desk(who, seat.seat)
    return "/d/" + url.rpartition("/d/")[2]


@dataclass
class Events:
    """What a page is told, one event after the other."""

    answer: ClientResponse
    comments: int = 0
    last_id: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    async def next(self) -> tuple[str, str]:
        """(event, data); comments are counted and passed over."""
        async with asyncio.timeout(PATIENCE):
            async for line in self.answer.content:
                words = line.decode().rstrip("\n")
                if words.startswith(":"):
                    self.comments += 1
                elif words:
                    name, _, value = words.partition(": ")
                    self.fields[name] = value
                elif "event" in self.fields:
                    self.last_id = self.fields.get("id", self.last_id)
                    event, data = self.fields.pop("event"), self.fields.pop("data")
                    return event, data
        return "end", ""

    async def ringing(self) -> list[dict[str, Any]]:
        event, data = await self.next()
        assert event == "state", (event, data)
        shown: list[dict[str, Any]] = json.loads(data)["ringing"]
        return shown

    async def beats(self, times: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.comments < times:
                line = await self.answer.content.readline()
                self.comments += line.startswith(b":")


@asynccontextmanager
async def listening(office: House, path: str, *, has: str = "") -> AsyncIterator[Events]:
    headers = {"Last-Event-ID": has} if has else {}
    async with office.http.get(f"{path}/events", headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        yield Events(answer)


async def views(office: House, number: int = 1) -> None:
    async with office.bot.store.view() as view:
        lead = await office.lead(number)
        owner = await view.get(Member, lead.owner_id)
    path = "/f/" + office.bot.links.follow_up(lead, owner).rpartition("/f/")[2]
    assert (await office.page(path))[0] == 200


async def test_the_page_lists_what_waits_and_asks_to_be_let_ring(office: House) -> None:
    path = await sits(office)
    _, empty = await office.page(path)
    await office.submits(name="赵主任", need=NEED)

    status, page = await office.page(path)

    assert status == 200
    assert "都看过了" in empty
    for words in ("赵主任 · 急需CT设备维保", "来自website", "10:00", "开启通知", "知道了", "/f/"):
        assert words in page, words
    assert "13800001234" not in page
    assert (await office.lead()).state == "assigned"


async def test_a_new_lead_is_told_and_goes_when_it_is_seen_elsewhere(office: House) -> None:
    path = await sits(office)

    async with listening(office, path) as events:
        assert await events.ringing() == []
        await office.submits(name="赵主任", need=NEED)
        (told,) = await events.ringing()
        await views(office)
        assert await events.ringing() == []

    assert told["title"] == "赵主任 · 急需CT设备维保"
    assert (told["line"], told["at"]) == ("来自website", "10:00")
    assert "/f/" in told["url"]


async def test_two_pages_of_one_person_are_told_the_same(office: House) -> None:
    path = await sits(office)

    async with listening(office, path) as one, listening(office, path) as other:
        assert await one.ringing() == await other.ringing() == []
        await office.submits(name="赵主任", need=NEED)
        assert [t["id"] for t in await one.ringing()] == [t["id"] for t in await other.ringing()]
        await views(office)
        assert await one.ringing() == await other.ringing() == []


async def test_nothing_is_lost_while_a_page_is_away(office: House) -> None:
    path = await sits(office)
    async with listening(office, path) as events:
        await events.ringing()
        await office.submits(name="赵主任", need=NEED)
        await events.ringing()
        had = events.last_id
    await office.submits(
        external_id="f-2", name="钱经理", phone="13900005678", need="想了解彩超", region="上海"
    )

    async with listening(office, path, has=had) as events:
        told = await events.ringing()

    assert [one["title"].partition(" · ")[0] for one in told] == ["钱经理", "赵主任"]


async def test_who_has_the_latest_is_not_told_it_again(office: House) -> None:
    path = await sits(office)
    await office.submits(name="赵主任", need=NEED)
    async with listening(office, path) as events:
        await events.ringing()
        had = events.last_id

    async with listening(office, path, has=had) as events:
        await office.submits(
            external_id="f-2", name="钱经理", phone="13900005678", need="想了解彩超", region="上海"
        )
        assert len(await events.ringing()) == 2


async def test_another_process_shows_what_this_one_wrote(office: House) -> None:
    """Its page is told without a wake-up from here: it looks by itself."""
    path = await sits(office)
    async with running_bot(office.bot.settings, clock=office.clock) as second:
        runner = Listener(build_web(second, "web"))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with office.http.get(f"{address}{path}/events") as answer:
                events = Events(answer)
                assert await events.ringing() == []
                await office.submits(name="赵主任", need=NEED)
                assert len(await events.ringing()) == 1
        finally:
            await runner.cleanup()


async def test_nobody_sees_a_colleagues_leads(office: House) -> None:
    own, others = await sits(office), await sits(office, "wanglei")

    async with listening(office, own) as lina, listening(office, others) as wanglei:
        assert await lina.ringing() == await wanglei.ringing() == []
        await office.submits(name="赵主任", need=NEED)
        (told,) = await lina.ringing()
        async with office.bot.store.transaction() as tx:
            lead = await tx.lock_lead(1)
            await give(tx, lead, await tx.get(Member, "wanglei"), reason="manual", by="chen")
            await office.bot.dispatcher.react(tx)
        assert await lina.ringing() == []
        (passed_on,) = await wanglei.ringing()

    assert told["id"] != passed_on["id"]
    assert "赵主任" not in (await office.page(own))[1]


async def test_whose_roles_changed_is_shown_nothing(office: House) -> None:
    path = await sits(office)
    await office.submits(name="赵主任", need=NEED)

    async with listening(office, path) as before:
        (shown,) = await before.ringing()
        assert "赵主任" in shown["title"]
        async with office.bot.store.transaction() as tx:
            member = await tx.get(Member, "lina")
            member.roles = ["finance"]
            tx.add(member)
        assert await before.ringing() == []
        async with listening(office, path) as beside:
            assert await beside.ringing() == []
    assert "赵主任" not in (await office.page(path))[1]


@pytest.mark.parametrize("how", ["left", "taken back"])
async def test_who_left_or_took_it_back_is_told_no_more(office: House, how: str) -> None:
    path = await sits(office)

    async with listening(office, path) as events:
        assert await events.ringing() == []
        async with office.bot.store.transaction() as tx:
            if how == "left":
                member = await tx.get(Member, "lina")
                member.active = False
                tx.add(member)
            else:
                seat = await tx.get(DeskSeat, "lina")
                seat.seat += 1
                tx.add(seat)
        assert await events.next() == ("over", "revoked")
        assert await events.next() == ("end", "")

    assert (await office.page(path))[0] == 403
    async with office.http.get(f"{path}/events") as answer:
        assert answer.status == 403


async def test_to_know_is_to_have_seen(office: House) -> None:
    path = await sits(office)
    await office.submits(name="赵主任", need=NEED)
    _, page = await office.page(path)
    (alert,) = re.findall(r'name="alert" value="(\d+)"', page)

    for _ in range(2):
        data = FormData({"act": "know", "alert": alert})
        async with office.http.post(path, data=data) as answer:
            assert (answer.status, "都看过了" in await answer.text()) == (200, True)

    assert (await office.lead()).state == "viewed"
    assert (await office.kinds()).count("viewed") == 1


async def test_anothers_alert_is_as_good_as_none(office: House) -> None:
    path, stranger = await sits(office), await sits(office, "wanglei")
    await office.submits(name="赵主任", need=NEED)

    for form in (
        {"act": "know", "alert": "1"},
        {"act": "know", "alert": "999"},
        {"act": "know", "alert": "１"},
        {"act": "know", "alert": "9" * 30},
        {"act": "know"},
        {"act": "delete", "alert": "1"},
    ):
        async with office.http.post(stranger, data=FormData(form)) as answer:
            assert answer.status == 422, form
            assert "赵主任" not in await answer.text()
    evil = {"Origin": "https://evil.example"}
    async with office.http.post(path, data={"act": "know", "alert": "1"}, headers=evil) as answer:
        assert answer.status == 403

    assert (await office.lead()).state == "assigned"


async def test_an_old_link_and_one_for_another_page_open_nothing(office: House) -> None:
    await office.submits(name="赵主任", need=NEED)
    path = await sits(office)
    history = (await office.link("lina")).replace("/t/", "/d/")

    assert (await office.page(history))[0] == 403
    assert (await office.page(path.replace("/d/", "/f/")))[0] == 403
    office.clock.forward(timedelta(days=90, seconds=1))
    assert (await office.page(path))[0] == 410
    async with office.http.get(f"{path}/events") as answer:
        assert answer.status == 410


@asynccontextmanager
async def small(
    folder: Path, url: str, **changes: Any
) -> AsyncIterator[tuple[House, House, Board]]:
    """A house with desk rules of its own; its desk pages, whose hearts beat fast, behind another
    port; and their board."""
    async with house(folder, database_url=url) as office:
        rules = folder / "rules" / "desk.yaml"
        rules.write_text(
            "\n".join(f"{k}: {v}" for k, v in {"active": "true", **changes}.items()),
            encoding="utf-8",
        )
        assert not office.bot.rules.reload()
        app = web.Application()
        set_up_pages(app)
        DeskPage(office.bot, heartbeat=0.02).add_to(app)
        runner = Listener(app, shutdown_timeout=2 * PATIENCE)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with ClientSession(address) as http:
            try:
                yield office, replace(office, http=http, address=address), app[BOARD]
            finally:
                await asyncio.wait_for(runner.cleanup(), PATIENCE)


async def test_one_who_opens_page_after_page_keeps_the_latest(
    tmp_path: Path, database_url: str
) -> None:
    async with small(tmp_path, database_url, pages_a_member=2) as (office, pages, board):
        path = await sits(office)
        async with listening(pages, path) as first, listening(pages, path) as second:
            assert await first.ringing() == await second.ringing() == []
            async with listening(pages, path) as third:
                assert await first.next() == ("over", "replaced")
                assert await third.ringing() == []
                await office.submits(name="赵主任", need=NEED)
                assert len(await second.ringing()) == len(await third.ringing()) == 1
        await eventually(lambda: board.pages == 0)


async def test_more_pages_than_there_is_room_for_are_asked_to_come_later(
    tmp_path: Path, database_url: str
) -> None:
    async with small(tmp_path, database_url, pages=1) as (office, pages, board):
        path, other = await sits(office), await sits(office, "wanglei")
        async with listening(pages, path) as events:
            assert await events.ringing() == []
            async with pages.http.get(f"{other}/events") as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        await eventually(lambda: board.pages == 0)
        async with listening(pages, other) as events:
            assert await events.ringing() == []


async def test_an_open_page_hears_a_heartbeat_and_a_closed_one_is_let_go(
    tmp_path: Path, database_url: str
) -> None:
    async with small(tmp_path, database_url) as (office, pages, board):
        path = await sits(office)
        async with listening(pages, path) as events:
            await events.ringing()
            await events.beats(3)
            assert board.pages == 1

        await eventually(lambda: board.pages == 0)


async def test_stopping_lets_open_pages_go_at_once(tmp_path: Path, database_url: str) -> None:
    """`small` waits less than the patience that open connections would be given."""
    async with small(tmp_path, database_url) as (office, pages, board):
        path = await sits(office)
        answer = await pages.http.get(f"{path}/events")
        events = Events(answer)
        assert await events.ringing() == []
        board.close()
        assert await events.next() == ("over", "stopping")
        again = await pages.http.get(f"{path}/events")
        assert await Events(again).ringing() == []


async def is_known_to_sit(office: House) -> bool:
    async with office.bot.store.view() as view:
        seat = await view.get(DeskSeat, "lina")
    return seat.open_at == office.clock.now()


async def test_where_the_page_goes_first_it_is_known_to_be_open(
    tmp_path: Path, database_url: str
) -> None:
    async with small(tmp_path, database_url, first="page") as (office, pages, _):
        path = await sits(office)
        async with listening(pages, path) as events:
            await events.ringing()

            await eventually(lambda: is_known_to_sit(office))


def test_nothing_piles_up_before_a_page_that_reads_slowly() -> None:
    watcher = Watcher("lina", 1)
    at = datetime(2026, 3, 10, tzinfo=UTC)

    for number in range(1000):
        watcher.shows(State(str(number), (number,), ("rep",), (), at))

    assert watcher.state == State("999", (999,), ("rep",), (), at)


async def test_an_alert_is_a_row_without_a_word_of_the_client(office: House) -> None:
    await office.submits(name="赵主任", need=NEED)

    async with office.bot.store.view() as view:
        (row,) = (await view.session.exec(select(DeskAlert))).all()

    assert not {type(value) for value in row.model_dump().values()} & {bytes, dict}
    assert "赵主任" not in str(row.model_dump())
