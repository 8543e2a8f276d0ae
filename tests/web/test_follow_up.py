"""GET and POST /f/{token}: a lead's owner says in one tap what he did."""

import asyncio
import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pytest
from aiohttp import FormData
from sqlalchemy import event
from sqlmodel import col, select

from crm_store import erasure
from crm_store.facts import LeadClosed, LeadPooled, LeadViewed
from crm_store.models import Lead, Member, TimelineEntry
from handlers.allocation.assignment import give
from handlers.showing import lead_view
from handlers.telling import words_of
from tests.web.house import House

WORDS = "想了解CT设备的参数，预算300万左右，电话13800001234"
LARGEST_PAGE = 20_000
TAPS = {"contacted": "已联系", "visit": "已约拜访", "material": "已发资料"}


def seen_in(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


async def link(office: House, reader: str = "lina", number: int = 1) -> str:
    async with office.bot.store.view() as view:
        lead, member = await view.get(Lead, number), await view.get(Member, reader)
    return "/f/" + office.bot.links.follow_up(lead, member).rpartition("/f/")[2]


async def taps(office: House, path: str, **fields: str) -> tuple[int, str]:
    async with office.http.post(path, data=FormData(fields)) as answer:
        return answer.status, await answer.text()


async def follow_ups(office: House, number: int = 1) -> list[tuple[str, str]]:
    """(how, the note) of each, oldest first."""
    async with office.bot.store.view() as view:
        query = (
            select(TimelineEntry)
            .where(TimelineEntry.lead_id == number, TimelineEntry.kind == "followed_up")
            .order_by(col(TimelineEntry.id))
        )
        rows = (await view.session.exec(query)).all()
        return [(row.data["how"], await words_of(view, row)) for row in rows]


async def opened(office: House) -> tuple[str, str]:
    """The path of 李娜's page of one new lead, and what it says is seen."""
    await office.submits(name="赵主任", need=WORDS)
    path = await link(office)
    _, page = await office.page(path)
    return path, seen_in(page)


async def test_the_owner_sees_whom_to_call_and_three_taps(office: House) -> None:
    await office.submits(name="赵主任", need=WORDS)

    status, page = await office.page(await link(office))

    assert status == 200
    for words in ("赵主任 · CT设备", "13800001234", 'href="tel:13800001234"', "300万", WORDS):
        assert words in page, words
    for tap in ("已联系", "预约拜访", "发送资料"):
        assert f">{tap}</button>" in page
    assert "<script" not in page
    assert (await office.lead()).state == "viewed"
    assert "followed_up" not in await office.kinds()


async def test_the_card_of_a_new_lead_opens_its_owners_page(office: House) -> None:
    await office.submits(name="赵主任", need=WORDS)
    async with office.bot.store.view() as view:
        lead = await view.get(Lead, 1)
        owner, manager = await view.get(Member, "lina"), await view.get(Member, "chen")
        own = await lead_view(view, lead, owner, office.bot.links)
        others = await lead_view(view, lead, manager, office.bot.links)

    assert "/f/" in (own.url or "")
    assert "/t/" in (others.url or "")


@pytest.mark.parametrize("how", TAPS)
async def test_one_tap_is_the_record(office: House, how: str) -> None:
    path, seen = await opened(office)

    status, page = await taps(office, path, how=how, seen=seen)

    assert status == 200
    assert f"已记录：{TAPS[how]}" in page
    assert await follow_ups(office) == [(how, "")]
    assert (await office.lead()).state == "contacted"


async def test_a_note_a_day_and_a_result_come_with_the_tap(office: House) -> None:
    path, seen = await opened(office)

    status, page = await taps(
        office,
        path,
        how="contacted",
        seen=seen,
        note="  主任周三有空\r\n带上报价  ",
        next="2026-03-11",
        result="需要报价",
    )

    assert status == 200
    assert "已记录：已联系，备注，下次联系 3月11日 周三，结果“需要报价”" in page
    assert await follow_ups(office) == [("contacted", "主任周三有空\n带上报价")]
    lead = await office.lead()
    assert lead.next_contact_at is not None
    local = lead.next_contact_at.astimezone(office.bot.settings.zone)
    assert (local.date(), local.hour) == (date(2026, 3, 11), 9)
    assert lead.result == "需要报价"


async def test_a_date_of_his_own_goes_over_the_offered_ones(office: House) -> None:
    path, seen = await opened(office)

    await taps(office, path, how="visit", seen=seen, next="2026-03-11", date="2026-03-20")

    lead = await office.lead()
    assert lead.next_contact_at is not None
    assert lead.next_contact_at.astimezone(office.bot.settings.zone).date() == date(2026, 3, 20)


@pytest.mark.parametrize(
    ("day", "told", "then"),
    [
        ("2026-03-13", "（约好的周二 03-17 下午照旧，到时提醒）", (13, 9)),
        ("2026-03-17", "（约的是周二 03-17 下午）", (17, 12)),
        ("2026-03-20", "（约好的周二 03-17 下午不再提醒）", (20, 9)),
    ],
)
async def test_a_day_of_his_own_says_what_becomes_of_a_meeting(
    office: House, day: str, told: str, then: tuple[int, int]
) -> None:
    await office.submits(name="赵主任", need=f"{WORDS}，下周二下午来我们科室面谈吧")
    path = await link(office)
    _, page = await office.page(path)

    _, page = await taps(office, path, how="contacted", seen=seen_in(page), next=day)

    assert told in page
    at = (await office.lead()).next_contact_at
    assert at is not None
    local = at.astimezone(office.bot.settings.zone)
    assert (local.day, local.hour) == then


async def test_a_note_alone_is_a_follow_up(office: House) -> None:
    path, seen = await opened(office)

    status, page = await taps(office, path, how="note", seen=seen, note="等他们院里开会")
    empty, told = await taps(office, path, how="note", seen=seen_in(page))

    assert (status, "已记录：备注" in page) == (200, True)
    assert (empty, "还没有填内容" in told) == (422, True)
    assert await follow_ups(office) == [("note", "等他们院里开会")]


async def test_a_second_tap_counts_once_and_says_so(office: House) -> None:
    path, seen = await opened(office)
    fields = {"how": "contacted", "seen": seen, "note": "通了电话", "next": "2026-03-12"}
    await taps(office, path, **fields)
    before = await office.kinds()

    for _ in range(2):
        status, page = await taps(office, path, **fields)
        assert status == 200
        assert "这一条 10:00 已经记过“已联系”了，没有重复记" in page

    assert await office.kinds() == before


async def test_two_posts_at_once_make_one_follow_up(office: House) -> None:
    path, seen = await opened(office)

    answers = await asyncio.gather(
        *(taps(office, path, how="contacted", seen=seen, note="通了电话") for _ in range(5))
    )

    assert [status for status, _ in answers] == [200] * 5
    assert sum("已记录：已联系" in page for _, page in answers) == 1
    assert await follow_ups(office) == [("contacted", "通了电话")]


async def test_the_back_button_loses_no_new_words(office: House) -> None:
    path, seen = await opened(office)
    await taps(office, path, how="contacted", seen=seen)

    status, page = await taps(office, path, how="contacted", seen=seen, note="要两台")

    assert (status, "已记录：备注" in page) == (200, True)
    assert await follow_ups(office) == [("contacted", ""), ("note", "要两台")]


async def test_another_tap_later_is_another_follow_up(office: House) -> None:
    path, seen = await opened(office)
    _, page = await taps(office, path, how="contacted", seen=seen)
    _, soon = await taps(office, path, how="contacted", seen=seen_in(page))
    assert "没有重复记" in soon

    office.clock.forward(timedelta(minutes=30))
    _, later = await taps(office, path, how="contacted", seen=seen_in(soon))

    assert "已记录：已联系" in later
    assert len(await follow_ups(office)) == 2


async def test_loading_ahead_is_no_view(office: House) -> None:
    await office.submits(need=WORDS)
    path = await link(office)

    async with office.http.head(path) as answer:
        assert answer.status == 405
    for headers in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}):
        async with office.http.get(path, headers=headers) as answer:
            assert answer.status == 200

    assert (await office.lead()).state == "assigned"


