"""What a note promised or kept goes when the note is taken back; what is muted is not spoken of;
what was told goes with its lead."""

from datetime import timedelta

from sqlalchemy import text
from sqlmodel import select

from crm_store.facts import PromiseDropped, PromiseReopened
from crm_store.models import DeskAlert, PromiseState
from tests.handlers.promised import about_promises, facts, rows, states
from tests.world import World, in_plain

A_MINUTE = timedelta(minutes=1)


async def her_client(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    await office.passes(A_MINUTE)
    await office.hears("lina", "跟进 赵主任 介绍了公司")
    await office.passes(A_MINUTE)


async def test_a_promise_made_in_a_note_goes_with_the_note(office: World) -> None:
    await her_client(office)
    await office.hears("lina", "刚和赵主任通了电话，我答应明天给报价")
    made = await states(office)

    await office.presses("lina", "撤销")

    assert made == [("quote", "open")]
    assert await states(office) == [("quote", "dropped")]
    assert len(await facts(office, PromiseDropped.kind)) == 1
    await office.passes(timedelta(days=4))
    assert not [t for t in about_promises(office.screen("lina")) if t.startswith("🟡")]


async def test_a_promise_that_a_note_kept_is_owed_again(office: World) -> None:
    await her_client(office)
    await office.hears("lina", "承诺 赵主任 周四给报价单")
    await office.passes(A_MINUTE)
    await office.hears("lina", "刚和赵主任通了电话，报价单已发")
    kept = await states(office)

    await office.presses("lina", "撤销")

    assert kept == [("quote", "kept")]
    assert await states(office) == [("quote", "open")]
    assert len(await facts(office, PromiseReopened.kind)) == 1
    await office.passes(timedelta(days=4))
    assert await states(office) == [("quote", "late")]


async def test_a_note_of_what_is_past_promises_nothing_and_fails_nowhere(office: World) -> None:
    await her_client(office)

    await office.hears("lina", "跟进 赵主任 上周五答应昨天寄样")
    await office.hears("lina", "跟进 赵主任 上周五答应寄样，样品昨天已经寄出")
    done = await office.hears("lina", "答应赵主任的报价已经发了")

    async with office.store.view() as view:
        failed = text("SELECT kind FROM inbox WHERE kind = 'reaction_failed' OR state = 'dead'")
        assert (await view.session.execute(failed)).all() == []
    assert await rows(office) == []
    assert "记下您答应的事" not in done


async def test_of_a_muted_client_no_promise_is_spoken_of_but_to_the_manager(office: World) -> None:
    await her_client(office)
    await office.hears("lina", "承诺 赵主任 明天下午三点前给报价")
    await office.hears("lina", "静音 赵主任")
    before = len(office.screen("lina"))

    await office.passes(timedelta(days=2))

    assert about_promises(office.screen("lina")[before:]) == []
    assert await states(office) == [("quote", PromiseState.LATE)]
    assert [t for t in about_promises(office.screen("chen")) if t.startswith("🟡")]


async def test_of_a_muted_client_the_agreed_hour_comes_without_a_word(office: World) -> None:
    await her_client(office)
    await office.hears("lina", "赵主任 下次联系 明天下午三点")
    await office.hears("lina", "静音 赵主任")
    before = len(office.screen("lina"))

    await office.passes(timedelta(days=2))

    later = [in_plain(one.now) for one in office.screen("lina")[before:]]
    assert not [one for one in later if "马上要联系" in one or "见了吗" in one]


async def test_what_was_told_goes_with_its_lead_when_clients_are_parted(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    await office.client_writes("wmQian", "想要CT设备，电话13800001234", nickname="钱院长")
    await office.passes(A_MINUTE)
    await office.client_writes("wmZhao", "我的电话13800001234")
    await office.passes(timedelta(minutes=2))
    # The one lead went into the other: what is said again is the same promise.
    for words in (
        "L1 周四给报价",
        "L1 周三寄样",
        "L2 周五发合同",
        "L2 周五前上门拜访",
        "L2 周三寄样",
    ):
        await office.hears("lina", f"承诺 {words}")
    told = await rows(office)

    await office.hears("lina", "撤销合并 L1")

    assert len(told) == 4
    assert len({one.client_id for one in told}) == 1
    parted = [await office.lead(one.lead_id or 0) for one in await rows(office)]
    assert [one.client_id for one in await rows(office)] == [one.client_id for one in parted]
    async with office.store.view() as view:
        for alert in (await view.session.exec(select(DeskAlert))).all():
            assert alert.client_id == (await office.lead(alert.lead_id)).client_id


async def test_of_parted_clients_with_two_lines_each_lead_keeps_what_was_told(
    office: World,
) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    await office.client_writes("wmQian", "想要彩超，电话13800001234", nickname="钱院长")
    await office.passes(A_MINUTE)
    await office.client_writes("wmZhao", "我的电话13800001234")
    await office.passes(timedelta(minutes=2))
    owners = {number: (await office.lead(number)).owner_id or "" for number in (1, 2)}
    for number, owner in owners.items():
        await office.hears(owner, f"承诺 L{number} 周四给报价")
    told = {one.id: (one.lead_id, one.owner_id) for one in await rows(office)}

    await office.hears(owners[1], "撤销合并 L1")

    assert len(told) == 2
    assert {one.id: (one.lead_id, one.owner_id) for one in await rows(office)} == told
    for one in await rows(office):
        assert one.client_id == (await office.lead(one.lead_id or 0)).client_id
