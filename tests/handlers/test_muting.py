"""静音: by client and kind, for ever, undone in one tap; the rep's nudges and nothing else."""

from datetime import timedelta

from crm_store.models import Lead
from crm_store.queries import mutes
from tests.handlers.rungs import HOUR, facts, rungs, zhao
from tests.world import STORY, World, in_plain


async def kinds(office: World, member: str = "lina") -> set[str]:
    async with office.store.view() as view:
        lead = await view.get(Lead, 1)
        return set(await mutes.kinds(view, member, lead.client_id))


async def test_one_kind_is_muted_and_the_others_go_on(office: World) -> None:
    await zhao(office)

    answer = await office.hears("lina", "静音 赵主任 跟进提醒")
    await office.passes(25 * HOUR)

    assert "不再提醒您跟进赵主任（跟进提醒）" in answer
    assert await kinds(office) == {"nudge"}
    assert await rungs(office, "reminded") == []
    assert await rungs(office, "rung_passed") == [("nudge", "11 10:00")]
    assert len(await facts(office, "result_asked")) == 2


async def test_all_is_muted_and_the_manager_hears_of_it_all_the_same(office: World) -> None:
    await zhao(office)
    await office.hears("lina", "静音 赵主任")
    before = len(office.screen("lina"))

    await office.passes(timedelta(days=3))

    assert len(office.screen("lina")) == before
    assert await rungs(office) == [("quiet", "12 10:00"), ("takeover", "13 10:00")]
    assert "（已静音提醒）" in office.cards("chen")[-1].subtitle
    reasons = {fact["reason"] for fact in await facts(office, "rung_passed")}
    assert reasons == {"muted"}


async def test_clients_words_and_transfers_are_never_muted(office: World) -> None:
    await zhao(office)
    await office.hears("lina", "静音 赵主任")

    await office.client_writes("wmZhao", "预算批下来了")
    await office.passes(timedelta(minutes=2))

    # He has the conversation himself and reads it there; a colleague's transfer he is told.
    await office.hears("chen", "转派 赵主任 给 王磊")
    assert "已转给王磊" in {card.status for card in office.cards("lina")}


async def test_one_tap_undoes_it_and_a_second_does_no_harm(office: World) -> None:
    await zhao(office)
    await office.hears("lina", "静音 赵主任")
    answer = office.screen("lina")[-1]

    await office.presses("lina", "恢复")
    assert await kinds(office) == set()
    card = answer.now
    assert card.form == "card"
    assert card.status == "已恢复提醒"
    await office.presses("lina", "恢复", card=type(answer)(answer.key, answer.message))

    assert await kinds(office) == set()
    assert len(await facts(office, "unmuted")) == 1
    await office.passes(25 * HOUR)
    assert await rungs(office, "reminded") == [("nudge", "11 10:00")]


async def test_the_reminder_carries_the_buttons(office: World) -> None:
    await zhao(office)
    await office.passes(24 * HOUR)
    card = office.cards("lina")[-1]
    assert [button.text for button in card.menu] == ["静音跟进提醒", "静音", "为什么给我"]

    await office.presses("lina", "静音跟进提醒")

    assert await kinds(office) == {"nudge"}


async def test_my_mutes_are_listed_and_undone_from_the_list(office: World) -> None:
    await zhao(office)
    assert await office.hears("lina", "我的静音") == "您没有关掉任何客户的提醒"
    await office.hears("lina", "静音 赵主任 跟进提醒")
    await office.hears("lina", "静音 赵主任 结果登记")

    listed = await office.hears("lina", "我的静音")
    await office.presses("lina", "恢复 赵主任")

    assert "您关掉了 2 项提醒" in listed
    assert "跟进提醒" in listed
    assert len(await kinds(office)) == 1


async def test_a_client_who_went_to_somebody_else_is_not_named_in_the_list(office: World) -> None:
    await zhao(office)
    await office.hears("lina", "静音 赵主任")

    await office.hears("chen", "转派 赵主任 给 王磊")

    assert "赵主任" not in await office.hears("lina", "我的静音")
    assert "没有找到您名下的客户" in await office.hears("lina", "恢复 赵主任")


async def test_the_share_that_is_on_is_told_by_rep_to_managers_alone(office: World) -> None:
    for number in range(4):
        ref = f"wm{number}"
        await office.client_writes(ref, "想看CT设备", nickname=f"客户{number}")
        await office.hears("chen", f"转派 L{number + 1} 给 李娜")
    await office.hears("lina", "静音 L1")
    await office.hears("lina", "静音 L2 跟进提醒")

    said = await office.hears("chen", "静音率")

    assert said.splitlines()[0] == "提醒开启率 50.0%（4 位客户，2 位静音）"
    assert "李娜 50.0%（4 位，静音 2 位）" in said
    assert "静音 2" not in await office.hears("lina", "静音率")


async def test_a_name_with_a_space_is_a_name(office: World) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵 主任")

    await office.hears("lina", "静音 赵 主任")

    assert await kinds(office) == {""}


async def test_a_kind_that_is_muted_already_is_said_to_be(office: World) -> None:
    await zhao(office)
    await office.hears("lina", "静音 赵主任")

    again = await office.hears("lina", "静音 赵主任 跟进提醒")

    assert "本来就是关着的" in again
    assert await kinds(office) == {""}
    assert "全部关着" in await office.hears("lina", "恢复 赵主任 跟进提醒")
    assert "会继续提醒您跟进赵主任" in await office.hears("lina", "恢复 赵主任")
    assert in_plain(office.screen("lina")[-1].message)


async def test_talk_tracks_are_a_kind_of_their_own(office: World) -> None:
    await office.client_writes("wmZhao", "我想了解CT设备", nickname="赵主任")

    answer = await office.hears("lina", "静音 赵主任 话术提醒")
    await office.client_writes("wmZhao", "太贵了，能便宜点吗")
    await office.passes(timedelta(minutes=2))

    assert "不再提醒您跟进赵主任（话术提醒）" in answer
    assert await kinds(office) == {"prompts"}
    rows = [row.name for card in office.cards("lina") for row in card.rows]
    assert "话术" not in rows
    await office.hears("chen", "升级 赵主任")
    # Whoever wants no talk tracks is still reminded.
    assert "已静音提醒" not in office.cards("chen")[-1].subtitle
