"""更正: what a member says is certain, and shows nobody a phone that he does not own."""

from datetime import timedelta

from tests.handlers.test_growing import known, told
from tests.world import World


async def test_a_members_word_is_certain_and_the_same_said_again_contradicts_nothing(
    office: World,
) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")

    await office.hears("lina", "更正 赵主任 时间 两点")
    await office.passes(timedelta(minutes=2))
    await office.client_writes("wmZhao", "两点要")

    assert (await known(office))["time"] == "两点"
    assert (await office.lead()).deadline_at is not None
    assert await told(office, "field_suggested") == []


async def test_what_a_colleague_filed_is_not_told_as_the_clients_word(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备，预算50万", nickname="赵主任")

    await office.hears("lina", "更正 赵主任 预算 30万")
    await office.passes(timedelta(minutes=2))
    await office.hears("lina", "归档 赵主任 预算60万")

    await office.hears("chen", "归档 赵主任 预算70万")
    await office.passes(timedelta(minutes=2))
    assert any("归档里说预算70万" in text for text in office.texts("lina"))

    suggested, _ = await told(office, "field_suggested")
    assert suggested == "归档里说预算是60万，李娜记的是30万，没有改动"


async def test_whoever_puts_a_phone_right_for_another_does_not_see_what_it_was(
    office: World,
) -> None:
    await office.client_writes("wmZhao", "想要CT设备，电话13867452398", nickname="赵主任")

    managers = await office.hears("chen", "更正 赵主任 电话 13900001234")
    own = await office.hears("lina", "更正 赵主任 电话 13700001234")

    assert managers == "已更正赵主任的电话：138****2398 → 13900001234"
    assert "陈经理更正了赵主任的电话：13867452398 → 13900001234" in office.texts("lina")
    assert own == "已更正赵主任的电话：13900001234 → 13700001234"


async def test_a_correction_without_a_value_is_asked_for_it_and_holds_up_nothing(
    office: World,
) -> None:
    await office.client_writes("wmZhao", "想要CT设备，预算50万", nickname="赵主任")

    for field in ("需求", "竞品", "预算", "联系人"):
        said = await office.hears("lina", f"更正 赵主任 {field} 、，；")
        assert said == f"没有看到新的{field}，请写在后面，或写“删除”"

    assert (await known(office))["budget"] == "50万"
