"""What the archive finds is opened in a handful of statements, with however many clients."""

from crm_store.models import Member
from crm_store.search.asking import Sought
from handlers.memory.quoting import BY_CLIENT, Quoter
from nlp.searching.words import parts_of
from tests.counting import selects
from tests.world import World


async def test_many_hits_take_no_more_statements_than_one(office: World) -> None:
    for number in range(6):
        await office.client_writes(f"wm{number}", f"移动DR还有吗{number}", nickname=f"客户{number}")
    sought = Sought(kinds=BY_CLIENT, phrases=((parts_of("移动DR"),),))

    counted, said = [], list[str]()
    for most in (1, 400):
        async with office.store.transaction() as tx:
            quoter = await Quoter.of(tx, await tx.get(Member, "gao"))
            with selects(office) as asked:
                said = [words.text async for _, words in quoter.found(sought, most=most)]
            counted.append(len(asked))

    assert said == [f"移动DR还有吗{number}" for number in reversed(range(6))]
    assert counted[0] == counted[1] > 0
