"""/f/ and /d/: links in the wrong hands or shape, and forms that nobody's browser sends."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from crm_store.models import DeskSeat, Lead, Member
from tests.hostile.wire import Door, Request, door

WORDS = "想了解CT设备的参数，预算300万左右，电话13800001234"
PRIVATE = ("13800001234", "赵主任", "CT设备", "李娜")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAGES = ("f", "d")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Door]:
    async with door(tmp_path) as opened:
        await opened.office.submits(name="赵主任", need=WORDS)
        async with opened.office.bot.store.transaction() as tx:
            tx.add(DeskSeat(member_id="lina"))
            tx.add(DeskSeat(member_id="wanglei"))
        yield opened


async def token_of(office: Door, page: str, member: str = "lina") -> str:
    bot = office.office.bot
    async with bot.store.view() as view:
        lead, who = await view.get(Lead, 1), await view.get(Member, member)
    url = bot.links.follow_up(lead, who) if page == "f" else bot.links.desk(who, 1)
    return url.rpartition("/")[2]


async def refused(office: Door, path: str, *, status: int = 403) -> None:
    """A Chinese page that says so, and nothing of the lead."""
    answer = await office.asks(Request("GET", path, {}))

    assert answer.status == status, path
    assert 'lang="zh-CN"' in answer.text
    assert not any(words in answer.text for words in PRIVATE), path


@pytest.mark.parametrize("page", PAGES)
async def test_one_changed_character_opens_nothing(office: Door, page: str) -> None:
    token = await token_of(office, page)
    before = await office.domain()

    for place, char in enumerate(token):
        for other in {"A", "b", "_", "." if char != "." else "-"} - {char}:
            await refused(office, f"/{page}/{token[:place]}{other}{token[place + 1 :]}")
    for last in set(LETTERS) - {token[-1]}:
        await refused(office, f"/{page}/{token[:-1]}{last}")

    assert await office.domain() == before


@pytest.mark.parametrize("page", PAGES)
async def test_odd_shapes_of_a_token_are_refused_politely(office: Door, page: str) -> None:
    token = await token_of(office, page)

    for odd in (
        *(token.upper(), token.swapcase(), token[::-1], token[:-1], token + "A", token + "="),
        *(f"{token}%00", f"{token}%20", f"%20{token}", f"{token}.{token}", f".{token}"),
        *("%2e", "....", "a.b.c", "%ff%fe", quote("链接"), "A" * 5000, "eyJ9.e30", "null.null"),
    ):
        await refused(office, f"/{page}/{odd}")
    if page == "d":
        await refused(office, f"/d/{token[:-1]}/events")


async def test_another_members_token_shows_another_members_things(office: Door) -> None:
    """王磊 never had the lead: his own page tells him nothing of it, not even whose it is."""
    follow_up, desk = await token_of(office, "f", "wanglei"), await token_of(office, "d", "wanglei")
    lead = await office.office.lead()

    await refused(office, f"/f/{follow_up}")
    posted = await office.asks(Request("POST", f"/f/{follow_up}", FORM, b"how=contacted&seen=99"))
    shown = await office.asks(Request("GET", f"/d/{desk}", {}))
    known = await office.asks(Request("POST", f"/d/{desk}", FORM, b"act=know&alert=1"))

    assert (posted.status, shown.status, known.status) == (403, 200, 422)
    for answer in (posted, shown, known):
        assert not any(words in answer.text for words in PRIVATE)
    assert await office.office.lead() == lead


@pytest.mark.parametrize("page", PAGES)
async def test_a_link_is_only_read_and_posted(office: Door, page: str) -> None:
    path = f"/{page}/{await token_of(office, page)}"
    lead = await office.office.lead()

    for method in ("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = await office.asks(Request(method, path, {}))
        assert answer.status == 405, method
        assert not any(words in answer.text for words in PRIVATE)
    for headers in (
        {},
        {"Content-Type": "application/json"},
        {"Content-Type": "multipart/form-data"},
    ):
        answer = await office.asks(Request("POST", path, headers, b"how=contacted&act=know"))
        assert answer.status == 415, headers

    assert await office.office.lead() == lead


@pytest.mark.parametrize("page", PAGES)
async def test_odd_forms_change_nothing(office: Door, page: str) -> None:
    path = f"/{page}/{await token_of(office, page)}"
    lead = await office.office.lead()

    for body in (
        *(b"", b"how=", b"how=delete", b"&" * 5000, b"a=1&" * 50, b"\xff=\xfe", b"act=know"),
        *(b"how=contacted", b"how=contacted&seen=-1", b"how=contacted&seen=" + b"9" * 5000),
        *(b"how=contacted&seen=%EF%BC%91", b"how=contacted&seen=1&next=%00"),
        *(b"how=contacted&seen=1&date=2026-02-30", b"how=note&seen=1&note=%20%0a"),
        *(b"act=know&alert=%00", b"act=know&alert=-1", b"act=know&alert=" + b"9" * 5000),
        *(b"how=contacted&seen=1&result='; DROP TABLE leads;--", b"x" * (2 << 20)),
    ):
        answer = await office.asks(Request("POST", path, FORM, body))
        assert 400 <= answer.status < 500, body[:60]

    assert await office.office.lead() == lead


async def test_a_post_acts_on_the_links_lead_whatever_else_it_names(office: Door) -> None:
    bot = office.office
    await bot.submits(external_id="f-2", name="钱经理", phone="13900005678", need="想了解彩超")
    path, second = f"/f/{await token_of(office, 'f')}", await bot.lead(2)

    body = b"how=contacted&seen=0&lead=2&lead_id=2&member_id=wanglei&by=chen&token=x"
    answer = await office.asks(Request("POST", f"{path}?lead_id=2", FORM, body))

    assert answer.status == 200
    assert (await bot.lead(1)).state == "contacted"
    assert await bot.lead(2) == second
