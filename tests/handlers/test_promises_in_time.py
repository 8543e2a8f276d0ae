"""到期: reminded of, late, and on the manager's card, each once and to who is right then."""

from datetime import timedelta

from crm_store.facts import PromiseLate
from crm_store.models import Absence, Member
from tests.handlers.promised import (
    A_DAY,
    A_MOMENT,
    a_client,
    about_promises,
    facts,
    states,
)
from tests.world import TUESDAY, World


async def test_it_is_reminded_of_then_late_then_on_the_managers_card(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天下午三点前给您报价")
    await office.passes(A_MOMENT)
    before, above = len(office.screen("lina")), len(office.screen("chen"))

    await office.passes(TUESDAY + A_DAY + timedelta(hours=2, minutes=59) - office.clock.now())
    quiet = about_promises(office.screen("lina")[before:])
    await office.passes(timedelta(minutes=2))  # 13:01
    soon = about_promises(office.screen("lina")[before:])
    await office.passes(timedelta(hours=2))  # 15:01
    late = about_promises(office.screen("lina")[before:])
    not_yet = about_promises(office.screen("chen")[above:])
    await office.passes(timedelta(hours=2))  # 17:01
    managers = about_promises(office.screen("chen")[above:])
    await office.passes(timedelta(days=5))

    assert quiet == []
    assert [text.splitlines()[0] for text in soon] == ["答应客户的事快到时间了"]
    assert [text.splitlines()[0] for text in late[1:]] == ["🟡 答应客户的事过了时间"]
    assert not_yet == []
    assert [text.splitlines()[0] for text in managers] == ["🟡 答应客户、过期没兑现"]
    assert "李娜 · 赵主任 · CT设备 报价，03-11 15:00 前，已逾期" in managers[0]
    # Once each, however long it stays.
    assert len(about_promises(office.screen("lina")[before:])) == 2
    assert [
        t for t in about_promises(office.screen("chen")[above:]) if t.startswith("🟡")
    ] == managers
    (fact,) = await facts(office, PromiseLate.kind)
    assert fact.at == TUESDAY + A_DAY + timedelta(hours=5)
    assert fact.data["owner_id"] == "lina"
    assert ("chen", "promise") in await office.audited()


async def test_what_ends_at_midnight_is_reminded_of_at_work(office: World) -> None:
    """「周四」 ends with that day: a word comes on Thursday at 16:00, another on Friday at 9."""
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "周四给您寄样")
    await office.passes(A_MOMENT)
    before = len(office.screen("lina"))

    await office.passes(timedelta(days=2, hours=6) - A_MOMENT)  # Thursday 16:01
    soon = about_promises(office.screen("lina")[before:])
    await office.passes(timedelta(hours=16, minutes=55))  # Friday 08:56
    in_the_night = about_promises(office.screen("lina")[before:])
    await office.passes(timedelta(minutes=6))
    in_the_morning = about_promises(office.screen("lina")[before:])

    assert [text.splitlines()[0] for text in soon] == ["答应客户的事快到时间了"]
    assert in_the_night == soon
    assert in_the_morning[-1].startswith("🟡")
    assert await states(office) == [("sample", "late")]


async def test_without_a_time_it_is_asked_about_once_and_never_late(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "我尽快给您报价")
    await office.passes(A_MOMENT)
    before = len(office.screen("lina"))

    await office.passes(timedelta(days=7))

    assert [t.splitlines()[0] for t in about_promises(office.screen("lina")[before:])] == [
        "答应客户的事，办了吗？"
    ]
    assert await states(office) == [("quote", "open")]


async def test_who_is_away_is_left_alone_and_his_manager_told_before(office: World) -> None:
    await a_client(office)
    await office.servicer_writes("lina", "wmZhao", "明天下午三点前给您报价")
    await office.passes(A_MOMENT)
    before = len(office.screen("lina"))
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

    await office.passes(timedelta(days=1, hours=8))

    assert not about_promises(office.screen("lina")[before:])
    told = about_promises(office.screen("chen"))
    assert told[0].startswith("李娜休假，有答应客户的事到期")
    assert "03-13 10:00回来" in told[0]
    assert told[1].startswith("🟡 答应客户、过期没兑现")

    await office.passes(timedelta(days=2))  # she is back
    late = about_promises(office.screen("lina")[before:])
    assert [text.splitlines()[0] for text in late] == ["🟡 答应客户的事过了时间"]


async def test_of_many_late_at_once_none_is_lost_on_the_way_to_the_manager(office: World) -> None:
    """The scheduler looks between the ends of two graces that one hour brought."""
    await a_client(office)
    await office.hears("lina", "跟进 赵主任 电话聊过")
    for deed in ("发合同", "寄样", "给报价"):
        await office.hears("lina", f"承诺 赵主任 明天上午10点前{deed}")
    await office.passes(A_DAY + timedelta(hours=1, minutes=55))
    office.one_by_one = True
    office.clock.turn_to(TUESDAY + A_DAY + timedelta(hours=2, minutes=1))

    await office.scheduler.tick()  # three graces
    await office.worker.handle_one()
    await office.scheduler.tick()  # the first one's card
    await office.settle()
    await office.passes(timedelta(minutes=5))

    (card,) = [text for text in about_promises(office.screen("chen")) if text.startswith("🟡")]
    assert all(deed in card for deed in ("合同", "寄样", "报价"))
    assert "负责人已经收到提醒" in card


async def test_who_leads_the_owner_when_the_card_goes_is_told(office: World) -> None:
    await a_client(office)
    await office.hears("lina", "跟进 赵主任 电话聊过")
    await office.hears("lina", "承诺 赵主任 今天下午5点前给报价")
    await office.passes(timedelta(hours=22, minutes=30))  # the grace ends at ten next day
    async with office.store.transaction() as tx:
        chen = await tx.get(Member, "chen")
        chen.work_hours = "13:00-20:00"
        tx.add(chen)
    await office.passes(timedelta(hours=2, minutes=30))
    async with office.store.transaction() as tx:
        lina = await tx.get(Member, "lina")
        lina.manager_id = "gao"
        tx.add(lina)
    before = len(office.screen("chen"))

    await office.passes(timedelta(hours=6))

    assert about_promises(office.screen("chen")[before:]) == []
    told = [text for text in about_promises(office.screen("gao")) if text.startswith("🟡")]
    assert len(told) == 1


async def test_a_clock_turned_back_loses_no_lateness(office: World) -> None:
    await a_client(office)
    await office.hears("lina", "承诺 赵主任 今天下午3点前给报价")
    office.clock.turn_to(TUESDAY + timedelta(hours=5, minutes=1))
    await office.scheduler.tick()
    office.clock.turn_to(TUESDAY + timedelta(hours=4))
    await office.settle()
    early = await states(office)

    await office.passes(timedelta(hours=2))

    assert early == [("quote", "open")]
    assert await states(office) == [("quote", "late")]
