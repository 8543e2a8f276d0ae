"""One message a person and time, on the days and hours on which he works, and never twice."""

from datetime import datetime, timedelta

import pytest

from config.schemas.rhythm import PARTS as NAMES
from crm_store import timers
from crm_store.facts import Escalated
from crm_store.models import Absence
from handlers.events import DigestDue, SlotDue
from handlers.rhythm.digest import PARTS, composed
from handlers.rhythm.parts import DigestPart
from notifiers.card import Button, Card, Image, Row, Text
from tests.handlers.mornings import MONDAY, furnish, looks, recorded, until
from tests.world import SHANGHAI, TEAM, Opens, World, in_plain


def heard(office: World, member: str) -> list[str]:
    return [in_plain(shown.message) for shown in office.screen(member)]


async def test_every_part_that_rhythm_yaml_may_name_is_there() -> None:
    assert set(PARTS) == set(NAMES)


async def test_a_rep_gets_one_card_at_the_stand_up_and_one_list_at_ten(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        lead = await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=3))
        await recorded(
            office,
            Escalated,
            lead,
            MONDAY - timedelta(days=2),
            rung="first_view",
            waited="15 分钟",
            to="chen",
            owner_id="lina",
        )
        # What went on to his manager meanwhile is none of his any more.
        gone = await furnish(office, "钱总", "lina", "chen", at=MONDAY - timedelta(days=3))
        about = {"waited": "15 分钟", "to": "chen", "owner_id": "lina"}
        then = MONDAY - timedelta(days=2)
        await recorded(office, Escalated, gone, then, rung="first_view", **about)
        await looks(office)

        await until(office, 9, 30)
        morning = heard(office, "lina")
        await until(office, 10, 30)

        (card,) = morning
        assert "早会 · 03-09" in card
        assert "今天主攻谁" in card
        assert "近 7 天逾期" in card
        assert card.count("15 分钟未查看") == 1
        assert "已转走" not in card
        (top,) = heard(office, "lina")[1:]
        assert top.startswith("TOP5 · 03-09\n今天先打这 1 位：\n1. 赵主任")
        assert heard(office, "wanglei") == []


async def test_managers_get_the_heat_map_before_the_stand_up(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        lead = await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=3))
        await recorded(
            office,
            Escalated,
            lead,
            MONDAY - timedelta(days=2),
            rung="first_view",
            waited="15 分钟",
            to="chen",
            owner_id="lina",
        )
        await looks(office)

        await until(office, 9, 5)

        said, picture = (shown.message for shown in office.screen("chen"))
        assert isinstance(said, Text)
        assert said.text == ("早会前看一眼 · 03-09\n近 7 天逾期：\n李娜 赵主任：15 分钟未查看")
        assert isinstance(picture, Image)
        assert picture.platform == "dingtalk"
        upload, _directors = (given for api, given in office.dingtalk.calls if "upload" in api)
        assert upload["svg"].startswith("<svg")
        assert heard(office, "lina") == []


async def test_nobody_hears_anything_on_a_day_off(opens: Opens) -> None:
    saturday = datetime(2026, 3, 14, 8, 0, tzinfo=SHANGHAI)
    async with opens(start=saturday) as office:
        await furnish(office, "赵主任", "lina", at=saturday - timedelta(days=1))
        await looks(office)

        await until(office, 20, days=1)
        assert heard(office, "lina") == []

        await until(office, 9, 30, days=1)
        assert len(heard(office, "lina")) == 1


async def test_a_holiday_is_a_day_off_and_a_make_up_sunday_is_not(opens: Opens) -> None:
    eve = datetime(2026, 9, 19, 8, 0, tzinfo=SHANGHAI)  # the Saturday before a make-up Sunday
    async with opens(start=eve) as office:
        await furnish(office, "赵主任", "lina", at=eve - timedelta(days=1))
        await looks(office)

        await until(office, 20)
        assert heard(office, "lina") == []
        await until(office, 9, 30, days=1)
        assert len(heard(office, "lina")) == 1

        await until(office, 12, days=11)  # 1 October
        before = len(heard(office, "lina"))
        await until(office, 12, days=3)
        assert len(heard(office, "lina")) == before


async def test_who_is_away_gets_nothing_and_is_named_as_away(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=1))
        await furnish(office, "钱总", "wanglei", at=MONDAY - timedelta(days=1))
        async with office.store.transaction() as tx:
            tx.add(
                Absence(
                    member_id="lina",
                    starts_at=MONDAY,
                    ends_at=MONDAY + timedelta(days=1),
                    noted_at=MONDAY,
                    by="lina",
                )
            )
        await looks(office)

        await until(office, 9, 45)

        assert heard(office, "lina") == []
        assert "还没有选：王磊\n休假：李娜" in heard(office, "chen")[-1]


async def test_who_works_later_gets_the_mornings_slots_as_one(opens: Opens) -> None:
    team = [{**row, "work_hours": "13:00-22:00"} if row["id"] == "lina" else row for row in TEAM]
    async with opens(start=MONDAY, team=team) as office:
        await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=1))
        await looks(office)

        await until(office, 12, 59)
        assert heard(office, "lina") == []
        await until(office, 13, 1)

        (card,) = heard(office, "lina")
        assert card.startswith("早会 · TOP5 · 03-09")
        assert "今天先打这 1 位" in card


