"""What a rep brought in himself, or spoke of, is seen: no deadline takes it for unseen."""

from datetime import timedelta

import pytest

from crm_store.models import LeadState
from tests.world import World

ZHAO = "三院的，想看看你们的CT设备"


async def test_who_wrote_a_lead_down_himself_has_seen_it(office: World) -> None:
    await office.hears("wanglei", "线索 江北医院李院长，13700001111，要移动DR两台，预算80万")

    await office.passes(timedelta(minutes=30))

    lead = await office.lead()
    assert (lead.owner_id, lead.state) == ("wanglei", LeadState.VIEWED)
    assert not office.notices("chen")


@pytest.mark.parametrize(
    "words",
    [
        "赵主任那边我去看过了，他们要两台",
        "提醒我 明天下午3点 给赵主任回电话",
        "别忘了提醒我下午三点给赵主任回电话",
        "赵主任的孩子今年高考",
    ],
)
async def test_whoever_names_his_client_has_seen_the_lead(office: World, words: str) -> None:
    await office.client_writes("wmZhao", ZHAO, nickname="赵主任")
    owner = (await office.lead()).owner_id
    assert owner is not None

    await office.hears(owner, words)
    await office.passes(timedelta(minutes=20))

    lead = await office.lead()
    assert lead.owner_id == owner
    assert lead.viewed_at is not None


async def test_a_name_that_a_client_he_knows_shares_shows_nothing(office: World) -> None:
    await office.client_writes("wmZhao", ZHAO, nickname="赵主任")
    owner = (await office.lead()).owner_id
    assert owner is not None
    await office.hears(owner, "跟进 赵主任 打过电话")
    await office.client_writes("wmOther", ZHAO, nickname="赵主任")
    if (await office.lead(2)).owner_id != owner:
        await office.hears("chen", f"转派 L2 给 {office.staff[owner]['name']}")

    await office.hears(owner, "赵主任说预算批了")

    assert (await office.lead(2)).viewed_at is None


async def test_what_a_deadline_took_unseen_may_be_claimed(office: World) -> None:
    await office.client_writes("wmZhao", ZHAO, nickname="赵主任")
    first = (await office.lead()).owner_id
    assert first is not None
    await office.passes(timedelta(minutes=16))
    second = (await office.lead()).owner_id
    assert second not in (None, first)
    await office.hears(second, "放回公海 赵主任 太忙")

    gave_it_back = await office.hears(second, "领取 L1")
    lost_it = await office.hears(first, "领取 L1")

    assert gave_it_back.startswith("这条您跟进过")
    assert lost_it.startswith("已领取")


async def test_what_is_his_already_is_not_asked_about(office: World) -> None:
    await office.client_writes("wmZhao", ZHAO, nickname="赵主任")
    await office.hears("chen", "转派 赵主任 给 王磊")

    told = await office.hears("chen", "帮我把赵主任转给王磊吧")

    assert "本来就由王磊负责" in told
    assert "确认一下" not in told
