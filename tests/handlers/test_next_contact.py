"""下次联系 (#104): read in the client's words or said by the owner, and asked about afterwards."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from crm_store.facts import NextContactSet
from crm_store.models import Absence, TimelineEntry
from handlers.events import DigestDue
from handlers.history import history_of
from handlers.promises.agreed import hour_of
from notifiers.card import Card
from tests.world import SHANGHAI, TUESDAY, World, in_plain


async def a_client(office: World, words: str = "想要CT设备") -> None:
    await office.client_writes("wmZhao", words, nickname="赵主任")
    await office.passes(timedelta(minutes=1))
    await office.hears("lina", "跟进 赵主任 电话聊过")


async def agreed(office: World, number: int = 1) -> str | None:
    at = (await office.lead(number)).next_contact_at
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M}" if at else None


def cards(office: World, member: str, title: str) -> list[Card]:
    return [card for card in office.cards(member) if title in card.title]


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("下周三下午三点过来面谈吧", "03-18 15:00"),
        ("下周面谈", "03-16 00:00"),
        ("周四过去看看", "03-12 00:00"),
        ("明天下午联系我", "03-11 12:00"),
        ("两点见", None),
        ("周三不用联系我", None),
    ],
)
async def test_a_clients_date_is_the_next_contact(
    office: World, words: str, at: str | None
) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", words)

    assert await agreed(office) == at


async def test_a_part_of_the_day_is_called_so_everywhere(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "那明天下午来我们科室面谈吧")

    lead = await office.lead()
    async with office.store.view() as view:
        told = await history_of(view, lead)
        assert await hour_of(view, lead, SHANGHAI) == "下午"
    await office.passes(timedelta(days=2))

    assert any("下次联系 03-11 下午" in one.says for one in told.timeline)
    assert any("（03-11 下午）" in one.value for one in told.fields)
    (asked,) = cards(office, "lina", "见了吗")
    assert asked.title == "周三 03-11 下午 约的，见了吗？"


async def test_what_he_says_later_takes_its_place(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "周四下午三点过来面谈")
    await office.passes(timedelta(hours=1))
    await office.client_writes("wmZhao", "改到周五下午两点面谈吧")

    assert await agreed(office) == "03-13 14:00"
    await office.passes(timedelta(days=2, hours=4))  # Thursday, past three
    assert cards(office, "lina", "马上要联系客户") == []


async def test_before_it_a_word_and_afterwards_a_question_once(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "明天下午三点过来面谈")
    await office.passes(TUESDAY + timedelta(days=1, hours=4, minutes=29) - office.clock.now())
    early = cards(office, "lina", "马上要联系客户")
    await office.passes(timedelta(minutes=1))
    (before,) = cards(office, "lina", "马上要联系客户")
    await office.passes(timedelta(hours=2, minutes=31))  # 17:01
    (asked,) = cards(office, "lina", "见了吗")
    await office.passes(timedelta(days=5))

    assert early == []
    assert "约在 周三 03-11 15:00" in in_plain(before)
    assert asked.title == "周三 03-11 15:00 约的，见了吗？"
    assert len(cards(office, "lina", "见了吗")) == 1
    await office.presses("lina", "见了")
    lead = await office.lead()
    assert lead.next_contact_at is None
    assert lead.last_followed_up_at == office.clock.now()


async def test_it_is_not_asked_of_whom_he_spoke_to(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "明天下午三点过来面谈")
    await office.passes(timedelta(days=1, hours=6))  # 16:00
    await office.hears("lina", "跟进 赵主任 见过了，要双源的")
    await office.passes(timedelta(days=2))

    assert cards(office, "lina", "见了吗") == []
    assert await agreed(office) is None


async def test_a_day_stands_in_its_mornings_digest(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "周四过来面谈")

    await office.passes(timedelta(days=1, hours=23, minutes=20))  # Thursday 9:21
    morning = DigestDue(
        day=office.clock.now().astimezone(SHANGHAI).date(),
        times=["09:10"],
        member_id="lina",
        until=office.clock.now() + timedelta(hours=2),
    )
    await office.happens(morning, lane="digest:lina")

    said = "\n".join(in_plain(shown.now) for shown in office.screen("lina"))
    assert "今天约好联系的客户" in said
    assert cards(office, "lina", "马上要联系客户") == []


async def test_the_owner_sets_it_moves_it_and_takes_it_back(office: World) -> None:
    await a_client(office)

    first = await office.hears("lina", "赵主任 下次联系 周四下午")
    at = await agreed(office)
    moved = await office.hears("lina", "下次联系 赵主任 周五上午10点")
    then = await agreed(office)
    past = await office.hears("lina", "赵主任 下次联系 昨天")
    gone = await office.hears("lina", "取消下次联系 赵主任")

    assert (first, at) == ("好的，周四 03-12 下午 联系赵主任，到时提醒", "03-12 12:00")
    assert (moved, then) == ("好的，周五 03-13 10:00 联系赵主任，到时提醒", "03-13 10:00")
    assert "已经过了" in past
    assert gone == "好的，赵主任不再约下次联系"
    assert await agreed(office) is None
    await office.passes(timedelta(days=5))
    assert cards(office, "lina", "马上要联系客户") == cards(office, "lina", "见了吗") == []
    # The client's next words count all the same.
    await office.client_writes("wmZhao", "下周三下午三点过来面谈吧")
    assert (await office.lead()).next_contact_at is not None


async def test_a_correction_of_the_field_sets_it_too(office: World) -> None:
    await a_client(office)
    await office.hears("lina", "更正 赵主任 下次联系 周五上午10点")
    first = await agreed(office)

    await office.hears("lina", "赵主任 下次联系 下周一上午10点")

    assert (first, await agreed(office)) == ("03-13 10:00", "03-16 10:00")


async def test_nobody_else_sets_it_and_a_closed_lead_has_none(office: World) -> None:
    await a_client(office)
    assert "没有找到" in await office.hears("wanglei", "赵主任 下次联系 周四下午")
    await office.client_writes("wmZhao", "明天下午三点过来面谈")

    await office.hears("lina", "输单 赵主任 选了别家")
    await office.passes(timedelta(days=3))

    assert cards(office, "lina", "马上要联系客户") == cards(office, "lina", "见了吗") == []


async def test_it_goes_with_the_lead(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "明天下午三点过来面谈")
    await office.hears("chen", "转派 赵主任 给 王磊")
    await office.hears("wanglei", "跟进 赵主任 接手了")

    await office.passes(timedelta(days=1, hours=5))

    assert cards(office, "lina", "马上要联系客户") == []
    assert len(cards(office, "wanglei", "马上要联系客户")) == 1


async def test_who_is_away_is_stood_in_for(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "明天下午三点过来面谈")
    async with office.store.transaction() as tx:
        tx.add(
            Absence(
                member_id="lina",
                starts_at=TUESDAY + timedelta(hours=8),
                ends_at=TUESDAY + timedelta(days=3),
                noted_at=tx.now,
                by="lina",
            )
        )

    await office.passes(timedelta(days=2))

    assert cards(office, "lina", "马上要联系客户") == cards(office, "lina", "见了吗") == []
    assert "李娜休假，赵主任 · CT设备约了周三 03-11 15:00 联系" in office.texts("chen")


async def test_a_clock_that_was_down_over_it_does_not_speak_of_the_past(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "明天下午三点过来面谈")

    office.clock.turn_to(TUESDAY + timedelta(days=2))
    await office.settle()

    assert cards(office, "lina", "马上要联系客户") == []
    assert len(cards(office, "lina", "见了吗")) == 1


async def test_every_change_is_on_the_timeline_with_its_words(office: World) -> None:
    await a_client(office)
    await office.client_writes("wmZhao", "明天下午三点过来面谈")

    async with office.store.view() as view:
        query = select(TimelineEntry).where(TimelineEntry.kind == NextContactSet.kind)
        (entry,) = (await view.session.exec(query)).all()
        words = await view.open(entry.client_id or 0, entry.words or b"", purpose="fact")

    assert words == "明天下午三点过来面谈"
    assert entry.data["source"] == "client"
    assert datetime.fromisoformat(entry.data["next_at"]) == TUESDAY + timedelta(days=1, hours=5)
