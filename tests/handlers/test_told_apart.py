"""不是同一个: remembered for ever, whatever number the clients are met by."""

from sqlmodel import col, select

from crm_store.models import Client, Review, ReviewState
from tests.handlers.pairs import look_alike
from tests.handlers.test_intake import submits
from tests.handlers.test_merging import merges
from tests.world import World

PHONE = "我的电话是13800001234"


async def tells_apart(office: World) -> None:
    async with office.store.transaction() as tx:
        for review in (await tx.session.exec(select(Review))).all():
            review.state = ReviewState.DISTINCT
            tx.add(review)


async def living(office: World) -> list[int]:
    async with office.store.view() as view:
        query = select(Client.id).where(col(Client.merged_into_id).is_(None))
        return sorted((await view.session.exec(query)).all())


async def test_who_said_nothing_but_hello_stays_apart_as_well(office: World) -> None:
    await office.client_writes("wm1", "你好，CT有现货吗")
    await submits(office, name="王建国", phone="13800001234", need="想要CT")
    await merges(office)
    await office.client_writes("wm3", "你好，CT多少钱")
    await look_alike(office, 1, 3)
    await tells_apart(office)

    await office.client_writes("wm3", PHONE)
    await office.settle()

    assert await living(office) == [1, 3]


async def test_a_third_who_is_like_both_does_not_make_them_one(office: World) -> None:
    await office.client_writes("wm1", "你好，CT多少钱")
    await office.client_writes("wm2", "你好，CT多少钱")
    await look_alike(office)
    await tells_apart(office)
    await office.client_writes("wm1", PHONE)
    await office.client_writes("wm2", PHONE)
    assert await living(office) == [1, 2]

    await office.client_writes("wm3", PHONE)
    await office.settle()

    assert await living(office) == [1, 2]