async def test_what_went_to_a_colleague_says_to_whom(office: House) -> None:
    path, seen = await opened(office)
    async with office.bot.store.transaction() as tx:
        lead = await tx.lock_lead(1)
        await give(tx, lead, await tx.get(Member, "wanglei"), reason="manual", by="chen")
        await office.bot.dispatcher.react(tx)

    status, page = await office.page(path)
    posted, told = await taps(office, path, how="contacted", seen=seen)

    assert (status, posted) == (403, 403)
    for shown in (page, told):
        assert "这条线索现在由王磊跟进" in shown
        assert "13800001234" not in shown
        assert "赵主任" not in shown
    assert await follow_ups(office) == []


async def test_what_went_back_to_the_pool_says_so(office: House) -> None:
    path, seen = await opened(office)
    async with office.bot.store.transaction() as tx:
        lead = await tx.lock_lead(1)
        await tx.record(
            LeadPooled(at=tx.now, client_id=lead.client_id, lead_id=lead.id, reason="released")
        )

    assert "这条线索已经回到公海" in (await office.page(path))[1]
    assert (await taps(office, path, how="contacted", seen=seen))[0] == 403


async def test_a_closed_lead_is_shown_and_takes_nothing(office: House) -> None:
    path, seen = await opened(office)
    async with office.bot.store.transaction() as tx:
        lead = await tx.lock_lead(1)
        await tx.record(
            LeadClosed(
                at=tx.now, client_id=lead.client_id, lead_id=lead.id, by="lina", outcome="won"
            )
        )
        await office.bot.dispatcher.react(tx)

    status, page = await office.page(path)
    posted, told = await taps(office, path, how="contacted", seen=seen)

    assert (status, "赢单" in page, "<form" in page) == (200, True, False)
    assert (posted, "这条线索已经赢单，这一步没有再记" in told) == (409, True)
    assert await follow_ups(office) == []


