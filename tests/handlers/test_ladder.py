"""升级阶梯: every rung acts once, for the right person, and each person hears of it once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from sqlmodel import col, select

from config.rules import DEFAULTS
from crm_store import timers
from crm_store.models import Lead, Member, Mute, Promise, TimelineEntry
from handlers.events import CardPress, Platform
from handlers.finding import note_view
from handlers.ladder.clocks import KINDS
from notifiers.card import Text
from tests.world import SHANGHAI, STORY, TUESDAY, Opens, Shown, World, in_plain

HOUR = timedelta(hours=1)
FRIDAY = datetime(2026, 3, 13, 10, 0, tzinfo=SHANGHAI)


async def zhao(office: World, *, touched: bool = True) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    if touched:
        await office.presses("lina", "已联系")


async def facts(office: World, kind: str) -> list[dict[str, Any]]:
    """The own fields of every fact of a kind, oldest first, with when it was."""
    query = select(TimelineEntry).where(TimelineEntry.kind == kind).order_by(col(TimelineEntry.id))
    async with office.store.view() as view:
        return [{**e.data, "at": e.at} for e in (await view.session.exec(query)).all()]


async def rungs(office: World, kind: str = "escalated") -> list[tuple[str, str]]:
    return [
        (fact["rung"], f"{fact['at'].astimezone(SHANGHAI):%d %H:%M}")
        for fact in await facts(office, kind)
    ]


async def standing(office: World, number: int = 1) -> dict[str, str]:
    async with office.store.view() as view:
        found = await timers.of_subject(view.session, f"L{number}")
    return {t.kind: f"{t.due_at.astimezone(SHANGHAI):%d %H:%M}" for t in found if t.kind in KINDS}


def since(office: World, member: str, before: int) -> list[Shown]:
    return office.screen(member)[before:]


# -- what is measured, asked and announced ----------------------------------------------------


async def test_four_and_twenty_four_hours_without_contact_are_measured_and_told_nobody(
    office: World,
) -> None:
    await zhao(office, touched=False)
    await office.hears("lina", "为什么 赵主任")  # seen, and nothing else
    before = {member: len(office.screen(member)) for member in ("lina", "chen")}

    await office.passes(4 * HOUR)

    assert await rungs(office, "rung_passed") == [("touch_4h", "10 14:00")]
    assert (await facts(office, "rung_passed"))[0]["owner_id"] == "lina"
    assert {member: len(office.screen(member)) for member in ("lina", "chen")} == before
    await office.passes(20 * HOUR)
    passed = await rungs(office, "rung_passed")
    assert passed == [("touch_4h", "10 14:00"), ("touch_24h", "11 10:00")]
    assert await rungs(office, "reminded") == [("nudge", "11 10:00")]


async def test_a_contact_in_time_is_measured_as_nothing(office: World) -> None:
    await zhao(office)

    await office.passes(30 * HOUR)

    assert await facts(office, "rung_passed") == []


async def test_the_owner_is_told_before_the_lead_goes_to_somebody_else(office: World) -> None:
    await zhao(office, touched=False)

    await office.passes(timedelta(minutes=5))

    assert office.texts("lina") == ["「赵主任 · CT设备」再过 10 分钟还没有查看，就会转给其他同事"]
    await office.passes(timedelta(minutes=10))
    assert (await office.lead()).owner_id == "wanglei"
    assert [f["member_id"] for f in await facts(office, "rung_announced")] == ["lina"]


async def test_who_looks_after_the_announcement_keeps_the_lead(office: World) -> None:
    await zhao(office, touched=False)
    await office.passes(timedelta(minutes=14))

    await office.hears("lina", "为什么 赵主任")
    await office.passes(HOUR)

    assert (await office.lead()).owner_id == "lina"
    assert await rungs(office) == []


async def test_outside_working_time_nothing_is_announced(opens: Opens) -> None:
    async with opens(start=FRIDAY.replace(hour=17, minute=50)) as office:
        await zhao(office, touched=False)

        await office.passes(timedelta(days=3))

        # 09:05 on Monday; ten minutes before nobody was at work.
        assert ("first_view", "16 09:05") in await rungs(office)
        announced = await facts(office, "rung_announced")
        assert "lina" not in [fact["member_id"] for fact in announced]


async def test_an_announced_transfer_is_told_to_who_muted_the_client(office: World) -> None:
    await zhao(office, touched=False)
    await office.hears("chen", "转派 赵主任 给 王磊")
    async with office.store.transaction() as tx:
        lead = await tx.get(Lead, 1)
        # In words he would have seen the lead with it.
        tx.add(Mute(member_id="wanglei", client_id=lead.client_id, since=tx.now))

    await office.passes(timedelta(minutes=5))

    assert any("就会转给其他同事" in text for text in office.texts("wanglei"))


# -- results ----------------------------------------------------------------------------------


async def test_after_the_first_contact_a_result_is_asked_and_a_tap_gives_it(office: World) -> None:
    await zhao(office)

    await office.passes(HOUR)

    card = office.cards("lina")[-1]
    assert card.subtitle == "跟进之后，结果怎么样？"
    assert [button.text for button in card.buttons] == ["继续跟进", "需要报价", "暂不考虑"]
    await office.presses("lina", "需要报价")
    assert (await office.lead()).result == "需要报价"
    assert office.cards("lina")[-1].status == "结果：需要报价"
    await office.passes(timedelta(days=2))
    assert len(await facts(office, "result_asked")) == 1


async def test_a_result_that_nobody_gives_is_asked_for_once_more_and_no_further(
    office: World,
) -> None:
    await zhao(office)

    await office.passes(timedelta(days=9))

    assert await rungs(office, "result_asked") == [("result", "10 11:00"), ("result", "11 11:00")]


async def test_each_product_line_has_its_own_results(opens: Opens) -> None:
    words = {
        "results": ["继续跟进"],
        "lines": {"医疗设备": ["已报名", "需试听", "暂不考虑"]},
    }
    async with opens(rules={"results": words}) as office:
        await zhao(office)

        refused = await office.hears("lina", "结果 赵主任 继续跟进")
        given = await office.hears("lina", "结果 赵主任 需试听")

        assert refused == "没有“继续跟进”这个结果，可以选：已报名、需试听、暂不考虑"
        assert given == "已登记赵主任的结果：需试听"
        await office.passes(2 * HOUR)
        assert await facts(office, "result_asked") == []


async def test_the_next_owner_is_asked_after_his_own_first_contact(office: World) -> None:
    await zhao(office)

    await office.hears("chen", "转派 赵主任 给 王磊")
    await office.passes(2 * HOUR)

    assert await facts(office, "result_asked") == []


# -- the manager ------------------------------------------------------------------------------


async def test_more_time_is_a_day_and_given_once_a_silence(office: World) -> None:
    await zhao(office)
    await office.passes(48 * HOUR)
    first = next(shown for shown in reversed(office.screen("chen")))

    await office.presses("chen", "再等一天")
    await office.presses("chen", "再等一天", card=Shown(first.key, first.message))  # twice

    assert office.cards("chen")[-1].status == "再等一天，到 03-13 10:00"
    assert len(await facts(office, "more_time_given")) == 1
    before = len(office.screen("chen"))
    await office.passes(23 * HOUR)
    assert len(office.screen("chen")) == before
    await office.passes(HOUR)
    (again,) = (s.now for s in since(office, "chen", before))
    assert "第 2 次" in in_plain(again)
    assert "[再等一天]" not in in_plain(again)
    assert "已经多等过一天了" in await office.hears("chen", "再等一天 赵主任")


async def test_a_follow_up_makes_the_question_of_more_time_pointless(office: World) -> None:
    await zhao(office)
    await office.passes(48 * HOUR)
    await office.hears("lina", "跟进 赵主任 打过电话")

    await office.presses("chen", "再等一天")

    assert await facts(office, "more_time_given") == []
    assert "没有在等您决定的升级" in office.texts("chen")[-1]


async def test_after_three_working_days_the_manager_takes_over_with_a_reason(office: World) -> None:
    await zhao(office)
    await office.passes(timedelta(days=3))
    card = office.cards("chen")[-1]
    assert "3 个工作日没有跟进" in card.subtitle
    assert card.buttons[0].text == "接管"

    await office.presses("chen", "接管")
    assert "请写一句接管「赵主任 · CT设备」的原因" in office.texts("chen")[-1]
    assert (await office.lead()).owner_id == "lina"
    answer = await office.hears("chen", "三天没有联系客户，对方催了两次")

    assert answer.startswith("「赵主任 · CT设备」已由您接管，李娜的卡片已收回")
    lead = await office.lead()
    assert lead.owner_id == "chen"
    assert (await facts(office, "assigned"))[-1]["reason"] == "takeover"
    assert "已转给陈经理" in {card.status for card in office.cards("lina")}
    async with office.store.view() as view:
        entry = (
            await view.session.exec(
                select(TimelineEntry)
                .where(TimelineEntry.kind == "assigned")
                .order_by(col(TimelineEntry.id).desc())
            )
        ).first()
        assert entry is not None
        assert entry.words is not None
        words = await view.open(lead.client_id, entry.words, purpose="fact")
    assert words == "三天没有联系客户，对方催了两次"


async def test_a_reason_that_does_not_come_takes_nothing_over(office: World) -> None:
    await zhao(office)
    await office.passes(timedelta(days=3))
    await office.presses("chen", "接管")

    await office.passes(timedelta(minutes=11))
    await office.hears("chen", "三天没有联系客户")
    assert (await office.lead()).owner_id == "lina"


async def test_a_command_in_between_is_a_command_and_no_reason(office: World) -> None:
    await zhao(office)
    await office.passes(timedelta(days=3))
    await office.presses("chen", "接管")

    await office.hears("chen", "帮助")

    assert (await office.lead()).owner_id == "lina"
    assert "什么都没有做" in await office.hears("chen", "取消")
    await office.hears("chen", "三天没有联系客户")
    assert (await office.lead()).owner_id == "lina"


@pytest.mark.parametrize("words", ["李娜明天请假吗", "今天谁最忙", "李娜手上现在有多少客户"])
async def test_what_asks_something_is_no_reason_unless_it_is_said_to_be(
    office: World, words: str
) -> None:
    await zhao(office)
    await office.passes(timedelta(days=3))
    await office.presses("chen", "接管")

    await office.hears("chen", words)

    assert (await office.lead()).owner_id == "lina"


async def test_another_wish_goes_first_and_the_reason_is_not_waited_for_any_more(
    office: World,
) -> None:
    await zhao(office)
    await office.passes(timedelta(days=3))
    await office.presses("chen", "接管")

    said = await office.hears("chen", "帮我把赵主任转给王磊吧")
    await office.hears("chen", "三天没有联系客户")

    assert said.startswith("确认一下")
    assert (await office.lead()).owner_id == "lina"


async def test_nobody_takes_over_without_a_word_and_no_rep_at_all(office: World) -> None:
    await zhao(office)

    assert "接管要由主管来做" in await office.hears("lina", "接管 赵主任 我自己来")
    assert (await office.lead()).owner_id == "lina"


async def test_silence_and_takeover_that_are_due_at_once_are_one_card(opens: Opens) -> None:
    """Both fall on Monday at nine, where nothing keeps them apart."""
    rules = _rules(takeover={"after": 1}, quiet={"after_rung": None})
    async with opens(start=FRIDAY.replace(hour=9), rules=rules) as office:
        await zhao(office)
        before = len(office.screen("chen"))

        await office.passes(timedelta(days=3))

        assert await rungs(office) == [("quiet", "16 09:00"), ("takeover", "16 09:00")]
        (card,) = (shown.now for shown in since(office, "chen", before))
        assert "48 小时没有跟进；1 个工作日没有跟进" in in_plain(card)


async def test_a_nudge_and_an_announcement_at_once_are_one_message(opens: Opens) -> None:
    soon = {"after": 24, "announce_before": 60, "after_rung": None}
    rules = _rules(quiet=soon, nudge={"after": 23})
    async with opens(rules=rules) as office:
        await zhao(office)
        await office.hears("lina", "结果 赵主任 继续跟进")
        before = len(office.screen("lina"))

        await office.passes(23 * HOUR)

        (card,) = (shown.now for shown in since(office, "lina", before))
        assert "已经 23 小时没有跟进；再过 60 分钟还没有跟进，就会告诉主管" in in_plain(card)


async def test_a_promise_stands_on_the_managers_card(office: World) -> None:
    await zhao(office)
    async with office.store.transaction() as tx:
        lead = await tx.get(Lead, 1)
        words = await tx.seal(lead.client_id, "报价单明天发您", purpose="promise")
        tx.add(
            Promise(
                client_id=lead.client_id,
                lead_id=1,
                owner_id="lina",
                action="quote",
                words=words,
                made_at=tx.now,
                due_at=TUESDAY + timedelta(days=1),
            )
        )

    await office.passes(48 * HOUR)

    card = next(c for c in reversed(office.cards("chen")) if "没有跟进" in c.subtitle)
    assert "🟡 报价（03-11 10:00 已逾期）" in card.text


async def test_any_time_a_manager_may_ask_for_the_card(office: World) -> None:
    await zhao(office)

    await office.hears("chen", "升级 赵主任")

    card = office.cards("chen")[-1]
    assert "李娜已联系" in in_plain(card)
    assert "13800001234" not in in_plain(card)
    assert [button.text for button in card.buttons] == ["转派", "需协同支持", "全部历史"]


# -- many at once, and a scheduler that was away ------------------------------------------------


async def test_after_a_weekend_five_cards_and_one_list(opens: Opens) -> None:
    async with opens(start=FRIDAY, rules=_rules(takeover={"active": False})) as office:
        for number in range(9):
            await office.client_writes(f"wm{number}", "想看CT设备", nickname=f"客户{number}")
            await office.hears("chen", f"转派 L{number + 1} 给 李娜")
            await office.hears("lina", f"跟进 L{number + 1} 打过电话")
            await office.hears("lina", f"结果 L{number + 1} 继续跟进")
        before = {member: len(office.screen(member)) for member in ("chen", "lina")}

        await office.passes(timedelta(days=3, hours=2))

        assert {at for _, at in await rungs(office, "reminded")} == {"16 09:00"}
        assert {at for _, at in await rungs(office)} == {"16 11:00"}
        assert len(await facts(office, "escalated")) == 9
        assert len(await facts(office, "reminded")) == 9
        for member, says in (("chen", "李娜 48 小时没有跟进"), ("lina", "24 小时没有跟进")):
            news = [shown.now for shown in since(office, member, before[member])]
            cards = [one for one in news if "没有跟进" in in_plain(one) and one.form == "card"]
            lists = [one for one in news if isinstance(one, Text) and "另有" in one.text]
            assert len(cards) == 5, member
            (listed,) = lists
            assert "另有 4 条线索" in listed.text
            assert listed.text.count(says) == 4


async def test_what_was_followed_up_meanwhile_is_not_on_the_list(opens: Opens) -> None:
    rules = _rules(most_cards=1)
    async with opens(start=FRIDAY, rules=rules) as office:
        for number in range(3):
            await office.client_writes(f"wm{number}", "想看CT设备", nickname=f"客户{number}")
            await office.hears("chen", f"转派 L{number + 1} 给 李娜")
            await office.hears("lina", f"跟进 L{number + 1} 打过电话")
        await office.passes(timedelta(days=3, hours=1))

        await office.hears("lina", "跟进 L3 打过电话")
        await office.passes(timedelta(minutes=10))

        (listed,) = (text for text in office.texts("chen") if "另有" in text)
        assert "客户1" in listed
        assert "客户2" not in listed


async def test_a_scheduler_that_was_down_fires_what_is_overdue_once_and_as_one(
    office: World,
) -> None:
    await zhao(office)
    before = {member: len(office.screen(member)) for member in ("chen", "lina")}

    office.clock.turn_to(TUESDAY + timedelta(days=9, hours=1))
    await office.settle()

    assert [rung for rung, _ in await rungs(office)] == ["quiet", "takeover"]
    assert [rung for rung, _ in await rungs(office, "reminded")] == ["nudge"]
    assert len(await facts(office, "result_asked")) == 1
    assert await facts(office, "rung_announced") == []
    assert len(since(office, "lina", before["lina"])) == 1
    assert len([s for s in since(office, "chen", before["chen"]) if s.message.form == "card"]) == 1


async def test_a_lead_that_nobody_saw_while_the_scheduler_was_down_goes_to_one_successor(
    office: World,
) -> None:
    """His minutes begin when he is told, not when the machine ought to have told him."""
    await zhao(office, touched=False)

    office.clock.turn_to(TUESDAY + timedelta(days=2))
    await office.settle()

    assert (await office.lead()).owner_id == "wanglei"
    assert [rung for rung, _ in await rungs(office)] == ["first_view"]
    assert [rung for rung, _ in await rungs(office, "reminded")] == []


async def test_two_schedulers_and_a_timer_of_before_the_upgrade_fire_a_rung_once(
    office: World,
) -> None:
    await zhao(office)
    async with office.store.transaction() as tx:
        # As it was set by the program before this one, and nothing of a ladder on the lead.
        lead = await tx.get(Lead, 1)
        lead.ladder = None
        tx.add(lead)
        await tx.set_timer("quiet", "L1", tx.now + 48 * HOUR, data={"owner_id": "lina"})
    office.clock.turn_to(TUESDAY + 48 * HOUR)

    await office.scheduler.tick()
    await office.scheduler.tick()
    await office.settle()

    assert [rung for rung, _ in await rungs(office)] == ["quiet"]
    assert (await standing(office))["quiet"] == "16 09:00"


async def test_a_look_in_the_very_moment_the_timer_fired_counts(office: World) -> None:
    """The timer is in the inbox already, the look is handled first, and the other way round."""
    await zhao(office, touched=False)
    office.clock.turn_to(TUESDAY + timedelta(minutes=15))
    await office.scheduler.tick()

    async with office.store.transaction() as tx:
        lead = await tx.lock_lead(1)
        await note_view(tx, lead, await tx.get(Member, "lina"), how="command")
        await office.dispatcher.react(tx)
    await office.settle()

    assert (await office.lead()).owner_id == "lina"
    assert await rungs(office) == []


async def test_a_look_just_after_the_transfer_finds_the_lead_gone(office: World) -> None:
    await zhao(office, touched=False)
    shown = office.screen("lina")[0]
    await office.passes(timedelta(minutes=15))

    press = CardPress(
        platform=Platform.WECOM,
        account="LiNa",
        card_key=shown.key,
        action="contacted:L1",
        pressed_at=office.clock.now(),
        code=office.wecom.fresh_code(shown.key),
    )
    await office.happens(press, lane="member:wecom:LiNa")

    lead = await office.lead()
    assert (lead.owner_id, lead.first_touched_at) == ("wanglei", None)
    assert len(await rungs(office)) == 1


# -- leave ------------------------------------------------------------------------------------


async def test_leave_silences_the_owner_and_the_manager_is_told_of_it(office: World) -> None:
    await zhao(office)
    await office.hears("lina", "结果 赵主任 继续跟进")
    await office.hears("lina", "请假 明天到周五")
    before = len(office.screen("lina"))

    await office.passes(timedelta(days=5))

    assert since(office, "lina", before) == []
    quiet = next(c for c in office.cards("chen") if "48 小时没有跟进" in c.subtitle)
    assert "李娜（请假中）" in quiet.subtitle
    await office.passes(timedelta(days=1))
    assert await rungs(office, "reminded") == [("nudge", "16 09:00")]


async def test_coming_back_early_brings_the_deadlines_back(office: World) -> None:
    await zhao(office)
    await office.hears("lina", "请假 明天到周五")
    await office.passes(timedelta(days=1, hours=5))
    assert (await standing(office))["nudge"] == "16 09:00"

    await office.hears("lina", "销假")
    await office.passes(timedelta(minutes=1))

    assert await rungs(office, "reminded") == [("nudge", "11 15:00")]


async def test_what_is_given_to_somebody_on_leave_waits_for_him_to_be_seen(office: World) -> None:
    await zhao(office)
    await office.hears("wanglei", "请假 明天")
    await office.passes(timedelta(days=1))

    await office.hears("chen", "转派 赵主任 给 王磊")

    assert (await standing(office))["first_view"] == "12 09:15"


# -- rungs are data -----------------------------------------------------------------------------


async def test_another_rung_is_an_entry_of_the_rules(opens: Opens) -> None:
    rungs_said = [
        {
            "name": "call_in_2h",
            "label": "两小时电话",
            "counted_from": "assigned",
            "clock": "working_minutes",
            "after": 120,
            "condition": {"priority": "high"},
            "audience": "owner+manager",
            "card": "snapshot",
            "actions": ["remind", "warn"],
        }
    ]
    rules = {"escalation": {"rungs": rungs_said, "client_words_notice_seconds": 60}}
    async with opens(rules=rules) as office:
        await zhao(office, touched=False)

        await office.passes(timedelta(days=3))

        assert await rungs(office, "reminded") == [("call_in_2h", "10 12:00")]
        assert await rungs(office) == [("call_in_2h", "10 12:00")]
        assert "2 小时未首次联系" in office.cards("chen")[-1].subtitle
        assert (await office.lead()).ladder["fired"]["call_in_2h"]["times"] == 1  # type: ignore[index]


async def test_a_file_of_before_is_still_understood(opens: Opens) -> None:
    before = {
        "client_words_notice_seconds": 60,
        "first_view": {"after": 15, "unit": "working_minutes"},
        "nudge": {"after": 24, "unit": "hours"},
        "quiet": {"after": 48, "unit": "hours"},
        "takeover": {"after": 3, "unit": "working_days", "active": False},
    }
    async with opens(rules={"escalation": before}) as office:
        await zhao(office)

        await office.passes(timedelta(days=3))

        assert await rungs(office, "reminded") == [("nudge", "11 10:00")]
        assert await rungs(office) == [("quiet", "12 10:00")]


@pytest.mark.parametrize("command", ["输单 赵主任 选了别家", "赢单 赵主任"])
async def test_nothing_is_asked_about_a_lead_that_is_closed(office: World, command: str) -> None:
    await zhao(office)
    await office.hears("lina", command)
    before = {member: len(office.screen(member)) for member in ("chen", "lina")}

    await office.passes(timedelta(days=9))

    assert {member: len(office.screen(member)) for member in ("chen", "lina")} == before
    assert await standing(office) == {}


def _rules(**changed: Any) -> dict[str, Any]:
    """The default escalation.yaml, rungs changed by name."""
    said = yaml.safe_load((DEFAULTS / "escalation.yaml").read_text("utf-8"))
    for name, values in changed.items():
        if isinstance(values, dict):
            next(rung for rung in said["rungs"] if rung["name"] == name).update(values)
        else:
            said[name] = values
    return {"escalation": said}


async def test_what_was_followed_up_is_no_reproach_on_the_card_that_he_asks_for(
    office: World,
) -> None:
    await zhao(office)
    await office.passes(timedelta(hours=49))
    await office.hears("lina", "跟进 赵主任 参数已经发了")
    await office.passes(timedelta(minutes=2))

    await office.hears("chen", "升级 赵主任")

    card = office.cards("chen")[-1]
    assert card.subtitle.startswith("李娜 · ")
    assert "没有跟进" not in card.subtitle
    await office.hears("lina", "结果 赵主任 需要报价")
    await office.hears("chen", "升级 赵主任")
    assert "没有登记结果" not in office.cards("chen")[-1].subtitle
