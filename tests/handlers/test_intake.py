"""表单线索: what a source hands in becomes a lead, once."""

from typing import Any

import pytest
from pydantic import ValidationError

from crm_store.models import Client, Lead
from crm_store.queries import fields, leads
from handlers.intake import Taken, take_in
from handlers.submission import Submission
from tests.world import World


async def submits(world: World, *, source: str = "website", **given: Any) -> Taken:
    submission = Submission.model_validate({"external_id": "f-1", **given})
    async with world.store.transaction() as tx:
        taken: Taken = await world.dispatcher.act(
            tx, take_in, {Submission: submission}, {"source": source}
        )
    return taken


async def fields_of(world: World, taken: Taken) -> dict[str, tuple[Any, str]]:
    async with world.store.view() as view:
        lead = await view.get(Lead, int(taken.lead[1:]))
        return {field.name: (field.value, field.words) for field in await fields.known(view, lead)}


async def test_a_form_becomes_a_card_in_a_reps_hand(office: World) -> None:
    taken = await submits(
        office,
        name="王建国",
        phone="138 0000 1234",
        company="康源医疗",
        need="想了解CT设备的参数，下周三前要招标文件",
        budget="300万左右",
        region="上海浦东",
    )

    await office.settle()
    assert taken == Taken("L1", "C1", joined=False, is_new=True)
    (card,) = office.cards("lina")
    assert card.title == "王建国 · CT设备"
    assert card.subtitle.startswith("website")
    rows = {row.name: row.value for row in card.rows}
    assert rows["预算"] == "300万"
    assert rows["电话"] == "13800001234"
    assert "招标文件" in card.quote


async def test_each_field_points_at_the_words_it_came_from(office: World) -> None:
    taken = await submits(
        office,
        need="想要CT，电话13800001234",
        budget="预算30-50万",
        product="血透机",
        region="火星",
    )

    async with office.store.view() as view:
        lead = await view.get(Lead, int(taken.lead[1:]))
        ((_, text),) = await leads.last_words(view, lead.client_id)
        known = await fields.known(view, lead)
    assert text == "想要CT，电话13800001234\n产品：血透机\n预算30-50万\n地区：火星"
    told = [field for field in known if field.message_id and field.name != "need"]
    assert {field.name for field in told} >= {"phone", "budget", "product", "region"}
    for field in told:
        assert text[field.start : field.end] == field.words, field.name


async def test_the_same_submission_again_changes_nothing_whatever_it_says(office: World) -> None:
    first = await submits(office, phone="13800001234", need="想要CT")
    again = await submits(office, phone="13900005678", need="想要彩超")

    assert (again.lead, again.client, again.joined) == (first.lead, first.client, False)
    assert not again.is_new
    async with office.store.view() as view:
        assert len(await leads.open_of_client(view, 1)) == 1
        assert len(await leads.last_words(view, 1, last=5)) == 1


async def test_another_source_may_use_the_same_number(office: World) -> None:
    first = await submits(office, need="想要CT")
    other = await submits(office, source="landing", need="想要CT")

    assert first.client != other.client


async def test_a_known_phone_joins_the_open_lead_and_its_owner_hears_of_it(office: World) -> None:
    await office.client_writes("wmZhao", "想了解CT，电话13800001234", nickname="赵主任")

    taken = await submits(office, phone="+86 138-0000-1234", need="CT的招标文件发我")

    assert taken == Taken("L1", "C1", joined=True, is_new=True)
    async with office.store.view() as view:
        client = await view.get(Client, 1)
    assert client.name == "赵主任"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("138 0000 1234", "+8613800001234"),
        ("+1 (415) 555-0100", "+14155550100"),
        ("0044 20 7946 0018", "+442079460018"),
        ("1380000123", "1380000123"),
    ],
)
async def test_a_phone_is_kept_as_it_can_be_called(office: World, given: str, kept: str) -> None:
    taken = await submits(office, phone=given)

    assert (await fields_of(office, taken))["phone"] == (kept, given)


async def test_a_budget_may_come_as_an_amount(office: World) -> None:
    taken = await submits(office, need="想要CT", budget={"min": 300000, "max": 500000.0})

    value, _ = (await fields_of(office, taken))["budget"]
    assert value == {"min": 300000, "max": 500000, "currency": "CNY"}
    assert (await office.lead()).budget == 500000


async def test_a_client_without_a_name_still_gets_his_card(office: World) -> None:
    await submits(office, email="Someone@Example.COM")

    await office.settle()
    assert [card.title for card in office.cards("lina") + office.cards("wanglei")]
    fields = await fields_of(office, Taken("L1", "C1", joined=False, is_new=True))
    assert fields["email"][0] == "someone@example.com"


async def test_markup_emoji_and_eight_kilobytes_are_kept_as_they_came(office: World) -> None:
    need = "<script>alert(1)</script>😀" * 300
    taken = await submits(office, name="<b>赵</b>" * 900, need=need)

    assert taken.is_new
    async with office.store.view() as view:
        ((_, text),) = await leads.last_words(view, 1)
    assert text == need


@pytest.mark.parametrize(
    "given",
    [
        {"name": "王建国"},
        {"phone": "打我电话"},
        {"email": "a b@c.d"},
        {"need": "x" * 8193},
        {"need": "CT", "budget": {"min": 5, "max": 3}},
        {"need": "CT", "created_at": "昨天"},
        {"need": "CT", "external_id": "  "},
        {"need": "CT", "external_id": 5},
        {"need": "CT", "fone": "138"},
        {"need": ["CT"]},
    ],
)
def test_what_makes_no_lead_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Submission.model_validate({"external_id": "f-1", **given})