async def test_an_erased_client_is_on_no_page(office: House) -> None:
    path, seen = await opened(office)
    async with office.bot.store.transaction() as tx:
        await erasure.erase(tx, 1)
        await office.bot.dispatcher.react(tx)

    for status, page in (
        await office.page(path),
        await taps(office, path, how="contacted", seen=seen, note="x"),
    ):
        assert (status, "已经按要求删除" in page) == (403, True)
        assert "13800001234" not in page


async def test_who_left_the_company_sees_nothing(office: House) -> None:
    path, seen = await opened(office)
    async with office.bot.store.transaction() as tx:
        member = await tx.get(Member, "lina")
        member.active = False
        tx.add(member)

    assert (await office.page(path))[0] == 403
    status, page = await taps(office, path, how="contacted", seen=seen)
    assert (status, "您已经不在同事名单里" in page) == (403, True)
    assert await follow_ups(office) == []


async def test_an_old_link_says_that_it_is_old(office: House) -> None:
    path, seen = await opened(office)
    office.clock.forward(timedelta(hours=72, seconds=1))

    status, page = await office.page(path)
    posted, _ = await taps(office, path, how="contacted", seen=seen)

    assert (status, "链接过期了" in page, posted) == (410, True, 410)
    assert await follow_ups(office) == []


async def test_one_pages_link_opens_no_other_page(office: House) -> None:
    await office.submits(need=WORDS)
    own, history = await link(office), await office.link("lina")

    for path in (own.replace("/f/", "/t/"), history.replace("/t/", "/f/")):
        assert (await office.page(path))[0] == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"how": "delete"}, "没有这个操作"),
        ({}, "没有这个操作"),
        ({"how": "contacted", "seen": ""}, "这一页不完整"),
        ({"how": "contacted", "seen": "１２"}, "这一页不完整"),
        ({"how": "contacted", "seen": "9" * 40}, "这一页不完整"),
        ({"how": "contacted", "next": "soon"}, "日期看不懂"),
        ({"how": "contacted", "date": "2026-02-30"}, "日期看不懂"),
        ({"how": "contacted", "next": "2026-03-09"}, "不能早于今天"),
        ({"how": "contacted", "next": "2099-01-01"}, "一年以内"),
        ({"how": "contacted", "result": "随便"}, "结果的选项已经变了"),
        ({"how": "contacted", "note": "长" * 1001}, "备注最多 1000 个字"),
        ({"how": "note", "note": "\u200b\u3164"}, "还没有填内容"),
    ],
)
async def test_what_cannot_be_taken_is_said_and_stays_in_the_form(
    office: House, fields: dict[str, str], words: str
) -> None:
    path, seen = await opened(office)

    status, page = await taps(office, path, **{"seen": seen, "note": "别丢了这句", **fields})

    assert (status, words in page) == (422, True)
    assert fields.get("note", "别丢了这句").strip("\u200b\u3164")[:1000] in page
    assert await follow_ups(office) == []
    assert (await office.lead()).next_contact_at is None