async def test_quiet_hours_hold_a_digest_back(opens: Opens) -> None:
    team = [{**row, "quiet_hours": "21:00-10:30"} if row["id"] == "lina" else row for row in TEAM]
    async with opens(start=MONDAY, team=team) as office:
        await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=1))
        await looks(office)

        await until(office, 10, 29)
        assert heard(office, "lina") == []
        await until(office, 10, 31)
        assert len(heard(office, "lina")) == 1


@pytest.mark.parametrize(("back_at", "comes"), [(11, True), (19, False)])
async def test_what_was_missed_is_made_up_for_in_the_morning_and_not_in_the_evening(
    opens: Opens, back_at: int, comes: bool
) -> None:
    async with opens(start=MONDAY) as office:
        await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=1))
        await looks(office)

        office.clock.turn_to(MONDAY.replace(hour=back_at))  # nobody ran meanwhile
        await office.settle()

        assert bool(heard(office, "lina")) is comes
        await until(office, 9, 30, days=1)
        assert any("03-10" in said for said in heard(office, "lina"))


async def test_days_of_standstill_bring_one_digest_and_not_one_for_each_day(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=1))
        await looks(office)

        office.clock.turn_to(MONDAY.replace(hour=8) + timedelta(days=3))
        await office.settle()
        await until(office, 9, 30)

        assert [said.splitlines()[0] for said in heard(office, "lina")] == ["早会 · 03-12"]


async def test_the_same_digest_announced_twice_is_sent_once(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=1))
        await looks(office)
        await until(office, 9, 30)
        before = len(heard(office, "lina"))

        # The clock is put back before the slot, and everything comes due again.
        office.clock.turn_to(MONDAY)
        await looks(office)
        await until(office, 9, 30)

        assert len(heard(office, "lina")) == before


async def test_a_time_that_left_rhythm_yaml_goes_out_no_more(opens: Opens) -> None:
    async with opens(start=MONDAY, rules={"rhythm": {"slots": []}}) as office:
        await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=1))
        async with office.store.transaction() as tx:
            await tx.set_timer("digest", "09:10 2026-03-09", MONDAY + timedelta(hours=1))

        await until(office, 12)

        assert heard(office, "lina") == []
        assert not [subject for kind, subject in await _timers(office) if kind == "digest"]


async def test_planning_in_the_same_minute_takes_no_digest_away(opens: Opens) -> None:
    """Of two workers the one that plans may come first: the fired timer's event waits yet."""
    async with opens(start=MONDAY) as office:
        await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=1))
        await looks(office)
        office.clock.turn_to(MONDAY.replace(hour=9, minute=10))
        before = len(heard(office, "lina"))
        await office.scheduler.tick()
        async with office.store.transaction() as tx:
            slot = SlotDue(job="planning.plan", slot=tx.now)
            await office.dispatcher.dispatch(tx, slot.kind, slot.model_dump(mode="json"))

        await office.settle()

        assert len(heard(office, "lina")) == before + 1


async def _timers(office: World) -> list[tuple[str, str]]:
    async with office.store.view() as view:
        return [(t.kind, t.subject) for t in await timers.of_every_subject(view.session)]


async def test_a_day_that_a_wrong_clock_used_up_has_its_digests_all_the_same(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=3))
        await looks(office)
        await until(office, 9, 30)
        before = office.clock.now()
        await until(office, 10, 30, days=1)
        office.clock.turn_to(before)
        await looks(office)
        told = len(heard(office, "lina"))

        await until(office, 9, 5)
        await looks(office)
        await until(office, 9, 30, days=1)

        (stand_up,) = [one for one in heard(office, "lina")[told:] if "早会" in one]
        assert "早会 · 03-10" in stand_up


async def test_who_left_or_is_late_by_hours_gets_nothing(opens: Opens) -> None:
    async with opens(start=MONDAY.replace(hour=10)) as office:
        await furnish(office, "赵主任", "lina", at=MONDAY - timedelta(days=1))
        late = DigestDue(
            day=MONDAY.date(),
            times=["09:10"],
            member_id="lina",
            until=MONDAY + timedelta(hours=1),
        )
        await office.happens(late, lane="digest:lina")
        await office.dismisses("lina")
        in_time = late.model_copy(update={"until": MONDAY + timedelta(hours=4)})
        await office.happens(in_time, lane="digest:lina")

        assert heard(office, "lina") == []


def test_a_card_takes_what_it_can_hold_and_a_text_the_rest() -> None:
    pressed = DigestPart("选一个", (Row(name="赵主任", value="高意向"),), "", (_button("a"),))
    short = DigestPart("今天要兑现：", text="赵主任：报价")
    long = DigestPart("近 7 天逾期：", text="很长" * 80)

    card, text = composed("早会 · 03-09", [long, pressed, short])

    assert isinstance(card, Card)
    assert card.text == "选一个\n今天要兑现：\n赵主任：报价"
    assert isinstance(text, Text)
    assert text.text.startswith("近 7 天逾期：")


def test_without_buttons_everything_is_one_text() -> None:
    many = DigestPart("逾期：", text="\n".join(f"{n:03} 某某客户没有跟进" for n in range(100)))

    (said,) = composed("早会 · 03-09", [many])

    assert isinstance(said, Text)
    assert said.text.count("某某客户") == 100


def test_nothing_to_say_is_nothing_said() -> None:
    assert composed("早会 · 03-09", []) == []


def _button(action: str) -> Button:
    return Button(text="选", action=action)
