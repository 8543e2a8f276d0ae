"""Signed links in the wrong hands, in the wrong shape and at the wrong time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.web.history import ACTS
from crm_store.models import Lead, Member
from tests.handlers import rights_table as table
from tests.hostile.wire import Door, Request, door
from tests.web.house import House

WORDS = "想了解CT设备的参数，预算300万左右，电话13800001234"
PRIVATE = ("13800001234", "赵主任", "CT设备", "李娜")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Door]:
    async with door(tmp_path) as opened:
        await opened.office.submits(name="赵主任", need=WORDS)
        yield opened


async def refused(office: Door, path: str, *, status: int = 403) -> None:
    """A Chinese page that says so, and nothing of the lead."""
    answer = await office.asks(Request("GET", path, {}))

    assert answer.status == status, path
    assert 'lang="zh-CN"' in answer.text
    assert "链接" in answer.text
    assert not any(words in answer.text for words in PRIVATE), path


async def test_one_changed_character_opens_nothing(office: Door) -> None:
    path = await office.office.link("chen")
    token = path.removeprefix("/t/")
    before = await office.domain()

    for place, char in enumerate(token):
        for other in {"A", "b", "_", "." if char != "." else "-"} - {char}:
            await refused(office, f"/t/{token[:place]}{other}{token[place + 1 :]}")

    assert await office.domain() == before


async def test_the_signature_has_one_spelling_only(office: Door) -> None:
    token = (await office.office.link("chen")).removeprefix("/t/")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    for last in set(letters) - {token[-1]}:
        await refused(office, f"/t/{token[:-1]}{last}")


async def test_odd_shapes_of_a_token_are_refused_politely(office: Door) -> None:
    path = await office.office.link("chen")
    token = path.removeprefix("/t/")

    for odd in (
        *(token.upper(), token.swapcase(), token[::-1], token[:-1], token + "A", token + "="),
        *(
            f"{token}%00",
            f"{token}%20",
            f"%20{token}",
            f"{token}%0a",
            f"{token}.{token}",
            f".{token}",
        ),
        *("%2e", "....", "a.b.c", "%ff%fe", quote("链接"), quote("\U0001f600" * 50), "A" * 5000),
        *(quote(token, safe="").replace(".", "%252e"), "eyJ9.e30", "null.null", "-" * 200),
    ):
        await refused(office, f"/t/{odd}")


async def test_what_has_expired_says_so_and_shows_nothing(office: Door) -> None:
    path = await office.office.link("chen")
    office.office.clock.forward(timedelta(hours=72, seconds=1))
    before = await office.domain()

    await refused(office, path, status=410)
    act = Request("POST", path, FORM, b"act=support&seen=99")
    assert (await office.asks(act)).status == 410

    assert await office.domain() == before


async def test_a_link_is_only_read_and_posted(office: Door) -> None:
    path = await office.office.link("lina")
    before = await office.domain()

    for method in ("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = await office.asks(Request(method, path, {}))
        assert answer.status == 405, method
        assert not any(words in answer.text for words in PRIVATE)
    for headers in (
        {},
        {"Content-Type": "application/json"},
        {"Content-Type": "multipart/form-data"},
    ):
        answer = await office.asks(Request("POST", path, headers, b"act=support"))
        assert answer.status == 415, headers
        assert "链接打不开" in answer.text

    assert (await office.domain())["leads"] == before["leads"]


async def test_a_post_acts_on_the_links_lead_whatever_else_it_names(office: Door) -> None:
    bot = office.office
    await bot.submits(external_id="f-2", name="钱经理", phone="13900005678", need="想了解彩超")
    path, second = await bot.link("chen"), await bot.lead(2)

    body = b"act=assign&to=wanglei&seen=999999999&lead=2&lead_id=2&id=L2&member_id=gao&token=x"
    answer = await office.asks(Request("POST", f"{path}?lead_id=2", FORM, body))

    assert answer.status == 200
    assert (await bot.lead(1)).owner_id == "wanglei"
    assert (await bot.lead(2)).owner_id == second.owner_id
    again = await office.asks(Request("POST", path, FORM, body.replace(b"999999999", b"1")))
    assert (again.status, "这一步没有再做" in again.text) == (409, True)


async def test_odd_forms_change_nothing(office: Door) -> None:
    path = await office.office.link("chen")
    lead = await office.office.lead()

    for body in (
        *(b"", b"act=", b"act=assign", b"act=delete", b"&" * 5000, b"a=1&" * 50, b"\xff=\xfe"),
        *(b"act=assign&to=%00&seen=9", b"act=assign&to=" + b"x" * 5000 + b"&seen=9"),
        *(
            b"act=support&seen=-1",
            b"act=support&seen=" + b"9" * 5000,
            b"act=support&seen=%EF%BC%91",
        ),
        *(b"act=assign&to='; DROP TABLE leads;--&seen=9", b"x" * (2 << 20)),
    ):
        answer = await office.asks(Request("POST", path, FORM, body))
        assert 400 <= answer.status < 500, body[:60]

    assert await office.office.lead() == lead


async def _as(office: House, role: str) -> None:
    async with office.bot.store.transaction() as tx:
        member = await tx.get(Member, "chen")
        member.roles = [role]
        tx.add(member)


@pytest.mark.parametrize("role", table.ROLES)
async def test_the_page_keeps_to_the_table_of_rights(office: Door, role: str) -> None:
    """陈经理 leads 李娜, who owns the lead; then it is his own, then a stranger's to him."""
    assert set(ACTS) == set(table.PAGE_ACTS)
    bot = office.office
    link = await bot.link("chen")
    await _as(bot, role)

    for whose, owner in (("subordinate", "lina"), ("own", "chen"), ("colleague", "gao")):
        async with bot.bot.store.transaction() as tx:
            lead = await tx.get(Lead, 1)
            lead.owner_id = owner
            tx.add(lead)
        reads = table.cells(table.READS)[role, whose]
        answer = await office.asks(Request("GET", link, {}))
        assert answer.status == (403 if reads == "·" else 200), whose
        for act, rows in table.PAGE_ACTS.items():
            body = f"act={act}&to=wanglei&seen=0".encode()
            posted = await office.asks(Request("POST", link, FORM, body))
            allowed = table.cells(rows)[role, whose] != "·"
            # Nothing had been read yet: who may decide is told the news instead.
            assert posted.status == (409 if allowed else 403), (whose, act)
        if reads == "·":
            assert not any(words in answer.text for words in PRIVATE)