async def test_a_megabyte_of_note_is_refused(office: House) -> None:
    path, seen = await opened(office)

    for size in (900_000, 2_000_000):
        body = f"how=contacted&seen={seen}&note=".encode() + b"x" * size
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        async with office.http.post(path, data=BytesIO(body), headers=headers) as answer:
            assert answer.status in (413, 422)
            assert len(await answer.read()) < LARGEST_PAGE
    assert await follow_ups(office) == []


async def test_another_sites_form_is_refused(office: House) -> None:
    path, seen = await opened(office)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        fields = {"how": "contacted", "seen": seen}
        async with office.http.post(path, data=fields, headers=headers) as answer:
            assert answer.status == 403
    assert await follow_ups(office) == []


async def test_markup_in_names_words_and_notes_stays_text(office: House) -> None:
    evil = "<script>alert(1)</script></textarea><img src=x onerror=alert(2)>\"'"
    await office.submits(name="<b>赵</b>", company="<i>康源</i>", need=evil + " 想了解CT")
    path = await link(office)

    _, page = await office.page(path)
    refused = await taps(office, path, how="contacted", seen="x", note=evil, next=evil, result=evil)

    for shown in (page, refused[1]):
        for markup in ("<script", "<img", "<b>赵", "<i>"):
            assert markup not in shown
    assert evil in unescape(refused[1])


async def test_the_page_with_its_style_is_under_20_kb_on_the_wire(office: House) -> None:
    await office.submits(
        name="赵主任" * 10, company="江北人民医院" * 10, need=WORDS + "要招标文件，" * 100
    )
    path = await link(office)
    _, page = await office.page(path)
    fields = {"how": "contacted", "seen": seen_in(page), "note": "备注" * 500, "next": "2026-03-11"}

    heaviest = 0
    for method, data in (("GET", None), ("POST", FormData(fields))):
        async with office.http.request(method, path, data=data) as answer:
            assert answer.status == 200
            body = await answer.read()
            total = _on_the_wire(answer.raw_headers, body)
        for style in re.findall(r'href="(/static/[^"]+)"', body.decode()):
            async with office.http.get(style) as answer:
                total += _on_the_wire(answer.raw_headers, await answer.read())
        assert not re.findall(rb"src=|url\(|@import", body)
        heaviest = max(heaviest, total)

    assert heaviest < LARGEST_PAGE, heaviest


def _on_the_wire(headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> int:
    head = sum(len(name) + len(value) + 4 for name, value in headers) + len(
        "HTTP/1.1 200 OK\r\n\r\n"
    )
    return head + len(body)


async def test_the_offered_days_are_working_days(office: House) -> None:
    await office.submits(need=WORDS)
    path = await link(office)

    _, tuesday = await office.page(path)
    assert re.findall(r'name="next"[^>]+value="(2026[^"]+)"', tuesday) == [
        "2026-03-11",
        "2026-03-12",
        "2026-03-16",
    ]

    office.clock.forward(timedelta(days=2, hours=20))
    _, friday = await office.page(path)
    assert re.findall(r'for="next-\d">(\S+?)<small>', friday) == ["下周一", "下周二"]


async def test_a_tap_costs_the_same_however_long_the_history_is(office: House) -> None:
    """What the eight seconds rest on: the work of a tap, not the speed of a machine."""
    asked: list[str] = []
    engine = office.bot.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    path, seen = await opened(office)

    costs = []
    for _ in range(2):
        asked.clear()
        status, page = await taps(office, path, how="contacted", seen=seen, note="通了电话")
        assert (status, "已记录" in page) == (200, True)
        costs.append(len(asked))
        office.clock.forward(timedelta(hours=1))
        for number in range(60):
            async with office.bot.store.transaction() as tx:
                lead = await tx.lock_lead(1)
                viewed = LeadViewed(
                    at=tx.now, client_id=lead.client_id, lead_id=1, by="lina", how=str(number)
                )
                await tx.record(viewed)
        seen = seen_in((await office.page(path))[1])

    assert costs[1] <= costs[0] + 2, costs
