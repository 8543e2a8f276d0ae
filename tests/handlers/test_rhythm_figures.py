"""Small worlds counted by hand: what each figure says of them, and to whom."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_store.facts import (
    Escalated,
    FollowedUp,
    LeadAssigned,
    LeadClosed,
    LeadFolded,
    LeadPooled,
    LeadUnfolded,
    MessageIn,
    MessageOut,
    Muted,
)
from crm_store.models import Absence, Lead, Mute
from crm_store.queries.figures_stays import Lapse, Stay
from crm_store.queries.figures_touches import Change, Leave, Occasion, occasions
from handlers.rhythm import follow_rate, following, golden
from handlers.rhythm.following import Held, Verdict, judge
from handlers.rhythm.heat import Cell, measure, rows_for
from handlers.rhythm.overdue_figures import by_lead, worst
from handlers.rhythm.parts import Around
from handlers.rhythm.people import EVERYTHING
from handlers.rhythm.people_figures import loads, muted
from handlers.rhythm.periods import Period, between, day_of, last_days, this_month
from notifiers.card import Image
from tests.handlers.mornings import furnish, recorded, withdrawn
from tests.world import SHANGHAI, TUESDAY, Opens, World

pytestmark = pytest.mark.both

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def broke(office: World, lead: Lead, owner: str, at: datetime, rung: str = "quiet") -> None:
    waited = {"quiet": "48 小时", "first_view": "15 分钟"}[rung]
    about = {"rung": rung, "waited": waited, "to": "chen", "owner_id": owner}
    await recorded(office, Escalated, lead, at, **about)


# -- overdue --------------------------------------------------------------------------------


async def test_late_leads_are_ranked_by_rep_and_counted_once(office: World) -> None:
    first = await furnish(office, "赵主任", "lina", at=TUESDAY - 3 * DAY)
    second = await furnish(office, "钱总", "lina", at=TUESDAY - 3 * DAY)
    third = await furnish(office, "孙工", "wanglei", at=TUESDAY - 3 * DAY)
    for at in (TUESDAY - 2 * DAY, TUESDAY - DAY):
        await broke(office, first, "lina", at)
    await broke(office, second, "lina", TUESDAY - DAY, "first_view")
    await broke(office, third, "wanglei", TUESDAY - DAY)
    await broke(office, third, "wanglei", TUESDAY - 9 * DAY)

    for_chief = await office.hears("chen", "逾期")
    own = await office.hears("wanglei", "逾期")

    assert for_chief.splitlines()[:6] == [
        "逾期线索 · 近 7 天",
        "第 1 名 李娜：2 条",
        "　赵主任：48 小时没有跟进 2 次",
        "　钱总：15 分钟未查看",
        "第 2 名 王磊：1 条",
        "　孙工：48 小时没有跟进",
    ]
    assert "孙工" in own
    assert "李娜" not in own
    assert "赵主任" not in own


async def test_who_passed_a_client_on_reads_his_number_and_not_his_name(office: World) -> None:
    lead = await furnish(office, "赵主任", "lina", "wanglei", at=TUESDAY - DAY)
    await broke(office, lead, "lina", TUESDAY - DAY + timedelta(minutes=15), "first_view")

    said = await office.hears("lina", "逾期")

    assert "赵主任" not in said
    assert f"L{lead.id}（已转走）：15 分钟未查看" in said
    assert await office.hears("wanglei", "逾期") == "近 7 天没有逾期的线索"


async def test_a_folded_lead_is_late_as_the_one_that_goes_on(office: World) -> None:
    kept = await furnish(office, "赵主任", "lina", at=TUESDAY - 3 * DAY)
    folded = await furnish(office, "赵主任的另一条", "lina", at=TUESDAY - 3 * DAY)
    await broke(office, kept, "lina", TUESDAY - DAY)
    await broke(office, folded, "lina", TUESDAY - DAY)
    await recorded(office, LeadFolded, folded, TUESDAY, into_id=kept.id)

    assert "第 1 名 李娜：1 条\n　赵主任：48 小时没有跟进 2 次" in await office.hears(
        "lina", "逾期"
    )

    await recorded(office, LeadUnfolded, folded, TUESDAY, state="assigned")
    assert "第 1 名 李娜：2 条" in await office.hears("lina", "逾期")


def test_the_worst_are_those_that_broke_most_whoevers_they_are() -> None:
    def lapse(lead: int, owner: str, hours: int) -> Lapse:
        return Lapse(lead, owner, "quiet", TUESDAY + hours * HOUR, "48 小时没有跟进")

    late = by_lead([lapse(1, "a", 0), lapse(2, "a", 1), lapse(3, "b", 2), lapse(3, "b", 3)])

    assert [(one.owner_id, one.lead_id) for one in late] == [("a", 2), ("a", 1), ("b", 3)]
    assert [one.lead_id for one in worst(late, 2)] == [3, 2]


# -- heat map -------------------------------------------------------------------------------


def stay(lead: int, owner: str, hour: int, channel: str = "微信客服", day: int = 9) -> Stay:
    return Stay(lead, owner, datetime(2026, 3, day, hour, 30, tzinfo=SHANGHAI), channel, "上海")


def test_cells_are_counted_by_who_when_and_whence() -> None:
    stays = [stay(1, "a", 9), stay(2, "a", 9), stay(3, "a", 9, "网站"), stay(4, "b", 22)]
    lapses = [
        Lapse(1, "a", "quiet", TUESDAY, ""),
        Lapse(1, "a", "first_view", TUESDAY, ""),  # the same stay: broken once
        Lapse(2, "b", "quiet", TUESDAY, ""),  # not while it was his
        Lapse(4, "b", "quiet", TUESDAY - 2 * DAY, ""),  # before it was his
    ]

    heat = measure(
        stays,
        lapses,
        row_of={"a": "甲", "b": "乙"},
        zone=SHANGHAI,
        first_hour=8,
        last_hour=19,
    )

    assert heat.cells == {
        ("甲", 9, "微信客服"): Cell(2, 1),
        ("甲", 9, "网站"): Cell(1, 0),
        ("乙", 19, "微信客服"): Cell(1, 0),  # late at night: drawn at the edge, not left out
    }
    assert heat.rows == ("甲", "乙")
    assert heat.channels == ("微信客服", "网站")
    assert heat.total == Cell(4, 1)


def test_red_is_over_the_bound_and_not_on_it() -> None:
    assert not Cell(5, 2).is_red(40)
    assert Cell(12, 5).is_red(40)
    assert not Cell(0, 0).is_red(0)


def test_a_lapse_belongs_to_the_last_time_the_lead_came_to_him() -> None:
    again = [stay(1, "a", 9, day=2), stay(1, "b", 9, day=3), stay(1, "a", 11, day=4)]
    lapse = [Lapse(1, "a", "quiet", datetime(2026, 3, 6, 9, tzinfo=SHANGHAI), "")]

    heat = measure(
        again, lapse, row_of={"a": "甲", "b": "乙"}, zone=SHANGHAI, first_hour=8, last_hour=19
    )

    assert heat.cell("甲", 11, "微信客服") == Cell(1, 1)
    assert heat.cell("甲", 9, "微信客服") == Cell(1, 0)


def test_hours_are_those_of_the_house_through_a_change_to_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 3, 28, 8, 0, tzinfo=UTC)  # 09:00 in winter
    after = datetime(2026, 3, 29, 8, 0, tzinfo=UTC)  # 10:00 in summer
    stays = [Stay(1, "a", before, "x", ""), Stay(2, "a", after, "x", "")]

    heat = measure(stays, [], row_of={"a": "甲"}, zone=berlin, first_hour=8, last_hour=19)

    assert set(heat.cells) == {("甲", 9, "x"), ("甲", 10, "x")}
    day = between(before.date(), before.date(), after + 30 * DAY, berlin)
    assert day.until - day.since == DAY
    change = between(after.date(), after.date(), after + 30 * DAY, berlin)
    assert change.until - change.since == 23 * HOUR


def test_more_people_than_rows_stand_together_under_who_leads_them() -> None:
    names = {"a": "李娜", "b": "李娜", "c": "王磊", "d": "孙工"}
    chiefs = {"a": "陈经理", "b": "陈经理", "c": "吴经理", "d": None}

    assert rows_for("abcd", names, chiefs, most=4) == {
        "a": "李娜(a)",
        "b": "李娜(b)",
        "c": "王磊",
        "d": "孙工",
    }
    assert rows_for("abcd", names, chiefs, most=3) == {
        "a": "陈经理组",
        "b": "陈经理组",
        "c": "吴经理组",
        "d": "孙工",
    }


async def test_the_heat_map_is_a_picture_of_whom_the_asker_leads(office: World) -> None:
    lead = await furnish(office, "赵主任", "lina", at=TUESDAY - DAY)
    await furnish(office, "钱总", "wanglei", at=TUESDAY - DAY, source="website")
    await broke(office, lead, "lina", TUESDAY - HOUR)

    await office.hears("chen", "热力图")
    await office.hears("lina", "热力图")

    (whole,) = (shown.message for shown in office.screen("chen"))
    (own,) = (shown.message for shown in office.screen("lina"))
    assert isinstance(whole, Image)
    assert isinstance(own, Image)
    assert "🔴 李娜：100%（1/1）" in whole.words
    assert "王磊：0%（0/1）" in whole.words
    assert "🔴 李娜 10 点 微信客服 100%（1/1）" in whole.words
    assert "王磊" not in own.words
    (drawn,) = (given["svg"] for api, given in office.dingtalk.calls if "upload" in api)
    assert "李娜" in drawn
    assert "网站" not in drawn


async def test_nothing_came_nothing_is_drawn(office: World) -> None:
    assert await office.hears("chen", "热力图") == "近 7 天没有分到线索，画不出热力图"


# -- golden hours ---------------------------------------------------------------------------


async def test_first_visits_within_four_hours_by_region(office: World) -> None:
    day = TUESDAY - DAY
    in_time = await furnish(office, "赵主任", "lina", at=day, region="上海")
    too_late = await furnish(office, "钱总", "lina", at=day, region="上海")
    never = await furnish(office, "孙工", "wanglei", at=day, region="浙江")
    called = await furnish(office, "李总", "wanglei", at=day, region="浙江")
    await furnish(office, "周总", "wanglei", at=TUESDAY - HOUR, region="浙江")
    await recorded(office, FollowedUp, in_time, day + 4 * HOUR, by="lina", how="visit")
    await recorded(office, FollowedUp, too_late, day + 4 * HOUR + timedelta(seconds=1), how="visit")
    await recorded(office, FollowedUp, called, day + HOUR, by="wanglei", how="contacted")
    # Given on: what counts is when it came to anybody for the first time.
    async with office.store.transaction() as tx:
        about = {"client_id": never.client_id, "lead_id": never.id, "reason": "manual"}
        await tx.record(LeadAssigned(at=day + 5 * HOUR, owner_id="lina", automatic=False, **about))

    said = await office.hears("chen", "黄金四小时")

    assert said.splitlines()[:4] == [
        "黄金 4 小时 · 近 7 天",
        "浙江：0%（0/2，还有 1 条没到时）",
        "上海：50%（1/2）",
        "合计：25%（1/4，还有 1 条没到时）",
    ]
    assert "浙江" not in await office.hears("lina", "黄金四小时")


async def test_a_visit_that_was_taken_back_was_none(office: World) -> None:
    day = TUESDAY - DAY
    lead = await furnish(office, "赵主任", "lina", at=day, region="上海")
    other = await furnish(office, "钱总", "lina", at=day, region="上海")
    for one in (lead, other):
        await recorded(office, FollowedUp, one, day + HOUR, by="lina", how="visit")
    assert "上海：100%（2/2）" in await office.hears("lina", "黄金四小时")

    await withdrawn(office, lead, day + 2 * HOUR)
    assert "上海：50%（1/2）" in await office.hears("lina", "黄金四小时")

    await recorded(office, FollowedUp, lead, day + 3 * HOUR, by="lina", how="visit")
    assert "上海：100%（2/2）" in await office.hears("lina", "黄金四小时")


def test_at_night_the_four_hours_run_as_well() -> None:
    evening = datetime(2026, 3, 9, 22, 0, tzinfo=SHANGHAI)
    first = [Stay(1, "a", evening, "x", "")]

    (row,) = golden.measure(first, {1: evening + 11 * HOUR}, hours=4, now=evening + DAY)

    assert (row.region, row.leads, row.within) == ("未知地区", 1, 0)


# -- follow-up rate -------------------------------------------------------------------------

BEGAN = TUESDAY


def verdict(
    *hands: Held,
    touched: timedelta | None,
    now: timedelta = 3 * DAY,
    away: Leave | None = None,
) -> tuple[str, Verdict] | None:
    waiting = Occasion(1, BEGAN, None if touched is None else BEGAN + touched)
    leaves = {away.member_id: [away]} if away is not None else {}
    return judge(waiting, hands, leaves, within=DAY, now=BEGAN + now)


def held(owner: str | None, since: timedelta = -DAY, until: timedelta | None = None) -> Held:
    return Held(owner, BEGAN + since, None if until is None else BEGAN + until)


def test_within_a_day_is_kept_and_after_it_missed() -> None:
    assert verdict(held("a"), touched=DAY) == ("a", Verdict.KEPT)
    assert verdict(held("a"), touched=DAY + HOUR) == ("a", Verdict.MISSED)
    assert verdict(held("a"), touched=None) == ("a", Verdict.MISSED)
    assert verdict(held("a"), touched=None, now=23 * HOUR) == ("a", Verdict.RUNNING)


def test_what_is_given_on_is_the_successors_from_then_on() -> None:
    first, second = held("a", until=10 * HOUR), held("b", 10 * HOUR)

    assert verdict(first, second, touched=30 * HOUR) == ("b", Verdict.KEPT)
    assert verdict(first, second, touched=35 * HOUR) == ("b", Verdict.MISSED)
    assert verdict(first, second, touched=5 * HOUR) == ("a", Verdict.KEPT)
    late = held("a", until=30 * HOUR), held("b", 30 * HOUR)
    assert verdict(*late, touched=31 * HOUR) == ("a", Verdict.MISSED)


def test_what_nobody_had_or_was_over_counts_to_nobody() -> None:
    assert verdict(held(None), touched=HOUR) is None
    assert verdict(held("a", until=HOUR), held(None, HOUR), touched=None) is None
    pooled = held(None, until=5 * DAY), held("a", 5 * DAY)
    assert verdict(*pooled, touched=5 * DAY + HOUR, now=9 * DAY) == ("a", Verdict.KEPT)


def test_leave_excuses_what_was_missed_and_does_not_undo_what_was_kept() -> None:
    away = Leave("a", BEGAN + HOUR, BEGAN + 10 * HOUR)

    assert verdict(held("a"), touched=None, away=away) == ("a", Verdict.AWAY)
    assert verdict(held("a"), touched=2 * HOUR, away=away) == ("a", Verdict.KEPT)
    before = Leave("a", BEGAN - 9 * HOUR, BEGAN)
    assert verdict(held("a"), touched=None, away=before) == ("a", Verdict.MISSED)


def test_before_the_first_change_it_was_its_predecessors() -> None:
    waiting = [Occasion(1, BEGAN, None), Occasion(2, BEGAN, None), Occasion(3, BEGAN, None)]
    changes = [
        Change(1, BEGAN + 2 * DAY, "b", "a"),
        Change(2, BEGAN + 2 * DAY, None, None),  # closed by its owner
    ]

    figures = following.measure(
        waiting, changes, {2: "c", 3: "d"}, (), hours=24, now=BEGAN + 3 * DAY
    )

    assert {who: one.counted for who, one in figures.items()} == {"a": 1, "c": 1, "d": 1}


async def test_the_rate_counts_the_first_unanswered_words_and_any_colleagues_answer(
    opens: Opens,
) -> None:
    start = TUESDAY - 3 * DAY
    async with opens(start=start) as office:
        lead = await furnish(office, "赵主任", at=start)
        given = {"automatic": True, "reason": "first"}
        await recorded(office, LeadAssigned, lead, start, owner_id="lina", **given)
        words = iter(range(1, 9))

        async def client(at: datetime) -> None:
            await recorded(office, MessageIn, lead, at, message_id=next(words), sent_at=at)

        await client(start)  # opens the lead: one occasion, not two
        await client(start + HOUR)
        await recorded(
            office, MessageOut, lead, start + 2 * HOUR, by="lina", message_id=next(words)
        )
        await client(start + 3 * HOUR)
        await recorded(office, FollowedUp, lead, start + 30 * HOUR, by="lina", how="note")
        await client(TUESDAY - HOUR)

        office.clock.turn_to(TUESDAY)
        said = await office.hears("lina", "24小时跟进率")

        # Kept: the opening. Missed: 27 hours. Running: the last words.
        assert said.splitlines()[:2] == [
            "24 小时跟进率 · 3 月至今",
            "李娜：50%（1/2，没到时 1）",
        ]
        assert "李娜：50%" in await office.hears("chen", "跟进率")
        assert await office.hears("wanglei", "跟进率") == "本月还没有客户等过回应"


async def test_who_takes_his_note_back_has_not_answered(opens: Opens) -> None:
    start = TUESDAY - 3 * DAY
    async with opens(start=start) as office:
        lead = await furnish(office, "赵主任", "lina", at=start)
        await recorded(office, MessageIn, lead, start, message_id=1, sent_at=start)
        await recorded(office, FollowedUp, lead, start + HOUR, by="lina", how="note")

        office.clock.turn_to(TUESDAY)
        assert "李娜：100%（1/1）" in await office.hears("lina", "跟进率")
        await withdrawn(office, lead, TUESDAY)

        assert "李娜：0%（0/1）" in await office.hears("lina", "跟进率")


async def test_a_month_long_past_is_read_no_further_than_an_answer_counts(opens: Opens) -> None:
    """Nor more than the leads of whom it is asked for; who took over later answered for himself."""
    start = TUESDAY - 60 * DAY
    async with opens(start=start) as office:
        his = await furnish(office, "赵主任", "lina", at=start)
        others = await furnish(office, "钱总", "wanglei", at=start)
        for number, lead in enumerate((his, others), start=1):
            await recorded(office, MessageIn, lead, start, message_id=number, sent_at=start)
        later = start + 40 * DAY
        given = {"automatic": True, "reason": "escalated", "previous_id": "lina"}
        await recorded(office, LeadAssigned, his, later, owner_id="wanglei", **given)
        await recorded(office, FollowedUp, his, later + HOUR, by="wanglei", how="note")
        office.clock.turn_to(TUESDAY)
        around, past = office.services.get(Around), Period(start, start + 10 * DAY, "那时")

        async with office.store.view() as view:
            (waited,) = await occasions(view, past.since, past.until, owners={"lina"})
            rows = (await follow_rate.report(view, EVERYTHING, around, past)).rows

    assert (waited.lead_id, waited.touched_at) == (his.id, None)
    assert sorted(row[:3] for row in rows) == [("李娜", 1, 0), ("王磊", 1, 0)]


async def test_a_folded_leads_waiting_is_counted_with_the_one_that_goes_on(opens: Opens) -> None:
    start = TUESDAY - 3 * DAY
    async with opens(start=start) as office:
        kept = await furnish(office, "赵主任", "lina", at=start)
        folded = await furnish(office, "同一位", "lina", at=start)
        for lead in (kept, folded):
            await recorded(office, MessageIn, lead, start, message_id=lead.id, sent_at=start)
        await recorded(office, LeadFolded, folded, start + HOUR, into_id=kept.id)

        office.clock.turn_to(TUESDAY)
        assert "李娜：0%（0/1）" in await office.hears("lina", "跟进率")


async def test_leave_pool_and_closing_are_left_out_of_the_rate(opens: Opens) -> None:
    start = TUESDAY - 3 * DAY
    async with opens(start=start) as office:
        away = await furnish(office, "赵主任", "lina", at=start)
        pooled = await furnish(office, "钱总", "lina", at=start)
        closed = await furnish(office, "孙工", "lina", at=start)
        for number, lead in enumerate((away, pooled, closed), start=1):
            await recorded(office, MessageIn, lead, start, message_id=number, sent_at=start)
        await recorded(office, LeadPooled, pooled, start + HOUR, reason="returned")
        await recorded(office, LeadClosed, closed, start + HOUR, by="lina", outcome="lost")
        async with office.store.transaction() as tx:
            tx.add(
                Absence(
                    member_id="lina",
                    starts_at=start + HOUR,
                    ends_at=start + DAY,
                    noted_at=start,
                    by="lina",
                )
            )

        office.clock.turn_to(TUESDAY)
        assert "李娜：—（0/0，休假不计 1）" in await office.hears("lina", "跟进率")


# -- who may ask ----------------------------------------------------------------------------


async def test_service_finance_and_administrators_have_no_figures_of_clients(office: World) -> None:
    lead = await furnish(office, "赵主任", "lina", at=TUESDAY - DAY)
    await broke(office, lead, "lina", TUESDAY - HOUR)

    for member in ("svc", "fin", "root"):
        for words in ("逾期", "热力图", "黄金四小时", "24小时跟进率", "TOP5", "早会", "报表"):
            said = await office.hears(member, words)
            assert "李娜" not in said
            assert "赵主任" not in said
        assert not [api for api, _ in office.wecom.calls if "upload" in api]


async def test_the_list_of_reports_names_what_can_be_asked(office: World) -> None:
    said = await office.hears("chen", "报表")
    assert "静音率" in said
    assert "静音率" not in await office.hears("lina", "报表")

    for words in ("TOP5", "逾期", "热力图", "黄金四小时", "24小时跟进率", "早会"):
        assert f"「{words}」" in said


def test_periods_are_the_houses_days() -> None:
    now = datetime(2026, 3, 10, 0, 30, tzinfo=SHANGHAI)

    assert day_of(now, SHANGHAI).since == datetime(2026, 3, 9, 16, tzinfo=UTC)
    assert last_days(7, now, SHANGHAI).since == datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert this_month(now, SHANGHAI).since == datetime(2026, 2, 28, 16, tzinfo=UTC)
    future = between(now.date() + DAY, now.date() + 2 * DAY, now, SHANGHAI)
    assert future.since == future.until


async def test_muting_is_counted_by_client(office: World) -> None:
    lead = await furnish(office, "赵主任", "lina", at=TUESDAY - DAY)
    await furnish(office, "钱总", "lina", at=TUESDAY - DAY)
    await recorded(office, Muted, lead, TUESDAY, member_id="lina")
    async with office.store.transaction() as tx:
        tx.add(Mute(member_id="lina", client_id=lead.client_id, since=TUESDAY))
    around = office.services.get(Around)
    period = last_days(7, TUESDAY, SHANGHAI)

    async with office.store.view() as view:
        silent = await muted(view, EVERYTHING, around, period)
        held_now = await loads(view, EVERYTHING, around, period)

    assert (await office.hears("gao", "静音率")).splitlines()[0] == silent.title
    assert list(silent.rows) == [("李娜", 2, 1, 50)]
    assert held_now.rows[0][:2] == ("李娜", 2)
    assert held_now.rows[0][4] == 2
