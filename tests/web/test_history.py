"""GET and POST /t/{token}: one lead's history on a phone."""

from datetime import timedelta
from html import unescape

from aiohttp import FormData

from crm_store.models import AgendaEntry, Lead, Member
from tests.web.house import House

WORDS = "想了解CT设备的参数，预算300万左右，电话13800001234"


def seen_in(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


async def decides(office: House, path: str, **fields: str) -> tuple[int, str]:
    async with office.http.post(path, data=FormData(fields)) as answer:
        return answer.status, await answer.text()


async def test_a_manager_reads_the_whole_history_and_the_audit_log_knows(office: House) -> None:
    await office.submits(name="赵主任", need=WORDS)

    status, page = await office.page(await office.link("chen"))

    assert status == 200
    for words in ("赵主任 · CT设备", "李娜", "已分配", "300万", "13800001234", WORDS, "website"):
        assert words in page, words
    assert "地区" in page
    assert "2026年3月10日 周二" in page
    assert ">10:00<" in page
    assert await office.audit() == [("chen", "read_history")]
    assert "viewed" not in await office.kinds()


async def test_the_owner_who_opens_it_has_seen_the_lead(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("lina")

    await office.page(path)
    await office.page(path)

    assert (await office.kinds()).count("viewed") == 1
    assert (await office.lead()).state == "viewed"
    assert await office.audit() == []


async def test_a_head_or_a_browser_loading_ahead_has_seen_nothing(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("lina")

    async with office.http.head(path) as answer:
        assert answer.status == 405
    async with office.http.get(path, headers={"Sec-Purpose": "prefetch"}) as answer:
        assert answer.status == 200

    assert (await office.lead()).state == "assigned"


async def test_a_manager_gives_the_lead_to_somebody_else(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("chen")
    _, page = await office.page(path)

    status, after = await decides(office, path, act="assign", to="wanglei", seen=seen_in(page))

    assert status == 200
    assert "已转给王磊" in after
    assert "从李娜转给王磊（陈经理）" in after
    lead = await office.lead()
    assert (lead.owner_id, lead.state) == ("wanglei", "assigned")


async def test_a_second_tap_does_nothing_and_says_what_is_so(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("chen")
    _, page = await office.page(path)
    await decides(office, path, act="assign", to="wanglei", seen=seen_in(page))
    before = await office.kinds()

    for act in ("assign", "support"):
        status, after = await decides(office, path, act=act, to="wanglei", seen=seen_in(page))
        assert status == 409
        assert "刚刚已经从李娜转给王磊（陈经理），这一步没有再做" in after

    assert await office.kinds() == before


async def test_who_was_slower_is_told_of_the_news(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("chen")
    _, page = await office.page(path)
    await office.submits(external_id="f-2", need="电话13800001234，再加一台CT")

    status, after = await decides(office, path, act="support", seen=seen_in(page))

    assert status == 409
    assert "刚刚有新进展" in after
    assert "support_asked" not in await office.kinds()


async def test_support_is_recorded_and_the_clock_starts_again(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("chen")
    _, page = await office.page(path)

    status, after = await decides(office, path, act="support", seen=seen_in(page))

    assert status == 200
    assert "已安排协同支持" in after
    assert (await office.kinds())[-1] == "support_asked"


async def test_a_rep_who_passes_his_own_on_sees_it_no_more(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("lina")
    _, page = await office.page(path)

    status, after = await decides(office, path, act="assign", to="wanglei", seen=seen_in(page))

    assert status == 200
    assert "已转给王磊" in after
    assert "13800001234" not in after
    assert (await office.page(path))[0] == 403


async def test_what_cannot_be_done_is_said(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("chen")
    _, page = await office.page(path)
    for fields, words in (
        ({"act": "assign", "to": "nobody"}, "已经不在名单里"),
        ({"act": "assign", "to": "lina"}, "本来就由李娜负责"),
        ({"act": "delete"}, "没有这个操作"),
    ):
        status, after = await decides(office, path, seen=seen_in(page), **fields)
        assert (status, words in after) == (422, True), words


async def test_another_sites_form_is_refused(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("chen")
    _, page = await office.page(path)
    fields = {"act": "support", "seen": seen_in(page)}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        async with office.http.post(path, data=fields, headers=headers) as answer:
            assert answer.status == 403
    ours = {"Origin": office.address, "Sec-Fetch-Site": "same-origin"}
    async with office.http.post(path, data=fields, headers=ours) as answer:
        assert answer.status == 200


async def test_a_link_is_for_one_person_and_for_three_days(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("chen")

    status, page = await office.page(path[:-3] + "xyz")
    assert (status, "链接打不开" in page) == (403, True)
    assert (await office.page(await office.link("fin")))[0] == 403
    assert (await office.page(await office.link("wanglei")))[0] == 403

    office.clock.forward(timedelta(hours=72, seconds=1))
    status, page = await office.page(path)
    assert (status, "链接过期了" in page) == (410, True)


async def test_who_lost_the_lead_or_left_the_company_reads_no_more(office: House) -> None:
    await office.submits(need=WORDS)
    path = await office.link("lina")
    async with office.bot.store.transaction() as tx:
        member = await tx.get(Member, "lina")
        member.active = False
        tx.add(member)

    status, page = await office.page(path)

    assert (status, "看不到这条线索" in page) == (403, True)


async def test_markup_in_names_and_words_stays_text(office: House) -> None:
    words = "<script>alert(1)</script><img src=x onerror=alert(2)> 想了解CT"
    await office.submits(name="<b>赵</b>\"'&", company="<i>康源</i>", need=words)

    _, page = await office.page(await office.link("chen"))

    for markup in ("<script", "<img", "<b>", "<i>"):
        assert markup not in page
    assert words in unescape(page)


async def test_the_link_in_a_todo_opens_as_long_as_the_todo_stands(office: House) -> None:
    await office.submits(need=WORDS)
    async with office.bot.store.transaction() as tx:
        lead, lina = await tx.get(Lead, 1), await tx.get(Member, "lina")
        lina.dingtalk = "lina01"
        entry = AgendaEntry(
            key="k", form="todo", subject="P1", lead_id=1, account="lina01", created_at=tx.now
        )
        tx.add(entry)
        path = "/t/" + office.bot.links.entry(lead, lina).rpartition("/t/")[2]
    office.clock.forward(timedelta(days=40))

    standing, _ = await office.page(path)
    async with office.bot.store.transaction() as tx:
        await tx.session.delete(await tx.get(AgendaEntry, "k"))
    ended, page = await office.page(path)

    assert (standing, ended) == (200, 410)
    assert "已经办完或取消" in page
