"""What a rep's note of a follow-up tells of the client is known from then on, as his note."""

from crm_store.queries import fields
from handlers.findings import About, statements
from handlers.noted_facts import RULE, told
from handlers.reading import Reader
from tests.world import TUESDAY, World, in_plain

NOTES = {
    "周五前要合同": {"time", "need"},
    "他们要两台，觉得价格太贵": {"quantity", "objection"},
    "设备科预算大概400万": {"budget"},
    "我周五前给他合同": set(),
    "已发合同": set(),
    "我们报了85万": set(),
    "答应周三前寄样": set(),
    "电话没接，明天再打": set(),
    "新号码13900001234，王主任接的": set(),
}


async def test_only_what_the_client_wants_or_thinks_is_taken_in(office: World) -> None:
    reader: Reader = office.services.get(Reader)

    def taken_in(note: str) -> set[str]:
        reading = reader.read(note, TUESDAY)
        about = About("医疗设备", "CT设备")
        said = statements(reading, about, said_at=TUESDAY, message_id=None)
        return {one.name for one in told(reading.text, said)}

    assert {note: taken_in(note) for note in NOTES} == NOTES


async def test_a_note_is_known_as_the_reps_and_goes_when_it_is_taken_back(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备，预算200万", nickname="赵主任")
    await office.hears("lina", "刚给赵主任打了电话，周五前要合同，预算300万")

    async with office.store.view() as view:
        noted = {f.name: f.rule for f in await fields.known(view, await office.lead())}
    why = await office.hears("lina", "为什么 赵主任 时间")
    before = (await office.lead()).deadline_at
    card = next(one for one in office.screen("lina") if "记成了跟进" in in_plain(one.now))
    await office.presses("lina", "撤销", card=card)

    assert (noted["time"], noted["budget"]) == (RULE, RULE)
    assert "负责人" in why
    assert RULE in why
    lead = await office.lead()
    assert (before is not None, lead.deadline_at, lead.budget) == (True, None, 2_000_000)
