"""结果登记: after a first contact its owner is asked what came of it."""

from datetime import timedelta

from tests.handlers.rungs import HOUR, facts, rungs, zhao
from tests.world import Opens, World


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
    """Whatever his predecessor said: that was of another's contact."""
    await zhao(office)
    await office.hears("lina", "结果 赵主任 需要报价")

    await office.hears("chen", "转派 赵主任 给 王磊")
    await office.passes(timedelta(minutes=14))
    await office.hears("wanglei", "跟进 赵主任 打过电话")
    await office.passes(HOUR)

    (asked,) = await facts(office, "result_asked")
    assert asked["member_id"] == "wanglei"
